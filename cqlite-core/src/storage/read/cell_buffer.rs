//! Cells with bytes of their own.

use std::ops::Range;

use cqlite_sstable::row::Cell;

/// Cells one behind the other.
#[derive(Debug, Clone, Default)]
pub(super) struct CellBuffer {
    bytes: Vec<u8>,
    cells: Vec<KeptCell>,
}

#[derive(Debug, Clone)]
struct KeptCell {
    timestamp: i64,
    local_deletion_time_seconds: i64,
    /// Where the value begins in the bytes, behind the path.
    start: usize,
    column: u32,
    ttl_seconds: i32,
    value_length: u32,
    /// [`NO_PATH`] if there is none.
    path_length: u32,
}

/// Paths are shorter (`CollectionType.CollectionPathSerializer`).
const NO_PATH: u32 = u32::MAX;

impl CellBuffer {
    pub(super) const EMPTY: Self = Self { bytes: Vec::new(), cells: Vec::new() };

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.cells.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// The memory that is used of it.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len().saturating_add(self.cells.len().saturating_mul(size_of::<KeptCell>()))
    }

    /// The memory that it holds.
    pub(super) fn capacity_bytes(&self) -> usize {
        let cells = self.cells.capacity().saturating_mul(size_of::<KeptCell>());
        self.bytes.capacity().saturating_add(cells)
    }

    #[inline]
    pub(super) fn push(&mut self, cell: &Cell<'_>) {
        let path_length = match cell.path {
            None => NO_PATH,
            Some(path) => {
                self.bytes.extend_from_slice(path);
                path.len() as u32
            }
        };
        let start = self.bytes.len();
        self.bytes.extend_from_slice(cell.value);
        self.cells.push(KeptCell {
            timestamp: cell.timestamp,
            local_deletion_time_seconds: cell.local_deletion_time_seconds,
            start,
            column: cell.column as u32,
            ttl_seconds: cell.ttl_seconds,
            value_length: cell.value.len() as u32,
            path_length,
        });
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<Cell<'_>> {
        let cell = self.cells.get(index)?;
        let path = (cell.path_length != NO_PATH).then(|| {
            let start = cell.start.saturating_sub(cell.path_length as usize);
            self.bytes.get(start..cell.start).unwrap_or_default()
        });
        Some(Cell {
            column: cell.column as usize,
            timestamp: cell.timestamp,
            ttl_seconds: cell.ttl_seconds,
            local_deletion_time_seconds: cell.local_deletion_time_seconds,
            path,
            value: self.value_of(cell),
        })
    }

    /// The value of the cell at a place.
    #[inline]
    pub(super) fn value(&self, index: usize) -> Option<&[u8]> {
        self.cells.get(index).map(|cell| self.value_of(cell))
    }

    /// The values of the cells in a range, which have no paths, as one stretch of bytes, and where each ends in it.
    #[inline]
    pub(super) fn values(&self, range: Range<usize>) -> (&[u8], impl Iterator<Item = usize>) {
        let cells = self.cells.get(range).unwrap_or_default();
        let start = cells.first().map_or(0, |first| first.start);
        let end_of = move |cell: &KeptCell| {
            cell.start.saturating_add(cell.value_length as usize).saturating_sub(start)
        };
        let end = start.saturating_add(cells.last().map_or(0, end_of));
        (self.bytes.get(start..end).unwrap_or_default(), cells.iter().map(end_of))
    }

    /// The columns of the cells in a range.
    #[inline]
    pub(super) fn columns(&self, range: Range<usize>) -> impl Iterator<Item = usize> {
        self.cells.get(range).unwrap_or_default().iter().map(|cell| cell.column as usize)
    }

    #[inline]
    fn value_of(&self, cell: &KeptCell) -> &[u8] {
        let end = cell.start.saturating_add(cell.value_length as usize);
        self.bytes.get(cell.start..end).unwrap_or_default()
    }
}
