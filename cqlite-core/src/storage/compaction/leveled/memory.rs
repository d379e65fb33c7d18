//! What leveled compaction remembers from one choice to the next.

use super::super::{Place, RepairGroup, SstableSummary};
use super::levels::{LEVELS, Levels};

/// What is remembered from one choice to the next. Nothing of it is kept on disk: it spreads compactions
/// evenly, and when it is lost, [`LeveledMemory::at_start`] is near enough.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeveledMemory {
    /// For each level where its last compaction ended: the next one takes an SSTable behind that.
    pub(super) last_compacted: [Option<Place>; LEVELS],
    /// For each level how many compactions of levels there were since one wrote into it.
    pub(super) rounds_without: [u32; LEVELS],
}

impl LeveledMemory {
    /// What is likely after a restart: the last compaction of a level made the newest SSTable of the next one
    /// (`calculateLastCompactedKeys`).
    pub fn at_start(live: &[SstableSummary], group: RepairGroup) -> Self {
        let levels = Levels::of(live.iter().filter(|sstable| sstable.group == group));
        let mut memory = Self::default();
        for (level, last_compacted) in memory.last_compacted.iter_mut().enumerate() {
            let newest = levels.level(level + 1).iter().max_by_key(|sstable| sstable.created_at_millis);
            *last_compacted = newest.map(|sstable| sstable.last.clone());
        }
        memory
    }

    /// A compaction has ended: `from_level` is the lowest level of its inputs, `outputs` is what it made
    /// (`LeveledManifest.replace`). Without any, nothing changes.
    pub fn compacted(&mut self, from_level: u8, outputs: &[SstableSummary]) {
        let last = outputs.iter().max_by(|a, b| a.first.cmp(&b.first));
        if let (Some(last), Some(place)) = (last, self.last_compacted.get_mut(usize::from(from_level))) {
            *place = Some(last.last.clone());
        }
    }

    /// A compaction into `level` is about to begin.
    pub(super) fn count_round(&mut self, level: usize) {
        for rounds in self.rounds_without.iter_mut().skip(1) {
            *rounds = rounds.saturating_add(1);
        }
        if let Some(rounds) = self.rounds_without.get_mut(level) {
            *rounds = 0;
        }
    }

    /// For each level how many compactions of levels there were since one wrote into it; level 0 is first.
    pub fn rounds_without(&self) -> &[u32] {
        &self.rounds_without
    }

    /// As if there had been so many compactions; level 0 is first.
    #[must_use]
    pub fn with_rounds_without(mut self, rounds: [u32; LEVELS]) -> Self {
        self.rounds_without = rounds;
        self
    }
}
