//! What is done with what is read.

use std::ops::{ControlFlow, Range};

use cqlite_sstable::Result;
use cqlite_sstable::row::{Cell, Clustering, Liveness};

use super::cell_buffer::CellBuffer;

/// Takes what is read, one partition and row after the other. Nothing of it lives longer than the call.
pub trait RowSink {
    /// A partition begins: with a live row, or with live cells in its static row. What is broken off here is so behind the row that
    /// comes next of the partition, or behind the static row if that is alone.
    ///
    /// # Errors
    /// They end the read.
    fn partition(&mut self, partition: &ReadPartition<'_>) -> Result<ControlFlow<()>>;

    /// A row of that partition. What is broken off here can be gone on with behind this row.
    ///
    /// # Errors
    /// They end the read.
    fn row(&mut self, row: &ReadRow<'_>) -> Result<ControlFlow<()>>;
}

/// A partition that was read.
#[derive(Debug, Clone, Copy)]
pub struct ReadPartition<'a> {
    /// The serialized partition key.
    pub key: &'a [u8],
    /// The live cells of its static row.
    pub static_cells: Cells<'a>,
}

/// A row that was read.
#[derive(Debug, Clone, Copy)]
pub struct ReadRow<'a> {
    /// The values of the clustering columns.
    pub clustering: Clustering<'a>,
    /// The liveness of the primary key; none if the row lives by its cells alone.
    pub liveness: Option<Liveness>,
    /// The live cells of the columns that are wanted.
    pub cells: Cells<'a>,
}

/// Live cells of one row, in column order; those of a collection in the order of their paths.
#[derive(Debug, Clone, Copy)]
pub struct Cells<'a> {
    buffer: &'a CellBuffer,
    start: usize,
    end: usize,
}

impl<'a> Cells<'a> {
    pub(super) fn of(buffer: &'a CellBuffer, range: Range<usize>) -> Self {
        Self { buffer, start: range.start, end: range.end }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cells.
    pub fn iter(&self) -> impl Iterator<Item = Cell<'a>> + use<'a> {
        let buffer = self.buffer;
        (self.start..self.end).filter_map(move |index| buffer.get(index))
    }

    /// The value of a column that has one cell.
    pub fn value(&self, column: usize) -> Option<&'a [u8]> {
        self.iter().find(|cell| cell.column == column).map(|cell| cell.value)
    }
}
