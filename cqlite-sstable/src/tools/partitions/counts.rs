//! What is counted of a partition.

use crate::error::Result;
use crate::reader::{Cursor, RowItem, Unfiltered};
use crate::row::{Cell, Liveness};

/// What is counted of a partition in one SSTable (`SSTablePartitions.PartitionStats`). The static row counts for
/// its bytes alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PartitionCounts {
    /// Where the partition begins in the uncompressed data.
    pub position: u64,
    /// The bytes it has there.
    pub size_bytes: u64,
    /// Rows, deleted ones included.
    pub rows: u64,
    /// Cells, those of collections and tombstones included.
    pub cells: u64,
    /// Deletions of rows.
    pub row_tombstones: u64,
    /// Bounds and boundaries of deletions of ranges.
    pub range_tombstones: u64,
    /// Deletions of collections and user-defined types.
    pub complex_tombstones: u64,
    /// Deletions of cells.
    pub cell_tombstones: u64,
    /// Rows whose TTL has run out.
    pub expired_rows: u64,
    /// Cells whose TTL, not that of their row, has run out.
    pub expired_cells: u64,
}

/// By what partitions are compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Measure {
    /// [`PartitionCounts::size_bytes`].
    #[default]
    Bytes,
    /// [`PartitionCounts::rows`].
    Rows,
    /// [`PartitionCounts::cells`].
    Cells,
    /// [`PartitionCounts::tombstones`].
    Tombstones,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Bytes, Self::Rows, Self::Cells, Self::Tombstones];

    /// The name: `bytes`, `rows`, `cells`, `tombstones`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Rows => "rows",
            Self::Cells => "cells",
            Self::Tombstones => "tombstones",
        }
    }
}

impl PartitionCounts {
    /// All deletions and expiries but that of the partition.
    pub fn tombstones(&self) -> u64 {
        let kinds = [
            self.row_tombstones,
            self.range_tombstones,
            self.complex_tombstones,
            self.cell_tombstones,
            self.expired_rows,
            self.expired_cells,
        ];
        kinds.into_iter().fold(0, u64::saturating_add)
    }

    /// The count of a measure.
    pub fn of(&self, measure: Measure) -> u64 {
        match measure {
            Measure::Bytes => self.size_bytes,
            Measure::Rows => self.rows,
            Measure::Cells => self.cells,
            Measure::Tombstones => self.tombstones(),
        }
    }

    /// Counts the rows and markers of the partition that `cursor` stands in, to its end.
    pub(super) fn count_unfiltereds(&mut self, cursor: &mut Cursor, now_seconds: i64) -> Result<()> {
        while cursor.advance_unfiltered()? {
            let Unfiltered::Row(row) = cursor.unfiltered() else {
                self.range_tombstones += 1;
                continue;
            };
            self.rows += 1;
            self.row_tombstones += u64::from(!row.deletion.is_live() || !row.shadowable_deletion.is_live());
            let liveness = row.liveness;
            let has_expired =
                |liveness: Liveness| liveness.is_expiring() && liveness.expires_at_seconds < now_seconds;
            self.expired_rows += u64::from(liveness.is_some_and(has_expired));
            let row_ttl_seconds = liveness.map(|liveness| liveness.ttl_seconds);
            while cursor.advance_item()? {
                match cursor.item() {
                    RowItem::ComplexDeletion { .. } => self.complex_tombstones += 1,
                    RowItem::Cell(cell) => self.count_cell(&cell, row_ttl_seconds, now_seconds),
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn count_cell(&mut self, cell: &Cell<'_>, row_ttl_seconds: Option<i32>, now_seconds: i64) {
        self.cells += 1;
        self.cell_tombstones += u64::from(cell.is_tombstone());
        let has_own_ttl = cell.is_expiring() && row_ttl_seconds != Some(cell.ttl_seconds);
        self.expired_cells += u64::from(has_own_ttl && !cell.is_live(now_seconds));
    }
}
