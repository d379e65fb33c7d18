//! A dump in the form of Cassandra's own debug output, a line a row (`Row.toString` and the like).

use super::DumpSummary;
use super::columns::{Cells, DumpColumn, DumpColumns};
use super::json_writer::Layout;
use super::output::Output;
use crate::component::statistics::SerializationHeader;
use crate::error;
use crate::reader::{Cursor, Marker, Row, RowItem, Sstable, Unfiltered};
use crate::row::{Cell, ClusteringValue, DeletionTime, Liveness};
use crate::types::{CounterContext, CqlType, InvalidValue, TextSink as _, push_hex, write_cql, write_string};

/// Prints `[key]@position` and what stands there.
pub(super) struct InternalDump<'a, 'o, 'w> {
    out: &'o mut Output<'w>,
    summary: &'a mut DumpSummary,
    header: &'a SerializationHeader,
    columns: DumpColumns,
    position: u64,
}

impl<'a, 'o, 'w> InternalDump<'a, 'o, 'w> {
    pub(super) fn new(sstable: &'a Sstable, out: &'o mut Output<'w>, summary: &'a mut DumpSummary) -> Self {
        let header = sstable.header();
        Self { out, summary, header, columns: DumpColumns::new(header, Layout::Lines), position: 0 }
    }

    pub(super) fn partition(&mut self, cursor: &mut Cursor) -> error::Result<()> {
        self.position = cursor.rows_position();
        let partition = cursor.partition();
        if !partition.deletion.is_live() {
            self.start_line(partition.key);
            push_deletion(self.out, &partition.deletion);
            self.out.push(b"\n");
        }
        let static_row = partition.static_row;
        let has_static = static_row.is_some_and(|row| row.liveness.is_some() || !row.deletion.is_live());
        if static_row.is_some() && (has_static || cursor.has_item()?) {
            self.row(cursor)?;
        }
        while cursor.advance_unfiltered()? {
            match cursor.unfiltered() {
                Unfiltered::Row(_) => {
                    let end = cursor.unfiltered_end();
                    self.row(cursor)?;
                    self.position = end;
                }
                Unfiltered::Marker(marker) => {
                    self.marker(cursor.partition().key, &marker);
                    self.position = cursor.unfiltered_end();
                }
            }
            self.out.check()?;
        }
        self.out.check()
    }

    fn start_line(&mut self, key: &[u8]) {
        self.out.push(b"[");
        self.value(&self.header.key_type, key);
        self.out.push(b"]@");
        self.out.push(itoa::Buffer::new().format(self.position).as_bytes());
        self.out.push(b" ");
    }

    /// A value as text, or its bytes if they are not valid.
    fn value(&mut self, value_type: &CqlType, value: &[u8]) {
        if let Err(error) = write_string(value_type, value, self.out) {
            hex(self.out, value);
            self.summary.invalid(self.position, error);
        }
    }

    fn number(&mut self, before: &str, number: i64) {
        push_number(self.out, before, number);
    }

    fn marker(&mut self, key: &[u8], marker: &Marker<'_>) {
        self.start_line(key);
        self.out.push(b"Marker ");
        self.out.push(marker.kind.name().as_bytes());
        self.out.push(b"(");
        for (i, (value_type, value)) in
            self.header.clustering_types.iter().zip(marker.clustering.iter()).enumerate()
        {
            self.out.push(if i == 0 { b"" } else { b", " });
            match value {
                ClusteringValue::Value(value) => self.value(value_type, value),
                ClusteringValue::Null => self.out.push(b"null"),
            }
        }
        self.number(")@", marker.deletion.marked_for_delete_at);
        self.number("/", marker.deletion.local_deletion_time_seconds);
        if let Some(opened) = &marker.opened {
            self.number("-", opened.marked_for_delete_at);
            self.number("/", opened.local_deletion_time_seconds);
        }
        self.out.push(b"\n");
    }

    fn row(&mut self, cursor: &mut Cursor) -> error::Result<()> {
        let Some(row) = cursor.current_row() else { return Ok(()) };
        let is_static = row.is_static;
        self.start_line(cursor.partition().key);
        self.row_head(&row);
        let mut items = 0;
        let mut in_complex = None;
        while cursor.advance_item()? {
            let item = cursor.item();
            let index = match &item {
                RowItem::ComplexDeletion { column, .. } => *column,
                RowItem::Cell(cell) => cell.column,
            };
            let Some(column) = self.columns.get(is_static, index) else { continue };
            // Between columns stands a comma; inside a complex one the tool puts one in front of every cell.
            let complex = !matches!(column.cells, Cells::One);
            let first_of_column = in_complex != Some(index);
            in_complex = complex.then_some(index);
            let comma = (items > 0 && first_of_column, complex && matches!(item, RowItem::Cell(_)));
            self.out.push(if comma.0 { b", " } else { b"" });
            self.out.push(if comma.1 { b", " } else { b"" });
            items += 1;
            match item {
                RowItem::ComplexDeletion { deletion, .. } => {
                    self.out.push(b"del(");
                    self.out.push(column.name.as_bytes());
                    self.out.push(b")=");
                    push_deletion(self.out, &deletion);
                }
                RowItem::Cell(cell) => {
                    if let Err(error) = push_cell(self.out, column, &cell) {
                        self.summary.invalid(self.position, error);
                    }
                }
            }
            self.out.check()?;
        }
        self.out.push(b"\n");
        Ok(())
    }

    fn row_head(&mut self, row: &Row<'_>) {
        self.out.push(b"Row[info=");
        self.liveness(row.liveness.as_ref());
        for (deletion, kind) in [(row.deletion, ""), (row.shadowable_deletion, "(shadowable)")] {
            if !deletion.is_live() {
                self.out.push(b" del=");
                push_deletion(self.out, &deletion);
                self.out.push(kind.as_bytes());
            }
        }
        self.out.push(b" ]: ");
        if row.is_static {
            self.out.push(b"STATIC");
        }
        for (i, (value_type, value)) in
            self.header.clustering_types.iter().zip(row.clustering.iter()).enumerate()
        {
            self.out.push(if i == 0 { b"" } else { b", " });
            match value {
                ClusteringValue::Null => self.out.push(b"null"),
                ClusteringValue::Value(value) => {
                    if let Err(error) = write_cql(value_type, value, self.out) {
                        hex(self.out, value);
                        self.summary.invalid(self.position, error);
                    }
                }
            }
        }
        self.out.push(b" | ");
    }

    fn liveness(&mut self, liveness: Option<&Liveness>) {
        self.number("[ts=", liveness.map_or(i64::MIN, |liveness| liveness.timestamp));
        if let Some(liveness) = liveness.filter(|liveness| liveness.is_expiring()) {
            self.number(" ttl=", i64::from(liveness.ttl_seconds));
            self.number(", let=", liveness.expires_at_seconds);
        }
        self.out.push(b"]");
    }
}

fn push_number(out: &mut Output<'_>, before: &str, number: i64) {
    out.push(before.as_bytes());
    out.push(itoa::Buffer::new().format(number).as_bytes());
}

fn hex(out: &mut Output<'_>, value: &[u8]) {
    out.push(b"0x");
    push_hex(value, out);
}

fn push_deletion(out: &mut Output<'_>, deletion: &DeletionTime) {
    push_number(out, "deletedAt=", deletion.marked_for_delete_at);
    push_number(out, ", localDeletion=", deletion.local_deletion_time_seconds);
}

/// `AbstractCell.toString`. A field of a user-defined type is read as if it were the whole type, as the tool
/// does; where that fails, it prints bytes, too.
fn push_cell(out: &mut Output<'_>, column: &DumpColumn, cell: &Cell<'_>) -> Result<(), InvalidValue> {
    let mut result = Ok(());
    let mut checked = |out: &mut Output<'_>, value_type: &CqlType, value: &[u8]| {
        if let Err(error) = write_string(value_type, value, out) {
            hex(out, value);
            result = Err(error);
        }
    };
    out.push(b"[");
    out.push(column.name.as_bytes());
    if let Cells::Collection { path, .. } = &column.cells {
        out.push(b"[");
        checked(out, path, cell.path.unwrap_or_default());
        out.push(b"]");
    }
    out.push(b"=");
    match &column.cells {
        _ if cell.is_tombstone() => out.push(b"<tombstone>"),
        Cells::Collection { value, .. } => checked(out, value, cell.value),
        Cells::One if column.column_type == CqlType::Counter => match CounterContext::decode(cell.value) {
            Ok(context) => push_number(out, "", context.total()),
            Err(error) => {
                hex(out, cell.value);
                result = Err(error);
            }
        },
        Cells::One | Cells::Fields(_) => {
            if write_string(&column.column_type, cell.value, out).is_err() {
                hex(out, cell.value);
            }
        }
    }
    push_number(out, " ts=", cell.timestamp);
    if cell.is_expiring() {
        push_number(out, " ttl=", i64::from(cell.ttl_seconds));
    }
    if cell.is_expiring() || cell.is_tombstone() {
        push_number(out, " ldt=", cell.local_deletion_time_seconds);
    }
    out.push(b"]");
    result
}
