//! Rows as far as they were written within a stretch of time.

use std::ops::{Bound, RangeBounds as _};

use super::{CellChange, RowHead, Transformation};
use crate::error::Result;
use crate::row::{Cell, DeletionTime, Partition, Row};

/// Keeps what was written within a stretch of time: cells, livenesses, and deletions of every kind, each by its own write
/// time. A row or partition of which nothing is left goes.
///
/// Deletions written outside of it go as well, so that what they delete is there again if it is still in the source: of
/// several SSTables, each has to be filtered in front of the merge, which else has dropped it already. The merged value
/// of a counter has the time of its latest change, and none but that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenBetween {
    /// Write times in microseconds.
    pub micros: (Bound<i64>, Bound<i64>),
}

impl WrittenBetween {
    fn keep(&self, deletion: DeletionTime) -> DeletionTime {
        if self.micros.contains(&deletion.marked_for_delete_at) { deletion } else { DeletionTime::LIVE }
    }
}

impl Transformation for WrittenBetween {
    fn partition(&mut self, partition: &Partition<'_>) -> Result<Option<DeletionTime>> {
        Ok(Some(self.keep(partition.deletion)))
    }

    fn row(&mut self, row: &Row<'_>) -> Result<Option<RowHead>> {
        Ok(Some(RowHead {
            liveness: row.liveness.filter(|liveness| self.micros.contains(&liveness.timestamp)),
            deletion: self.keep(row.deletion),
            shadowable_deletion: self.keep(row.shadowable_deletion),
        }))
    }

    fn range(&mut self, deletion: &DeletionTime) -> Result<bool> {
        Ok(self.micros.contains(&deletion.marked_for_delete_at))
    }

    fn complex_deletion(
        &mut self,
        _is_static: bool,
        _column: usize,
        deletion: &DeletionTime,
    ) -> Result<bool> {
        Ok(self.micros.contains(&deletion.marked_for_delete_at))
    }

    #[inline]
    fn cell(&mut self, _is_static: bool, cell: &Cell<'_>) -> Result<CellChange> {
        let is_kept = self.micros.contains(&cell.timestamp);
        Ok(if is_kept { CellChange::Kept } else { CellChange::Dropped })
    }
}
