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
    column: usize,
    timestamp: i64,
    ttl_seconds: i32,
    local_deletion_time_seconds: i64,
    path: Option<Range<usize>>,
    value: Range<usize>,
}

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
        let path = cell.path.map(|path| self.push_bytes(path));
        let value = self.push_bytes(cell.value);
        self.cells.push(KeptCell {
            column: cell.column,
            timestamp: cell.timestamp,
            ttl_seconds: cell.ttl_seconds,
            local_deletion_time_seconds: cell.local_deletion_time_seconds,
            path,
            value,
        });
    }

    fn push_bytes(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<Cell<'_>> {
        let cell = self.cells.get(index)?;
        Some(Cell {
            column: cell.column,
            timestamp: cell.timestamp,
            ttl_seconds: cell.ttl_seconds,
            local_deletion_time_seconds: cell.local_deletion_time_seconds,
            path: cell.path.clone().and_then(|path| self.bytes.get(path)),
            value: self.bytes.get(cell.value.clone()).unwrap_or_default(),
        })
    }
}
