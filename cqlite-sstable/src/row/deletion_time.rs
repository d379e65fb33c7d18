//! Deletions of partitions, rows, ranges and whole collections.

use std::cmp::Ordering;

use super::{INVALID_DELETION_TIME, MAX_DELETION_TIME, NO_DELETION_TIME};

/// When something was deleted, and when that was said (`db.DeletionTime`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeletionTime {
    /// Data with this timestamp or an older one is deleted, in microseconds.
    pub marked_for_delete_at: i64,
    /// The clock of the node at the deletion, in seconds since 1970; from it `gc_grace_seconds` count.
    pub local_deletion_time_seconds: i64,
}

impl DeletionTime {
    /// Nothing is deleted.
    pub const LIVE: Self =
        Self { marked_for_delete_at: i64::MIN, local_deletion_time_seconds: NO_DELETION_TIME };

    /// A deletion whose local time may be out of range: such a one becomes [`INVALID_DELETION_TIME`]
    /// (`DeletionTime.build`).
    pub fn build(marked_for_delete_at: i64, local_deletion_time_seconds: i64) -> Self {
        let valid = (0..=MAX_DELETION_TIME).contains(&local_deletion_time_seconds);
        let local = if valid { local_deletion_time_seconds } else { INVALID_DELETION_TIME };
        Self { marked_for_delete_at, local_deletion_time_seconds: local }
    }

    /// Whether nothing is deleted.
    pub fn is_live(&self) -> bool {
        *self == Self::LIVE
    }

    /// Whether data of `timestamp` is covered.
    pub fn deletes(&self, timestamp: i64) -> bool {
        timestamp <= self.marked_for_delete_at
    }
}

impl Default for DeletionTime {
    fn default() -> Self {
        Self::LIVE
    }
}

impl PartialOrd for DeletionTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The greater one supersedes the other.
impl Ord for DeletionTime {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |d: &Self| (d.marked_for_delete_at, d.local_deletion_time_seconds);
        key(self).cmp(&key(other))
    }
}
