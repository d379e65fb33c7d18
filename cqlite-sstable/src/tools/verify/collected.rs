//! What Statistics.db should tell, collected from the rows (`io.sstable.metadata.MetadataCollector`).

use crate::component::statistics::{EstimatedHistogram, StatsMetadata};
use crate::row::{Cell, DeletionTime, INVALID_DELETION_TIME, Liveness, NO_DELETION_TIME};

/// The least and the greatest of some numbers, with the partitions that have them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extremes {
    /// The least, and the position of its partition.
    pub(super) least: (i64, u64),
    /// The greatest, and the position of its partition.
    pub(super) greatest: (i64, u64),
}

impl Extremes {
    const NONE: Self = Self { least: (i64::MAX, 0), greatest: (i64::MIN, 0) };

    #[inline]
    fn update(&mut self, value: i64, partition: u64) {
        if value < self.least.0 {
            self.least = (value, partition);
        }
        if value > self.greatest.0 {
            self.greatest = (value, partition);
        }
    }

    /// Whether there were any.
    pub(super) fn any(&self) -> bool {
        self.least.0 <= self.greatest.0
    }
}

/// What was collected so far.
pub(super) struct Collected {
    pub(super) timestamps: Extremes,
    /// "None" counts as the greatest.
    pub(super) local_deletion_times: Extremes,
    pub(super) ttls: Extremes,
    pub(super) rows: u64,
    pub(super) columns_set: u64,
    pub(super) partition_sizes: EstimatedHistogram,
    pub(super) cells_per_partition: EstimatedHistogram,
    /// Local deletion times that are not "none".
    pub(super) drop_times: u64,
    /// The position of the first partition with a deletion.
    pub(super) partition_deletion: Option<u64>,
    /// The position of the first partition with such shards.
    pub(super) legacy_shards: Option<u64>,
    partition: u64,
    cells: i64,
    /// The timestamp of the last cell that neither expires nor deletes.
    last_plain: Option<i64>,
}

impl Collected {
    /// Nothing, with the histograms' buckets as in `stats`.
    pub(super) fn new(stats: &StatsMetadata) -> Self {
        Self {
            timestamps: Extremes::NONE,
            local_deletion_times: Extremes::NONE,
            ttls: Extremes::NONE,
            rows: 0,
            columns_set: 0,
            partition_sizes: stats.estimated_partition_size_bytes.emptied(),
            cells_per_partition: stats.estimated_cells_per_partition.emptied(),
            drop_times: 0,
            partition_deletion: None,
            legacy_shards: None,
            partition: 0,
            cells: 0,
            last_plain: None,
        }
    }

    /// A partition begins at `position`.
    pub(super) fn start_partition(&mut self, position: u64, deletion: DeletionTime) {
        (self.partition, self.cells) = (position, 0);
        if !deletion.is_live() {
            self.partition_deletion.get_or_insert(position);
        }
        self.deletion(deletion);
    }

    /// The partition ends; it has so many bytes.
    pub(super) fn end_partition(&mut self, size_bytes: u64) {
        self.partition_sizes.add(i64::try_from(size_bytes).unwrap_or(i64::MAX), 1);
        self.cells_per_partition.add(self.cells, 1);
    }

    /// A row with cells of so many columns.
    pub(super) fn row(&mut self, columns: u64) {
        self.rows = self.rows.saturating_add(1);
        self.columns_set = self.columns_set.saturating_add(columns);
    }

    pub(super) fn liveness(&mut self, liveness: Option<Liveness>) {
        if let Some(liveness) = liveness {
            self.times(liveness.timestamp, liveness.ttl_seconds, liveness.expires_at_seconds);
        }
    }

    pub(super) fn deletion(&mut self, deletion: DeletionTime) {
        if !deletion.is_live() {
            self.timestamps.update(deletion.marked_for_delete_at, self.partition);
            self.local_deletion_time(deletion.local_deletion_time_seconds);
        }
    }

    /// Returns whether the cell neither expires nor deletes.
    #[inline]
    pub(super) fn cell(&mut self, cell: &Cell<'_>) -> bool {
        self.cells = self.cells.saturating_add(1);
        // Most cells are as the one before: nothing new.
        let is_plain = cell.local_deletion_time_seconds == NO_DELETION_TIME && cell.ttl_seconds == 0;
        if is_plain && self.last_plain == Some(cell.timestamp) {
            return true;
        }
        if is_plain {
            self.last_plain = Some(cell.timestamp);
        }
        self.times(cell.timestamp, cell.ttl_seconds, cell.local_deletion_time_seconds);
        is_plain
    }

    pub(super) fn legacy_counter_shards(&mut self) {
        self.legacy_shards.get_or_insert(self.partition);
    }

    #[inline]
    fn times(&mut self, timestamp: i64, ttl_seconds: i32, local_deletion_time_seconds: i64) {
        self.timestamps.update(timestamp, self.partition);
        self.ttls.update(i64::from(ttl_seconds), self.partition);
        self.local_deletion_time(local_deletion_time_seconds);
    }

    #[inline]
    fn local_deletion_time(&mut self, seconds: i64) {
        // What overflowed was counted as whatever it overflowed to.
        if seconds == INVALID_DELETION_TIME {
            return;
        }
        self.local_deletion_times.update(seconds, self.partition);
        if seconds != NO_DELETION_TIME {
            self.drop_times = self.drop_times.saturating_add(1);
        }
    }
}
