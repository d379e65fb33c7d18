//! What keeps expired SSTables from being dropped (`tools.SSTableExpiredBlockers`).
//!
//! An SSTable is expired if everything in it was deleted, or has run out, before the tombstones are of no more use:
//! its greatest local deletion time is before `gc_before_seconds`, the clock less `gc_grace_seconds`. Compaction
//! drops it whole, unless another SSTable with anything not expired has a timestamp at or before the greatest one
//! in it: its tombstones could still delete something there (`CompactionController.getFullyExpiredSSTables`).

mod report;
mod report_text;

pub use report::{Blocker, BlockersReport};

use crate::tools::listing::ListedSstable;

/// Which SSTables of a table are expired, and which others block them; indexes into the SSTables given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blocked {
    /// An expired SSTable, and those that keep it.
    pub expired: Vec<(usize, Vec<usize>)>,
}

/// Finds the expired among all SSTables of a table, and what keeps each of them.
///
/// `sstableexpiredblockers` judges alike, but for an SSTable that expires in the very second of `gc_before_seconds`:
/// that tool takes it for neither expired nor in the way, compaction for not expired.
pub fn blocked(sstables: &[ListedSstable], gc_before_seconds: i64) -> Blocked {
    let is_expired = |one: &ListedSstable| one.local_deletion_times_seconds.1 < gc_before_seconds;
    let mut others: Vec<usize> = (0..sstables.len()).collect();
    others.retain(|index| sstables.get(*index).is_some_and(|one| !is_expired(one)));
    let blockers_of = |expired: &ListedSstable| {
        let newest = expired.timestamps.map_or(i64::MAX, |(_, newest)| newest);
        let oldest = |index: &usize| {
            let timestamps = sstables.get(*index).and_then(|one| one.timestamps);
            timestamps.map_or(i64::MIN, |(oldest, _)| oldest)
        };
        others.iter().copied().filter(|index| oldest(index) <= newest).collect()
    };
    let expired = sstables.iter().enumerate().filter(|(_, one)| is_expired(one));
    Blocked { expired: expired.map(|(index, one)| (index, blockers_of(one))).collect() }
}
