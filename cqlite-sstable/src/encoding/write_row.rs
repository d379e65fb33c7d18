//! Writing the rows, markers and cells that [`super::row`] reads; the layout stands there.

use super::clustering::write_clustering;
use super::row::{
    CELL_HAS_EMPTY_VALUE, CELL_IS_DELETED, CELL_IS_EXPIRING, CELL_USES_ROW_TIMESTAMP, CELL_USES_ROW_TTL,
    END_OF_PARTITION, HAS_ALL_COLUMNS, HAS_COMPLEX_DELETION, HAS_DELETION, HAS_EXTENSION,
    HAS_SHADOWABLE_DELETION, HAS_TIMESTAMP, HAS_TTL, IS_MARKER, IS_STATIC,
};
use super::{
    ColumnLayout, ColumnSet, Deltas, EncodeError, RowLayout, ValueLength, uvint_size, write_bound,
    write_uvint, write_vint_prefixed,
};
use crate::row::{Cell, DeletionTime, Liveness, Marker, NO_DELETION_TIME, Row};

/// What stands in front of the columns of a row, with what has to be known of them before
/// (`UnfilteredSerializer.serialize`).
#[derive(Debug, Clone, Copy)]
pub struct RowHead<'a> {
    /// The row. It has one deletion, or one that is shadowable, but not both.
    pub row: Row<'a>,
    /// The columns that it has.
    pub columns: &'a ColumnSet,
    /// Whether one of its complex columns has a deletion: then each begins with one.
    pub has_complex_deletions: bool,
    /// The bytes of its columns.
    pub columns_bytes: u64,
    /// The bytes from the beginning of the row or marker before it to its own; of the first one, from the beginning of
    /// the partition; 0 for the static row.
    pub previous_bytes: u64,
}

impl RowHead<'_> {
    /// Writes it. What follows are the columns, [`RowHead::columns_bytes`] of them. `scratch` is overwritten.
    ///
    /// # Errors
    /// As [`write_clustering`], if there are fewer values than clustering columns, or both deletions.
    #[inline]
    pub fn write(
        &self,
        layout: &RowLayout,
        scratch: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let Self { row, columns, .. } = self;
        let column_count = layout.columns(row.is_static).len();
        let has_all_columns = columns.len() == column_count;
        let (flags, extended) = self.flags(has_all_columns)?;
        out.push(flags);
        if flags & HAS_EXTENSION != 0 {
            out.push(extended);
        }
        if !row.is_static {
            if row.clustering.len() != layout.clustering.len() {
                return Err(EncodeError::Refused(
                    "a row has fewer clustering values than the table has columns",
                ));
            }
            write_clustering(row.clustering, &layout.clustering, out)?;
        }
        scratch.clear();
        if let Some(liveness) = &row.liveness {
            layout.deltas.write_liveness(liveness, scratch);
        }
        if flags & HAS_DELETION != 0 {
            layout.deltas.write_deletion_time(row.greatest_deletion(), scratch);
        }
        if !has_all_columns {
            columns.write_subset(column_count, scratch);
        }
        let front_bytes = uvint_size(self.previous_bytes).saturating_add(scratch.len());
        write_uvint(self.columns_bytes.saturating_add(front_bytes as u64), out);
        write_uvint(self.previous_bytes, out);
        out.extend_from_slice(scratch);
        Ok(())
    }

    fn flags(&self, has_all_columns: bool) -> Result<(u8, u8), EncodeError> {
        let Row { is_static, liveness, deletion, shadowable_deletion, .. } = &self.row;
        let flag = |condition: bool, flag: u8| if condition { flag } else { 0 };
        let is_shadowable = !shadowable_deletion.is_live();
        if is_shadowable && !deletion.is_live() {
            return Err(EncodeError::Refused("a row has both a deletion and one that is shadowable"));
        }
        let extended = flag(*is_static, IS_STATIC) | flag(is_shadowable, HAS_SHADOWABLE_DELETION);
        let flags = flag(liveness.is_some(), HAS_TIMESTAMP)
            | flag(liveness.as_ref().is_some_and(Liveness::is_expiring), HAS_TTL)
            | flag(is_shadowable || !deletion.is_live(), HAS_DELETION)
            | flag(has_all_columns, HAS_ALL_COLUMNS)
            | flag(self.has_complex_deletions, HAS_COMPLEX_DELETION)
            | flag(extended != 0, HAS_EXTENSION);
        Ok((flags, extended))
    }
}

/// Writes a cell (`Cell.Serializer`). `row` is the liveness of its row, to which it refers where they agree.
///
/// # Errors
/// If the value or path does not fit the column, or the times contradict each other.
#[inline]
pub fn write_cell(
    cell: &Cell<'_>,
    column: ColumnLayout,
    deltas: &Deltas,
    row: Option<&Liveness>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let uses_row_timestamp = row.is_some_and(|row| row.timestamp == cell.timestamp);
    let dies = cell.local_deletion_time_seconds != NO_DELETION_TIME || cell.ttl_seconds != 0;
    if uses_row_timestamp && !dies && !column.complex && !cell.value.is_empty() && cell.path.is_none() {
        out.push(CELL_USES_ROW_TIMESTAMP);
        return column.value.write(cell.value, out);
    }
    write_any_cell(cell, column, deltas, row, out)
}

fn write_any_cell(
    cell: &Cell<'_>,
    column: ColumnLayout,
    deltas: &Deltas,
    row: Option<&Liveness>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let has_deletion_time = cell.local_deletion_time_seconds != NO_DELETION_TIME;
    if cell.ttl_seconds < 0 || (cell.is_expiring() && !has_deletion_time) {
        return Err(EncodeError::Refused("a cell has a TTL that is negative, or no expiry with it"));
    }
    let uses_row_timestamp = row.is_some_and(|row| row.timestamp == cell.timestamp);
    let expiry = (cell.ttl_seconds, cell.local_deletion_time_seconds);
    let uses_row_ttl = cell.is_expiring()
        && row.is_some_and(|row| row.is_expiring() && (row.ttl_seconds, row.expires_at_seconds) == expiry);
    let mut flags = if cell.value.is_empty() { CELL_HAS_EMPTY_VALUE } else { 0 };
    if cell.is_expiring() {
        flags |= CELL_IS_EXPIRING;
    } else if has_deletion_time {
        flags |= CELL_IS_DELETED;
    }
    flags |= if uses_row_timestamp { CELL_USES_ROW_TIMESTAMP } else { 0 };
    flags |= if uses_row_ttl { CELL_USES_ROW_TTL } else { 0 };
    out.push(flags);
    if !uses_row_timestamp {
        deltas.write_timestamp(cell.timestamp, out);
    }
    if has_deletion_time && !uses_row_ttl {
        deltas.write_cell_expiry(cell.local_deletion_time_seconds, cell.ttl_seconds, out);
    }
    match (column.complex, cell.path) {
        (true, Some(path)) => write_vint_prefixed(path, out)?,
        (false, None) => {}
        (true, None) => return Err(EncodeError::Refused("a cell of a column of many cells has no path")),
        (false, Some(_)) => return Err(EncodeError::Refused("a cell of a column of one cell has a path")),
    }
    if cell.value.is_empty() {
        return Ok(());
    }
    // Inside a complex column every value has its length in front, whatever the type of the elements is.
    let length = if column.complex { ValueLength::Prefixed } else { column.value };
    length.write(cell.value, out)
}

/// Writes what [`super::read_complex_header`] reads: the deletion, if complex columns of the row have one, and how many
/// cells follow.
pub fn write_complex_header(
    deletion: Option<DeletionTime>,
    cell_count: u64,
    deltas: &Deltas,
    out: &mut Vec<u8>,
) {
    if let Some(deletion) = deletion {
        deltas.write_deletion_time(deletion, out);
    }
    write_uvint(cell_count, out);
}

/// Writes a range tombstone marker. `previous_bytes` is as [`RowHead::previous_bytes`]; `scratch` is overwritten.
///
/// # Errors
/// As [`write_bound`], and if it is none: its kind is a row's, or only one of kind and deletions is a boundary's.
pub fn write_marker(
    marker: &Marker<'_>,
    previous_bytes: u64,
    layout: &RowLayout,
    scratch: &mut Vec<u8>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let kind = marker.kind;
    let is_bound = kind.is_start() || kind.is_end();
    if kind.is_boundary() != marker.opened.is_some() || (!is_bound && marker.opened.is_none()) {
        return Err(EncodeError::Refused("a marker has not the deletions that its kind needs"));
    }
    out.push(IS_MARKER);
    write_bound((kind, marker.clustering), &layout.clustering, out)?;
    scratch.clear();
    write_uvint(previous_bytes, scratch);
    layout.deltas.write_deletion_time(marker.deletion, scratch);
    if let Some(opened) = marker.opened {
        layout.deltas.write_deletion_time(opened, scratch);
    }
    write_uvint(scratch.len() as u64, out);
    out.extend_from_slice(scratch);
    Ok(())
}

/// Writes the end of a partition.
pub fn write_end_of_partition(out: &mut Vec<u8>) {
    out.push(END_OF_PARTITION);
}
