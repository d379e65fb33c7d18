//! SSTables that can be dropped without being read.

use super::{RepairGroup, SstableSummary};

/// What decides whether the data of an SSTable is gone for good.
#[derive(Debug, Clone, Copy)]
pub struct Expiry {
    /// Tombstones older than this may go: now less `gc_grace_seconds`.
    pub gc_before_seconds: i64,
    /// The least timestamp in all memtables that are not empty, those that are being flushed among them.
    pub memtable_min_timestamp: Option<i64>,
    /// Whether only repaired tombstones may go (`only_purge_repaired_tombstones`).
    pub purges_repaired_only: bool,
    /// Whether it does not matter if there is older data elsewhere (`unsafe_aggressive_sstable_expiration`).
    pub ignores_overlaps: bool,
}

/// Those of `compacting` in which nothing is alive, and whose deletions have nothing left to delete: all data
/// that is in memtables or alive in SSTables is newer than everything in them
/// (`CompactionController.getFullyExpiredSSTables`).
///
/// `overlapping` are the other live SSTables that may have keys of any of `compacting`.
pub fn fully_expired<'a>(
    compacting: &[&'a SstableSummary],
    overlapping: &[&SstableSummary],
    expiry: Expiry,
) -> Vec<&'a SstableSummary> {
    let is_repaired = |sstable: &&SstableSummary| sstable.group == RepairGroup::Repaired;
    if expiry.purges_repaired_only && !compacting.iter().all(is_repaired) {
        return Vec::new();
    }
    let is_expired = |sstable: &SstableSummary| sstable.is_expired(expiry.gc_before_seconds);
    let candidates = compacting.iter().copied().filter(|sstable| is_expired(sstable));
    if expiry.ignores_overlaps {
        return candidates.collect();
    }
    let alive = overlapping.iter().chain(compacting).filter(|sstable| !is_expired(sstable));
    let timestamps = alive.map(|sstable| sstable.min_timestamp).chain(expiry.memtable_min_timestamp);
    let oldest = timestamps.min().unwrap_or(i64::MAX);
    candidates.filter(|candidate| candidate.max_timestamp < oldest).collect()
}
