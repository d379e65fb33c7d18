//! Some of the partitions.

use super::{CellChange, RowHead, Transformation};
use crate::error::Result;
use crate::row::{Cell, DeletionTime, Partition, Row};

/// Keeps the partitions that are chosen by their serialized keys, whole, and leaves the others out.
pub struct ChosenPartitions<F> {
    choose: F,
}

impl<F: FnMut(&[u8]) -> bool> ChosenPartitions<F> {
    /// Keeps the partitions for whose key `choose` is true: those of some keys, of all but some, of a range of tokens.
    pub fn new(choose: F) -> Self {
        Self { choose }
    }
}

impl<F: FnMut(&[u8]) -> bool> Transformation for ChosenPartitions<F> {
    fn partition(&mut self, partition: &Partition<'_>) -> Result<Option<DeletionTime>> {
        Ok((self.choose)(partition.key).then_some(partition.deletion))
    }

    fn row(&mut self, row: &Row<'_>) -> Result<Option<RowHead>> {
        Ok(Some(RowHead::of(row)))
    }

    fn range(&mut self, _deletion: &DeletionTime) -> Result<bool> {
        Ok(true)
    }

    fn complex_deletion(
        &mut self,
        _is_static: bool,
        _column: usize,
        _deletion: &DeletionTime,
    ) -> Result<bool> {
        Ok(true)
    }

    #[inline]
    fn cell(&mut self, _is_static: bool, _cell: &Cell<'_>) -> Result<CellChange> {
        Ok(CellChange::Kept)
    }
}
