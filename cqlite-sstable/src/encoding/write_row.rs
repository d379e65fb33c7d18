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
        let flags = self.write_place(layout, out)?;
        scratch.clear();
        self.write_front(flags, layout, &layout.deltas, scratch);
        let front_bytes = uvint_size(self.previous_bytes).saturating_add(scratch.len());
        write_uvint(self.columns_bytes.saturating_add(front_bytes as u64), out);
        write_uvint(self.previous_bytes, out);
        out.extend_from_slice(scratch);
        Ok(())
    }

    /// As [`RowHead::write`], without the two sizes, as messages and the commit log have it: neither
    /// [`RowHead::columns_bytes`] nor [`RowHead::previous_bytes`] is used. Times are relative to `deltas`, whatever those
    /// of the layout are.
    ///
    /// # Errors
    /// As [`RowHead::write`].
    #[inline]
    pub fn write_unsized(
        &self,
        layout: &RowLayout,
        deltas: &Deltas,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let flags = self.write_place(layout, out)?;
        self.write_front(flags, layout, deltas, out);
        Ok(())
    }

    /// Flags and clustering. Returned are the flags.
    #[inline]
    fn write_place(&self, layout: &RowLayout, out: &mut Vec<u8>) -> Result<u8, EncodeError> {
        let row = &self.row;
        let has_all_columns = self.columns.len() == layout.columns(row.is_static).len();
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
        Ok(flags)
    }

    /// Liveness, deletion, and which columns there are.
    #[inline]
    fn write_front(&self, flags: u8, layout: &RowLayout, deltas: &Deltas, out: &mut Vec<u8>) {
        if let Some(liveness) = &self.row.liveness {
            deltas.write_liveness(liveness, out);
        }
        if flags & HAS_DELETION != 0 {
            deltas.write_deletion_time(self.row.greatest_deletion(), out);
        }
        if flags & HAS_ALL_COLUMNS == 0 {
            self.columns.write_subset(layout.columns(self.row.is_static).len(), out);
        }
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
    write_marker_place(marker, layout, out)?;
    scratch.clear();
    write_uvint(previous_bytes, scratch);
    write_marker_deletions(marker, &layout.deltas, scratch);
    write_uvint(scratch.len() as u64, out);
    out.extend_from_slice(scratch);
    Ok(())
}

/// As [`write_marker`], without the two sizes: see [`RowHead::write_unsized`].
///
/// # Errors
/// As [`write_marker`].
pub fn write_unsized_marker(
    marker: &Marker<'_>,
    layout: &RowLayout,
    deltas: &Deltas,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    write_marker_place(marker, layout, out)?;
    write_marker_deletions(marker, deltas, out);
    Ok(())
}

fn write_marker_place(marker: &Marker<'_>, layout: &RowLayout, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let kind = marker.kind;
    let is_bound = kind.is_start() || kind.is_end();
    if kind.is_boundary() != marker.opened.is_some() || (!is_bound && marker.opened.is_none()) {
        return Err(EncodeError::Refused("a marker has not the deletions that its kind needs"));
    }
    out.push(IS_MARKER);
    write_bound((kind, marker.clustering), &layout.clustering, out)
}

fn write_marker_deletions(marker: &Marker<'_>, deltas: &Deltas, out: &mut Vec<u8>) {
    deltas.write_deletion_time(marker.deletion, out);
    if let Some(opened) = marker.opened {
        deltas.write_deletion_time(opened, out);
    }
}

/// Writes the end of a partition.
pub fn write_end_of_partition(out: &mut Vec<u8>) {
    out.push(END_OF_PARTITION);
}

#[cfg(test)]
mod tests {
    use super::super::{
        Bytes, CellParts, ColumnsLayout, MarkerHeader, RowHeader, UnfilteredKind, read_complex_header,
    };
    use super::*;
    use crate::row::{ClusteringBuffer, ClusteringKind, ClusteringValue};
    use crate::types::CqlType;

    /// The same numbers each time.
    struct Random(u64);

    impl Random {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % limit
        }

        fn seconds(&mut self) -> i64 {
            (1_600_000_000 + self.below(400_000_000)) as i64
        }

        fn deletion(&mut self) -> DeletionTime {
            let marked_for_delete_at = self.below(u64::MAX >> 33) as i64 - 1000;
            DeletionTime { marked_for_delete_at, local_deletion_time_seconds: self.seconds() }
        }
    }

    fn layout(columns: usize, unsigned_deletion_times: bool) -> RowLayout {
        let list = CqlType::List { element: CqlType::Int.into(), frozen: false };
        let types = (0..columns).map(|i| match i {
            _ if i >= columns - columns / 3 => list.clone(),
            _ if i % 2 == 0 => CqlType::Int,
            _ => CqlType::Text,
        });
        RowLayout {
            deltas: Deltas {
                min_timestamp: 1000,
                min_local_deletion_time_seconds: 1_700_000_000,
                min_ttl_seconds: 60,
                unsigned_deletion_times,
                wide_deltas: false,
            },
            clustering: vec![ValueLength::Fixed(4), ValueLength::Prefixed],
            statics: ColumnsLayout::default(),
            regulars: ColumnsLayout::new(&types.collect::<Vec<_>>()),
            takes_any_idle_bits: false,
        }
    }

    #[test]
    fn random_cells_are_read_as_they_were_written() {
        let mut random = Random(1);
        let layout = layout(9, true);
        for round in 0..20_000 {
            let liveness = (random.below(3) > 0).then(|| {
                let mut liveness = Liveness::new(random.below(3) as i64);
                if random.below(2) == 0 {
                    liveness.ttl_seconds = 1 + random.below(90) as i32;
                    liveness.expires_at_seconds = random.seconds();
                }
                liveness
            });
            let column = random.below(9) as usize;
            let known = layout.regulars.get(column).unwrap();
            let (ttl_seconds, local_deletion_time_seconds) = match (random.below(4), &liveness) {
                (0, Some(row)) => (row.ttl_seconds, row.expires_at_seconds),
                (1, _) => (1 + random.below(90) as i32, random.seconds()),
                (2, _) => (0, random.seconds()),
                _ => (0, NO_DELETION_TIME),
            };
            let cell = Cell {
                column,
                timestamp: random.below(3) as i64,
                ttl_seconds,
                local_deletion_time_seconds,
                path: known.complex.then_some(&b"path"[..]),
                value: if random.below(3) == 0 { b"" } else { b"four" },
            };
            let mut out = Vec::new();
            write_cell(&cell, known, &layout.deltas, liveness.as_ref(), &mut out).unwrap();
            let mut bytes = Bytes::new(&out);
            let read = CellParts::read(&mut bytes, known, &layout.deltas, liveness.as_ref()).unwrap();
            assert_eq!(bytes.remaining(), 0, "{round}");
            let read = Cell {
                column,
                timestamp: read.timestamp,
                ttl_seconds: read.ttl_seconds,
                local_deletion_time_seconds: read.local_deletion_time_seconds,
                path: read.path.map(|path| &out[path]),
                value: &out[read.value],
            };
            assert_eq!(read, cell, "{round}");
        }
    }

    #[test]
    fn random_heads_of_rows_are_read_as_they_were_written() {
        let mut random = Random(2);
        for round in 0..5000 {
            let column_count = [1, 9, 63, 64, 65, 130][random.below(6) as usize];
            let layout = layout(column_count, random.below(2) == 0);
            let mut clustering = ClusteringBuffer::default();
            clustering.push(ClusteringValue::Value(b"four"));
            clustering.push([ClusteringValue::Null, ClusteringValue::Value(b"x")][random.below(2) as usize]);
            let mut columns = ColumnSet::default();
            columns.clear(column_count);
            let share = random.below(5);
            (0..column_count).filter(|_| random.below(4) < share).for_each(|index| columns.insert(index));
            let mut row = Row {
                is_static: false,
                clustering: clustering.as_clustering(),
                liveness: (random.below(2) == 0).then(|| Liveness::new(7)),
                deletion: DeletionTime::LIVE,
                shadowable_deletion: DeletionTime::LIVE,
            };
            match random.below(3) {
                0 => row.deletion = random.deletion(),
                1 if row.liveness.is_none() => row.shadowable_deletion = random.deletion(),
                _ => {}
            }
            let head = RowHead {
                row,
                columns: &columns,
                has_complex_deletions: random.below(2) == 0,
                columns_bytes: random.below(1 << 20),
                previous_bytes: random.below(1 << 20),
            };
            let (mut out, mut scratch) = (Vec::new(), Vec::new());
            head.write(&layout, &mut scratch, &mut out).unwrap();
            let mut bytes = Bytes::new(&out);
            let (mut values, mut present) = (ClusteringBuffer::default(), ColumnSet::default());
            let read = RowHeader::read(&mut bytes, &layout, &mut values, &mut present).unwrap();
            assert_eq!(bytes.remaining(), 0, "{round}");
            assert_eq!((&values, read.length), (&clustering, out.len() as u64 + head.columns_bytes));
            assert!((0..column_count).all(|index| present.contains(index) == columns.contains(index)));
            assert_eq!(read.has_complex_deletions, head.has_complex_deletions);
            assert_eq!((read.liveness, read.deletion), (row.liveness, row.deletion), "{round}");
            assert_eq!(read.shadowable_deletion, row.shadowable_deletion, "{round}");
        }
    }

    #[test]
    fn markers_and_heads_of_collections_are_read_as_they_were_written() {
        let (mut random, layout) = (Random(3), layout(3, false));
        let mut clustering = ClusteringBuffer::default();
        clustering.push(ClusteringValue::Value(b"four"));
        for kind in (0..8).filter_map(ClusteringKind::from_ordinal) {
            let marker = Marker {
                kind,
                clustering: clustering.as_clustering(),
                deletion: random.deletion(),
                opened: kind.is_boundary().then(|| random.deletion()),
            };
            let (mut out, mut scratch) = (Vec::new(), Vec::new());
            let written = write_marker(&marker, 300, &layout, &mut scratch, &mut out);
            if kind == ClusteringKind::Clustering {
                assert!(written.is_err());
                continue;
            }
            written.unwrap();
            assert_eq!(UnfilteredKind::peek(&Bytes::new(&out)), Ok(UnfilteredKind::Marker));
            let (mut bytes, mut values) = (Bytes::new(&out), ClusteringBuffer::default());
            let read = MarkerHeader::read(&mut bytes, &layout, &mut values).unwrap();
            assert_eq!((bytes.remaining(), &values), (0, &clustering));
            assert_eq!((read.kind, read.deletion, read.opened), (kind, marker.deletion, marker.opened));
        }
        for deletion in [None, Some(DeletionTime::LIVE), Some(random.deletion())] {
            let mut out = Vec::new();
            write_complex_header(deletion, 70_000, &layout.deltas, &mut out);
            let read = read_complex_header(&mut Bytes::new(&out), &layout.deltas, deletion.is_some());
            assert_eq!(read, Ok((deletion.unwrap_or(DeletionTime::LIVE), 70_000)));
        }
    }

    #[test]
    fn cells_that_contradict_themselves_or_their_column_are_refused() {
        let layout = layout(9, true);
        let sound = Cell {
            column: 0,
            timestamp: 1,
            ttl_seconds: 0,
            local_deletion_time_seconds: NO_DELETION_TIME,
            path: None,
            value: &b"four"[..],
        };
        let write = |cell: Cell<'_>, column: usize| {
            let known = layout.regulars.get(column).unwrap();
            write_cell(&cell, known, &layout.deltas, Some(&Liveness::new(1)), &mut Vec::new())
        };
        assert_eq!(write(sound, 0), Ok(()));
        assert_eq!(
            write(Cell { value: b"123", ..sound }, 0),
            Err(EncodeError::Length { expected: 4, found: 3 })
        );
        for (cell, column) in [
            (Cell { ttl_seconds: -1, local_deletion_time_seconds: 5, ..sound }, 0),
            (Cell { ttl_seconds: 1, ..sound }, 0),
            (Cell { path: Some(b"p"), ..sound }, 0),
            (sound, 8),
        ] {
            assert!(write(cell, column).is_err(), "{cell:?}");
        }
    }
}
