//! The least times of what was added.

use crate::component::statistics::SerializationHeader;
use crate::row::{DeletionTime, Liveness, NO_DELETION_TIME, RowItem};

use super::Update;

/// What the bases are if nothing has such a time (`EncodingStats.NO_STATS`).
const NO_TIMESTAMP: i64 = 1_442_880_000_000_000;
const NO_LOCAL_DELETION_TIME_SECONDS: i64 = 1_442_880_000;

/// The minima against which times are encoded (`EncodingStats.Collector`). They have to be known before the first row
/// is written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bases {
    timestamp: Option<i64>,
    local_deletion_time_seconds: Option<i64>,
    ttl_seconds: Option<i32>,
}

fn lower<N: Ord + Copy>(least: &mut Option<N>, value: N) {
    *least = Some(least.map_or(value, |least| least.min(value)));
}

impl Bases {
    pub(super) fn add(&mut self, update: &Update<'_>) {
        match update {
            Update::Partition { deletion, .. } | Update::Range { deletion, .. } => {
                self.add_deletion(deletion);
            }
            Update::Row { row, items, .. } => {
                self.add_deletion(&row.deletion);
                self.add_deletion(&row.shadowable_deletion);
                if let Some(liveness) = &row.liveness {
                    self.add_liveness(liveness);
                }
                for item in *items {
                    match item {
                        RowItem::ComplexDeletion { deletion, .. } => self.add_deletion(deletion),
                        RowItem::Cell(cell) => {
                            self.add_times(
                                cell.timestamp,
                                cell.local_deletion_time_seconds,
                                cell.ttl_seconds,
                            );
                        }
                    }
                }
            }
        }
    }

    fn add_deletion(&mut self, deletion: &DeletionTime) {
        if !deletion.is_live() {
            self.add_times(deletion.marked_for_delete_at, deletion.local_deletion_time_seconds, 0);
        }
    }

    fn add_liveness(&mut self, liveness: &Liveness) {
        self.add_times(liveness.timestamp, liveness.expires_at_seconds, liveness.ttl_seconds);
    }

    fn add_times(&mut self, timestamp: i64, local_deletion_time_seconds: i64, ttl_seconds: i32) {
        lower(&mut self.timestamp, timestamp);
        if local_deletion_time_seconds != NO_DELETION_TIME {
            lower(&mut self.local_deletion_time_seconds, local_deletion_time_seconds);
        }
        if ttl_seconds != 0 {
            lower(&mut self.ttl_seconds, ttl_seconds);
        }
    }

    /// Puts the minima into a header.
    pub(super) fn fill(&self, header: &mut SerializationHeader) {
        header.min_timestamp = self.timestamp.unwrap_or(NO_TIMESTAMP);
        header.min_local_deletion_time_seconds =
            self.local_deletion_time_seconds.unwrap_or(NO_LOCAL_DELETION_TIME_SECONDS);
        header.min_ttl_seconds = self.ttl_seconds.unwrap_or(0);
    }
}
