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

    /// A partition that has no live row, but live cells in its static row. What is broken off here is so behind it.
    ///
    /// # Errors
    /// They end the read.
    fn statics_alone(&mut self, partition: &ReadPartition<'_>) -> Result<ControlFlow<()>> {
        self.partition(partition)
    }
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

    /// The cell at a place.
    #[inline]
    pub fn get(&self, index: usize) -> Option<Cell<'a>> {
        let index = self.start.checked_add(index).filter(|index| *index < self.end)?;
        self.buffer.get(index)
    }

    /// The value of the cell at a place.
    #[inline]
    pub(crate) fn value_at(&self, index: usize) -> Option<&'a [u8]> {
        let index = self.start.checked_add(index).filter(|index| *index < self.end)?;
        self.buffer.value(index)
    }

    /// The values of the cells in a range, which have no paths, as one stretch of bytes, and where each ends in it.
    #[inline]
    pub(crate) fn values(&self, range: Range<usize>) -> (&'a [u8], impl Iterator<Item = usize> + use<'a>) {
        let at = |index: usize| self.start.saturating_add(index).min(self.end);
        self.buffer.values(at(range.start)..at(range.end))
    }

    /// The columns of the cells.
    #[inline]
    pub(crate) fn columns(&self) -> impl Iterator<Item = usize> + use<'a> {
        self.buffer.columns(self.start..self.end)
    }

    /// None at all.
    pub const NONE: Cells<'static> = Cells { buffer: &CellBuffer::EMPTY, start: 0, end: 0 };

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

/// Cells that are kept longer than the call in which they were shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeptCells(CellBuffer);

impl KeptCells {
    /// Keeps these instead of those before, in the same memory.
    pub(crate) fn keep(&mut self, cells: Cells<'_>) {
        self.0.clear();
        cells.iter().for_each(|cell| self.0.push(&cell));
    }

    /// Cells that were made by hand, in column order.
    #[cfg(test)]
    pub(crate) fn of(cells: &[Cell<'_>]) -> Self {
        let mut kept = Self::default();
        cells.iter().for_each(|cell| kept.0.push(cell));
        kept
    }

    /// The cells.
    pub(crate) fn cells(&self) -> Cells<'_> {
        Cells::of(&self.0, 0..self.0.len())
    }
}
