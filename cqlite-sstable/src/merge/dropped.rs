//! Rows without what belongs to columns that were dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{CellChange, RowHead, Transformation};
use crate::component::statistics::{HeaderColumn, SerializationHeader};
use crate::error::Result;
use crate::row::{Cell, DeletionTime, Partition, Row};
use crate::schema::{ColumnKind, TableSchema};

/// Leaves out cells and complex deletions of columns that were dropped after they were written, as a node does when it
/// reads an SSTable (`DeserializationHelper.isDropped`).
#[derive(Debug, Clone, Default)]
pub struct DroppedColumns {
    /// For each static column of the source, the time in microseconds up to which its cells are gone; none if the column
    /// was not dropped.
    statics: Vec<Option<i64>>,
    /// The same for each regular column.
    regulars: Vec<Option<i64>>,
    left_out: Arc<AtomicU64>,
}

impl DroppedColumns {
    /// The columns of an SSTable with this header that `schema` says were dropped; none if it has no such. What is left out
    /// is added to `left_out`.
    pub fn of(header: &SerializationHeader, schema: &TableSchema, left_out: &Arc<AtomicU64>) -> Option<Self> {
        let of = |columns: &[HeaderColumn], kind| -> Vec<Option<i64>> {
            columns.iter().map(|column| schema.dropped_until_micros(column, kind)).collect()
        };
        let statics = of(&header.static_columns, ColumnKind::Static);
        let regulars = of(&header.regular_columns, ColumnKind::Regular);
        let has_any = statics.iter().chain(&regulars).any(Option::is_some);
        has_any.then(|| Self { statics, regulars, left_out: Arc::clone(left_out) })
    }

    #[inline]
    fn keeps(&self, is_static: bool, column: usize, timestamp: i64) -> bool {
        let columns = if is_static { &self.statics } else { &self.regulars };
        let dropped_at = columns.get(column).copied().flatten();
        let is_kept = dropped_at.is_none_or(|dropped_at| timestamp > dropped_at);
        if !is_kept {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
        is_kept
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
