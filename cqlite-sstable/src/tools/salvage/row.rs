//! Reading one row into lines.

use super::SalvageOptions;
use crate::component::statistics::{HeaderColumn, SerializationHeader};
use crate::error::Result;
use crate::reader::{Cursor, Row, RowItem};
use crate::row::{Clustering, INVALID_DELETION_TIME};
use crate::tools::lossless::LosslessPrinter;
use crate::types::{CqlType, UserType, validate};

/// Lines up to this length are kept until the row is known to be whole. A longer row is read a second time.
const KEPT_BYTES: usize = 1024 * 1024;

/// The expiry that overflowed ones are given: the last second that 31 bits hold as a date
/// (`AbstractCell.MAX_DELETION_TIME_2038_LEGACY_CAP`).
const CAPPED_EXPIRY_SECONDS: i64 = i32::MAX as i64 - 1;

/// What was found in a row that was read to its end.
#[derive(Debug, Default)]
pub(super) struct RowFound {
    /// It has a cell or a deletion of a complex column.
    pub(super) has_items: bool,
    /// Its lines are longer than what is kept: it has to be printed by another read.
    pub(super) is_long: bool,
    /// An expiry overflowed.
    pub(super) overflowed: bool,
    /// What is wrong with the first value that is not valid.
    pub(super) invalid: Option<String>,
}

/// Reads rows, checks them and prints them.
pub(super) struct RowReader<'a> {
    header: &'a SerializationHeader,
    options: &'a SalvageOptions,
    /// The lines of the row that was read last.
    pub(super) lines: Vec<u8>,
}

impl<'a> RowReader<'a> {
    pub(super) fn new(header: &'a SerializationHeader, options: &'a SalvageOptions) -> Self {
        Self { header, options, lines: Vec::new() }
    }

    /// Reads the row that the cursor is in, to its end.
    pub(super) fn read(&mut self, cursor: &mut Cursor, printer: &mut LosslessPrinter) -> Result<RowFound> {
        let mut found = RowFound::default();
        self.lines.clear();
        let Some(row) = cursor.current_row() else { return Ok(found) };
        let is_static = row.is_static;
        if self.options.validates {
            found.invalid = self.check_clustering(row.clustering);
        }
        found.overflowed = row.liveness.is_some_and(|liveness| {
            liveness.is_expiring() && liveness.expires_at_seconds == INVALID_DELETION_TIME
        });
        printer.start_row(&self.mended_row(row), &mut self.lines);
        while cursor.advance_item()? {
            let item = cursor.item();
            found.has_items = true;
            found.overflowed |= overflows(&item);
            if found.invalid.is_none() && self.options.validates {
                found.invalid = self.check_item(&item, is_static);
            }
            printer.item(&self.mended_item(item), &mut self.lines);
            if self.lines.len() > KEPT_BYTES {
                found.is_long = true;
                self.lines.clear();
            }
        }
        printer.end_row(&mut self.lines);
        Ok(found)
    }

    /// Prints the row that the cursor is in, handing its lines out piece by piece.
    pub(super) fn print_long(
        &mut self,
        cursor: &mut Cursor,
        printer: &mut LosslessPrinter,
        mut out: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let Some(row) = cursor.current_row() else { return Ok(()) };
        self.lines.clear();
        printer.start_row(&self.mended_row(row), &mut self.lines);
        while cursor.advance_item()? {
            printer.item(&self.mended_item(cursor.item()), &mut self.lines);
            if self.lines.len() > KEPT_BYTES {
                out(&self.lines)?;
                self.lines.clear();
            }
        }
        printer.end_row(&mut self.lines);
        out(&self.lines)
    }

    fn mended_row<'r>(&self, mut row: Row<'r>) -> Row<'r> {
        if let Some(liveness) = &mut row.liveness
            && self.options.reinserts_overflowed_ttl
            && liveness.is_expiring()
            && liveness.expires_at_seconds == INVALID_DELETION_TIME
        {
            liveness.timestamp = liveness.timestamp.saturating_add(1);
            liveness.expires_at_seconds = CAPPED_EXPIRY_SECONDS;
        }
        row
    }

    fn mended_item<'i>(&self, mut item: RowItem<'i>) -> RowItem<'i> {
        if self.options.reinserts_overflowed_ttl
            && overflows(&item)
            && let RowItem::Cell(cell) = &mut item
        {
            cell.timestamp = cell.timestamp.saturating_add(1);
            cell.local_deletion_time_seconds = CAPPED_EXPIRY_SECONDS;
        }
        item
    }

    /// What is wrong with a clustering.
    pub(super) fn check_clustering(&self, clustering: Clustering<'_>) -> Option<String> {
        let pairs = clustering.iter().zip(&self.header.clustering_types);
        let mut values = pairs.filter_map(|(value, of)| Some((value.bytes()?, of)));
        values.find_map(|(bytes, of)| validate(of, bytes).err()).map(|error| error.to_string())
    }

    fn check_item(&self, item: &RowItem<'_>, is_static: bool) -> Option<String> {
        let RowItem::Cell(cell) = item else { return None };
        let header = self.header;
        let columns = if is_static { &header.static_columns } else { &header.regular_columns };
        let column = columns.get(cell.column)?;
        let checked = match cell.path {
            None if cell.is_tombstone() => no_value(cell.value),
            None => validate(&column.column_type, cell.value).map_err(|error| error.to_string()),
            Some(path) => check_element(column, path, cell.value, cell.is_tombstone()),
        };
        checked.err().map(|error| format!("column {}: {error}", column.name_text()))
    }
}

fn overflows(item: &RowItem<'_>) -> bool {
    matches!(item, RowItem::Cell(cell)
        if cell.is_expiring() && cell.local_deletion_time_seconds == INVALID_DELETION_TIME)
}

fn no_value(value: &[u8]) -> Result<(), String> {
    if value.is_empty() { Ok(()) } else { Err("a deleted cell has a value".to_owned()) }
}

/// Checks a cell of a collection or user-defined type (`ColumnMetadata.validateCellPath`, `validateCellValue`).
fn check_element(column: &HeaderColumn, path: &[u8], value: &[u8], is_tombstone: bool) -> Result<(), String> {
    let told = |error: crate::types::InvalidValue| error.to_string();
    let element = match &column.column_type {
        CqlType::List { element, .. } => {
            validate(&CqlType::TimeUuid, path).map_err(told)?;
            Some(&**element)
        }
        CqlType::Set { element, .. } => {
            validate(element, path).map_err(told)?;
            None
        }
        CqlType::Map { key, value, .. } => {
            validate(key, path).map_err(told)?;
            Some(&**value)
        }
        CqlType::User(user) => Some(field(user, path)?),
        _ => return Ok(()),
    };
    match element {
        _ if is_tombstone => no_value(value),
        Some(element) => validate(element, value).map_err(told),
        None => Ok(()),
    }
}

fn field<'t>(user: &'t UserType, path: &[u8]) -> Result<&'t CqlType, String> {
    let number = <[u8; 2]>::try_from(path).map(|bytes| usize::from(u16::from_be_bytes(bytes)));
    let field = number.ok().and_then(|number| user.fields.get(number));
    field
        .map(|field| &field.field_type)
        .ok_or_else(|| "a cell is of a field that its type does not have".to_owned())
}
