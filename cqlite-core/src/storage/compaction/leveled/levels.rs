//! The levels of a table and what they should have (`LeveledGenerations`).

use super::super::parameters::LeveledParameters;
use super::super::summary::data_bytes;
use super::super::{Pending, SstableSummary};

/// Level 0 and those above.
pub(super) const LEVELS: usize = 9;

/// SSTables by level. In no level but 0 two of them overlap.
#[derive(Debug)]
pub(super) struct Levels<'a> {
    /// Level 0 in the order given, the others by their first partition.
    by_level: [Vec<&'a SstableSummary>; LEVELS],
}

impl<'a> Levels<'a> {
    /// An SSTable that overlaps one of its level which was there before it counts as one of level 0.
    pub(super) fn of(sstables: impl Iterator<Item = &'a SstableSummary>) -> Self {
        let mut by_level: [Vec<&'a SstableSummary>; LEVELS] = Default::default();
        for sstable in sstables {
            let place = by_level.get(usize::from(sstable.level)).filter(|_| sstable.level > 0);
            let place = place.and_then(|level| place_in(level, sstable));
            match (place, by_level.get_mut(usize::from(sstable.level))) {
                (Some(at), Some(level)) => level.insert(at, sstable),
                _ => {
                    let [zero, ..] = &mut by_level;
                    zero.push(sstable);
                }
            }
        }
        Self { by_level }
    }

    /// The SSTables of a level; none of a level that there is not.
    pub(super) fn level(&self, level: usize) -> &[&'a SstableSummary] {
        self.by_level.get(level).map_or(&[], Vec::as_slice)
    }

    /// The level that an SSTable counts to.
    pub(super) fn level_of(&self, sstable: &SstableSummary) -> usize {
        let has_it = |level: &&[&SstableSummary]| level.iter().any(|other| other.id == sstable.id);
        let own = usize::from(sstable.level);
        if has_it(&self.level(own)) { own } else { 0 }
    }

    /// The highest level that has any SSTable.
    pub(super) fn highest(&self) -> usize {
        self.by_level.iter().rposition(|level| !level.is_empty()).unwrap_or(0)
    }
}

/// Where the SSTable belongs among those of its level; none if it overlaps one of them.
fn place_in(level: &[&SstableSummary], sstable: &SstableSummary) -> Option<usize> {
    let at = level.partition_point(|other| other.first < sstable.first);
    let (before, after) = (level.get(..at).and_then(<[_]>::last), level.get(at));
    let is_free =
        before.is_none_or(|one| one.last < sstable.first) && after.is_none_or(|one| sstable.last < one.first);
    is_free.then_some(at)
}

impl LeveledParameters {
    /// How much a level should have at most (`maxBytesForLevel`).
    pub(super) fn level_bytes(&self, level: usize) -> u64 {
        match i32::try_from(level) {
            Ok(0) | Err(_) => self.sstable_bytes.saturating_mul(4),
            Ok(level) => (f64::from(self.fanout).powi(level) * self.sstable_bytes as f64) as u64,
        }
    }

    /// What it takes until no level has too much (`getEstimatedTasks`). What is moved up is compacted with
    /// `fanout` times as much.
    pub(super) fn pending(&self, levels: &Levels<'_>, max_threshold: usize) -> Pending {
        let too_much = (0..LEVELS).map(|level| {
            let allowed = (self.level_bytes(level) as f64 * 1.001) as u64;
            let bytes = data_bytes(levels.level(level).iter().copied()).saturating_sub(allowed);
            Pending {
                compactions: bytes.div_ceil(self.sstable_bytes.max(1)),
                bytes: bytes.saturating_mul(u64::from(self.fanout) + 1),
            }
        });
        let in_zero = levels.level(0).len();
        let by_size = if in_zero > max_threshold { in_zero / max_threshold.max(1) } else { 0 };
        too_much.chain([Pending { compactions: by_size as u64, bytes: 0 }]).sum()
    }
}
