//! Leveled compaction: no two SSTables of a level overlap, and each level has ten times as much as the one
//! below (`LeveledCompactionStrategy`, `LeveledManifest`).
//!
//! Levels are looked at from the top down, so that there is room in a level before more is compacted into it.
//! What was flushed comes into level 0, where SSTables do overlap. If too many gather there, they are
//! compacted by size before anything else, so that reads stay fast until the levels have caught up.

mod level_zero;
mod levels;
mod memory;

use super::candidates::Candidates;
use super::choice::{Choice, Cut, Reason};
use super::parameters::{CompactionParameters, LeveledParameters};
use super::size_tiered::{buckets, most_interesting};
use super::summary::data_bytes;
use super::{Context, Pending, SstableSummary};
use levels::{LEVELS, Levels};

pub use memory::LeveledMemory;

/// With more SSTables than this, level 0 is compacted by size (`MAX_COMPACTING_L0`).
const MANY_IN_LEVEL_ZERO: usize = 32;

/// A level that no compaction wrote into for more rounds than this gives an SSTable to one below
/// (`NO_COMPACTION_LIMIT`).
const ROUNDS_UNTIL_STARVED: u32 = 25;

/// How much more than it should a level must have.
const TOLERATED: f64 = 1.001;

struct Manifest<'a> {
    candidates: Candidates<'a>,
    levels: Levels<'a>,
    parameters: &'a CompactionParameters,
    leveled: &'a LeveledParameters,
}

/// What it takes until no level has too much.
pub(super) fn pending(
    candidates: Candidates<'_>,
    parameters: &CompactionParameters,
    leveled: &LeveledParameters,
) -> Pending {
    leveled.pending(&Levels::of(candidates.of_group()), parameters.max_threshold)
}

/// What to compact next, if there is anything (`getNextBackgroundTask`).
pub(super) fn choose(
    candidates: Candidates<'_>,
    parameters: &CompactionParameters,
    leveled: &LeveledParameters,
    memory: &mut LeveledMemory,
    context: &Context<'_>,
) -> Option<Choice> {
    let levels = Levels::of(candidates.of_group());
    let manifest = Manifest { candidates, levels, parameters, leveled };
    manifest.by_levels(memory).or_else(|| manifest.by_tombstones(context))
}

/// All SSTables into the lowest levels that have room for them.
pub(super) fn major(candidates: Candidates<'_>, leveled: &LeveledParameters) -> Option<Choice> {
    let mut choice = super::size_tiered::major(candidates, false)?;
    choice.level = 1;
    choice.cut = Cut::Levels {
        sstable_bytes: leveled.sstable_bytes,
        level_bytes: (1..LEVELS).map(|level| leveled.level_bytes(level)).collect(),
    };
    Some(choice)
}

/// Where SSTables belong that somebody chose: several into level 0, one where it is.
pub(super) fn user_defined(
    mut choice: Choice,
    inputs: &[&SstableSummary],
    leveled: &LeveledParameters,
) -> Choice {
    if let [input] = inputs
        && input.level > 0
    {
        choice.level = input.level;
        choice.cut = Cut::Bytes(leveled.sstable_bytes);
    }
    choice
}

impl<'a> Manifest<'a> {
    /// `LeveledManifest.getCompactionCandidates`.
    fn by_levels(&self, memory: &mut LeveledMemory) -> Option<Choice> {
        let by_size = self.level_zero_by_size();
        for level in (1..LEVELS).rev() {
            let sstables = self.levels.level(level);
            let free = sstables.iter().copied().filter(|sstable| !sstable.is_compacting);
            let score = data_bytes(free) as f64 / self.leveled.level_bytes(level) as f64;
            // there is no level that what is in the highest one could go to
            if score <= TOLERATED || level + 1 == LEVELS {
                continue;
            }
            if by_size.is_some() {
                return by_size;
            }
            if let Some(inputs) = self.of_level(level, memory) {
                let target = self.target_level(&inputs);
                let inputs = self.with_starved(inputs, target, memory);
                return Some(self.choice(&inputs, target, Reason::Level(level as u8)));
            }
        }
        match self.of_level_zero() {
            Some(inputs) => Some(self.choice(&inputs, self.target_level(&inputs), Reason::Level(0))),
            None => by_size,
        }
    }

    fn choice(&self, inputs: &[&SstableSummary], level: usize, reason: Reason) -> Choice {
        let is_moved = inputs.len() == 1 && self.leveled.moves_single_sstables;
        Choice {
            level: level as u8,
            cut: if is_moved { Cut::LevelAlone } else { Cut::Bytes(self.leveled.sstable_bytes) },
            ..Choice::of(self.candidates.group, inputs, reason)
        }
    }

    /// A compaction by size of level 0, if that is far behind.
    fn level_zero_by_size(&self) -> Option<Choice> {
        let zero = self.levels.level(0);
        if zero.len() <= MANY_IN_LEVEL_ZERO {
            return None;
        }
        let available = zero.iter().copied().filter(|sstable| !sstable.is_compacting && !sstable.is_suspect);
        let sizes = buckets(&available.collect::<Vec<_>>(), &self.leveled.size_tiered);
        let bucket = most_interesting(sizes, self.parameters)?;
        Some(Choice::of(self.candidates.group, &bucket.sstables, Reason::ManyInLevelZero))
    }

    /// An SSTable of a level with all that it overlaps in the next one: the first behind the last compaction
    /// of the level, or else from the beginning, of which none is damaged or being compacted.
    fn of_level(&self, level: usize, memory: &LeveledMemory) -> Option<Vec<&'a SstableSummary>> {
        let sstables = self.levels.level(level);
        let last = memory.last_compacted.get(level).and_then(Option::as_ref);
        let pivot = last.map_or(0, |last| sstables.partition_point(|sstable| sstable.first <= *last));
        let (head, tail) = sstables.split_at_checked(pivot)?;
        let mut starts = tail.iter().chain(head);
        starts.find_map(|start| {
            let above = self.levels.level(level + 1).iter();
            let overlapped =
                above.filter(|one| one.has_tokens_between(&start.first.token, &start.last.token));
            let inputs: Vec<&SstableSummary> = [start].into_iter().chain(overlapped).copied().collect();
            let is_free = inputs.iter().all(|input| !input.is_suspect && !input.is_compacting);
            is_free.then_some(inputs)
        })
    }

    /// Where what is made of the inputs belongs (`getNextLevel`).
    fn target_level(&self, inputs: &[&SstableSummary]) -> usize {
        let levels = || inputs.iter().map(|input| self.levels.level_of(input));
        let (lowest, highest) = (levels().min().unwrap_or(0), levels().max().unwrap_or(0));
        let bytes = data_bytes(inputs.iter().copied());
        match lowest == highest {
            true if highest == 0 && bytes < self.leveled.sstable_bytes => 0,
            true => highest + 1,
            false => highest,
        }
    }

    /// Adds an SSTable of the highest level, if that was not written into for long: else it would keep what
    /// is deleted in it for ever, once there is too little data for all levels
    /// (`getOverlappingStarvedSSTables`).
    fn with_starved(
        &self,
        mut inputs: Vec<&'a SstableSummary>,
        target: usize,
        memory: &mut LeveledMemory,
    ) -> Vec<&'a SstableSummary> {
        memory.count_round(target);
        let highest = self.levels.highest();
        let rounds = memory.rounds_without.get(highest).copied().unwrap_or(0);
        let first = inputs.iter().map(|input| &input.first).min();
        let last = inputs.iter().map(|input| &input.last).max();
        let (Some(first), Some(last)) = (first, last) else { return inputs };
        if highest == 0 || rounds <= ROUNDS_UNTIL_STARVED || first == last {
            return inputs;
        }
        let is_within = |one: &&&SstableSummary| {
            // Cassandra takes a single partition for the whole ring here, which is within nothing
            *first <= one.first && one.last <= *last && one.first != one.last && !one.is_compacting
        };
        if let Some(starved) = self.levels.level(highest).iter().find(is_within)
            && inputs.iter().all(|input| input.id != starved.id)
        {
            inputs.push(starved);
        }
        inputs
    }

    /// The SSTable with the most tombstones in the highest level that has one worth compacting alone
    /// (`findDroppableSSTable`).
    fn by_tombstones(&self, context: &Context<'_>) -> Option<Choice> {
        let tombstones = &self.parameters.tombstones;
        (0..=self.levels.highest()).rev().find_map(|level| {
            let mut sorted = self.levels.level(level).to_vec();
            sorted.sort_by(|a, b| b.droppable_tombstone_ratio.total_cmp(&a.droppable_tombstone_ratio));
            let worth = sorted.into_iter().find(|sstable| {
                !sstable.is_compacting
                    && !sstable.is_suspect
                    && tombstones.are_worth_dropping(sstable, self.candidates, context)
            })?;
            let reason = Reason::Tombstones { droppable_ratio: worth.droppable_tombstone_ratio };
            Some(Choice {
                level: self.levels.level_of(worth) as u8,
                cut: Cut::Bytes(self.leveled.sstable_bytes),
                ..Choice::of(self.candidates.group, &[worth], reason)
            })
        })
    }
}
