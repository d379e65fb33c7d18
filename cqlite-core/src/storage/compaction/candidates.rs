//! The SSTables that one strategy chooses among, and those beside them.

use super::{RepairGroup, SstableSummary};

/// All live SSTables of a table, and which of them belong to the group that is chosen from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidates<'a> {
    pub(super) live: &'a [SstableSummary],
    pub(super) group: RepairGroup,
}

impl<'a> Candidates<'a> {
    /// The SSTables of the group.
    pub(super) fn of_group(self) -> impl Iterator<Item = &'a SstableSummary> + Clone {
        self.live.iter().filter(move |sstable| sstable.group == self.group)
    }

    /// Those of the group that no compaction has yet.
    pub(super) fn uncompacting(self) -> Vec<&'a SstableSummary> {
        self.of_group().filter(|sstable| !sstable.is_compacting).collect()
    }

    /// Those of the group that can be chosen.
    pub(super) fn available(self) -> Vec<&'a SstableSummary> {
        self.of_group().filter(|sstable| !sstable.is_compacting && !sstable.is_suspect).collect()
    }

    /// All live SSTables, of whatever group, that may have keys of one of `sstables` and are none of them
    /// (`ColumnFamilyStore.getOverlappingLiveSSTables`).
    pub(super) fn overlapping(self, sstables: &[&SstableSummary]) -> Vec<&'a SstableSummary> {
        let is_beside = |live: &&SstableSummary| sstables.iter().all(|sstable| sstable.id != live.id);
        let is_over = |live: &&SstableSummary| sstables.iter().any(|sstable| sstable.overlaps(live));
        self.live.iter().filter(is_over).filter(is_beside).collect()
    }
}
