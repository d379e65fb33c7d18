//! Rows without what belongs to columns that were dropped.

use super::{CellChange, RowHead, Transformation};
use crate::error::Result;
use crate::row::{Cell, DeletionTime, Partition, Row};

/// Leaves out cells and complex deletions of columns that were dropped after they were written, as a node does when it
/// reads an SSTable (`DeserializationHelper.isDropped`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DroppedColumns {
    /// For each static column of the source, the time in microseconds up to which its cells are gone; none if the column
    /// was not dropped.
    pub statics: Vec<Option<i64>>,
    /// The same for each regular column.
    pub regulars: Vec<Option<i64>>,
}

impl DroppedColumns {
    #[inline]
    fn keeps(&self, is_static: bool, column: usize, timestamp: i64) -> bool {
        let columns = if is_static { &self.statics } else { &self.regulars };
        columns.get(column).copied().flatten().is_none_or(|dropped_at| timestamp > dropped_at)
    }
}

impl Transformation for DroppedColumns {
    fn partition(&mut self, partition: &Partition<'_>) -> Result<Option<DeletionTime>> {
        Ok(Some(partition.deletion))
    }

    fn row(&mut self, row: &Row<'_>) -> Result<Option<RowHead>> {
        Ok(Some(RowHead::of(row)))
    }

    fn range(&mut self, _deletion: &DeletionTime) -> Result<bool> {
        Ok(true)
    }

    fn complex_deletion(&mut self, is_static: bool, column: usize, deletion: &DeletionTime) -> Result<bool> {
        Ok(self.keeps(is_static, column, deletion.marked_for_delete_at))
    }

    #[inline]
    fn cell(&mut self, is_static: bool, cell: &Cell<'_>) -> Result<CellChange> {
        let is_kept = self.keeps(is_static, cell.column, cell.timestamp);
        Ok(if is_kept { CellChange::Kept } else { CellChange::Dropped })
    }
}
