//! Unified compaction: SSTables are tiered by density, their bytes divided by the part of the token space
//! that they span, and those of a level that overlap are compacted together (`UnifiedCompactionStrategy`,
//! CEP-26).
//!
//! How many may overlap before they are compacted is a parameter of each level, so that this is leveled
//! compaction, or size-tiered, or anything between. What is written is cut at the ends of shards, of which
//! there are the more the denser the data is, so that no SSTable becomes too large and distant shards are
//! compacted at the same time.

mod level;
mod overlap_sets;
mod pick;
mod shards;
mod token_space;

use super::candidates::Candidates;
use super::choice::{Choice, Cut, Reason};
use super::expired::fully_expired;
use super::parameters::{CompactionParameters, UnifiedParameters};
use super::{Context, Pending, SstableSummary};
use overlap_sets::overlap_sets;

pub use level::DensityLevel;
pub use shards::{ShardSpace, Shards};

/// What is remembered from one choice to the next.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct UnifiedMemory {
    /// When expired SSTables were looked for, in milliseconds since 1970.
    pub last_expired_check_millis: i64,
    /// The size of what is flushed that levels are made for, in bytes. It follows what is observed when that
    /// differs by more than half, so that levels do not move all the time.
    pub flush_bytes: u64,
}

impl UnifiedMemory {
    /// `Controller.getFlushSizeBytes`.
    fn observe(&mut self, parameters: &UnifiedParameters, flushed_bytes: f64) -> u64 {
        if parameters.flush_bytes > 0 {
            return parameters.flush_bytes;
        }
        let differs = (1.0 - self.flush_bytes as f64 / flushed_bytes).abs() > 0.5;
        if self.flush_bytes == 0 || differs {
            let mebibytes = (flushed_bytes / f64::from(1 << 20)).ceil();
            self.flush_bytes = (mebibytes as u64).saturating_mul(1 << 20);
        }
        self.flush_bytes
    }
}

impl UnifiedParameters {
    fn scaling_parameter(&self, level: usize) -> i64 {
        let last = self.scaling_parameters.last();
        self.scaling_parameters.get(level).or(last).copied().unwrap_or(0).into()
    }

    /// How many times as dense a level is as the one below.
    fn fanout(&self, level: usize) -> usize {
        usize::try_from(2 + self.scaling_parameter(level).abs()).unwrap_or(usize::MAX)
    }

    /// From how many SSTables on that may have one key they are compacted.
    fn threshold(&self, level: usize) -> usize {
        usize::try_from(2 + self.scaling_parameter(level).max(0)).unwrap_or(usize::MAX)
    }

    /// In how many shards data of this density is cut; not a number stands for a density that is not known
    /// (`Controller.getNumShards`).
    ///
    /// # Example
    /// ```
    /// use cqlite_core::storage::compaction::UnifiedParameters;
    /// let parameters = UnifiedParameters::default();
    /// assert_eq!(parameters.shard_count(150.0 * 1024.0 * 1024.0), 1);
    /// assert_eq!(parameters.shard_count(1024.0 * 1024.0 * 1024.0 * 1024.0), 128);
    /// ```
    pub fn shard_count(&self, density: f64) -> u64 {
        const MOST_DOUBLINGS: u64 = 20;
        let base = u64::from(self.base_shard_count.max(1));
        if self.min_sstable_bytes > 0 {
            let count = density / self.min_sstable_bytes as f64;
            if count.is_nan() || count < base as f64 {
                // Shards of a lower level must end where those of a higher one do.
                let power = 1_u64.checked_shl((count as u64 | 1).ilog2()).unwrap_or(1);
                return power.min(1 << base.trailing_zeros());
            }
        }
        let target = self.target_sstable_bytes as f64;
        let doublings = if self.sstable_growth == 1.0 {
            0.0
        } else if self.sstable_growth == 0.0 {
            let count = density / (target * 0.5_f64.sqrt() * base as f64);
            f64::from((count as u64 | 1).ilog2())
        } else {
            let count = density / (target * base as f64);
            count.ln() * (1.0 / 2_f64.ln()) * (1.0 - self.sstable_growth) + 0.5
        };
        // a negative number, and what is none, become 0
        base << (doublings as u64).min(MOST_DOUBLINGS)
    }
}

/// What it takes until no level has too many SSTables that overlap.
pub(super) fn pending(
    candidates: Candidates<'_>,
    unified: &UnifiedParameters,
    memory: &UnifiedMemory,
    context: &Context<'_>,
) -> Pending {
    levels(candidates, unified, memory, context).iter().map(|level| level.pending(unified)).sum()
}

/// The levels of all SSTables that can be chosen (`getLevels`).
pub(super) fn levels<'a>(
    candidates: Candidates<'a>,
    unified: &UnifiedParameters,
    memory: &UnifiedMemory,
    context: &Context<'_>,
) -> Vec<DensityLevel<'a>> {
    let flush_bytes = { *memory }.observe(unified, context.flushed_bytes);
    level::levels(candidates.available(), unified, flush_bytes, context.shard_space)
}

/// What to compact next, if there is anything (`getNextCompactionPick`).
pub(super) fn choose(
    candidates: Candidates<'_>,
    parameters: &CompactionParameters,
    unified: &UnifiedParameters,
    memory: &mut UnifiedMemory,
    context: &Context<'_>,
) -> Option<Choice> {
    let mut suitable = candidates.available();
    let mut expired = Vec::new();
    let since_check = context.now_millis.saturating_sub(memory.last_expired_check_millis);
    if since_check > unified.expired_check_interval_millis {
        memory.last_expired_check_millis = context.now_millis;
        let expiry = parameters.tombstones.expiry(unified.ignores_overlaps, context);
        expired = fully_expired(&suitable, &candidates.overlapping(&suitable), expiry);
        suitable.retain(|sstable| expired.iter().all(|expired| expired.id != sstable.id));
    }
    let flush_bytes = memory.observe(unified, context.flushed_bytes);
    let levels = level::levels(suitable, unified, flush_bytes, context.shard_space);

    // Of levels with the same overlap the lowest is taken, and one with more keeps those with less waiting,
    // even if it is itself too small to be compacted.
    let most = levels.iter().rev().max_by_key(|level| level.overlap);
    let choice = most.and_then(|level| {
        let mut picks = level.picks(unified);
        let at = context.random.checked_rem(picks.len() as u64)?;
        let pick = picks.swap_remove(usize::try_from(at).unwrap_or(0));
        let reason = Reason::Overlap { level: level.index, overlap: pick.overlap };
        Some(cut(Choice::of(candidates.group, &pick.sstables, reason), &pick.sstables, unified, context))
    });
    match choice {
        Some(choice) => Some(choice.with_expired(&expired)),
        None if expired.is_empty() => None,
        None => Some(cut(Choice::of_expired(candidates.group, &expired), &expired, unified, context)),
    }
}

/// Cuts what is made of the inputs at the ends of shards.
pub(super) fn cut(
    mut choice: Choice,
    inputs: &[&SstableSummary],
    unified: &UnifiedParameters,
    context: &Context<'_>,
) -> Choice {
    let space = context.shard_space;
    let count = unified.shard_count(space.combined_density(inputs) * space.coverage());
    choice.cut = Cut::Shards(space.shards(count));
    choice
}

/// The shards of what is flushed. Nothing is known of it but the size of those before it, 0 if there were
/// none (`createSSTableMultiWriter`).
pub fn flush_shards(unified: &UnifiedParameters, space: &ShardSpace, flushed_bytes: f64) -> Shards {
    space.shards(unified.shard_count(flushed_bytes))
}

/// All SSTables, those together that overlap, and what overlaps them, and so on.
pub(super) fn major(
    candidates: Candidates<'_>,
    unified: &UnifiedParameters,
    context: &Context<'_>,
) -> Vec<Choice> {
    let all: Vec<&SstableSummary> = candidates.of_group().filter(|sstable| !sstable.is_suspect).collect();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for set in overlap_sets(&all) {
        match groups.last_mut().filter(|group| set.iter().any(|at| group.contains(at))) {
            Some(group) => group.extend(set),
            None => groups.push(set),
        }
    }
    let choices = groups.into_iter().filter_map(|mut group| {
        group.sort_unstable();
        group.dedup();
        let inputs: Vec<&SstableSummary> = group.into_iter().filter_map(|at| all.get(at).copied()).collect();
        let is_free = inputs.iter().all(|input| !input.is_compacting);
        is_free.then(|| cut(Choice::of(candidates.group, &inputs, Reason::Major), &inputs, unified, context))
    });
    choices.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_flushes_is_followed_when_it_differs_by_half_and_not_where_it_is_given() {
        const MEBIBYTE: u64 = 1 << 20;
        let mut memory = UnifiedMemory::default();
        let defaults = UnifiedParameters::default();
        let mut observed = |mebibytes: f64| memory.observe(&defaults, mebibytes * MEBIBYTE as f64) / MEBIBYTE;
        assert_eq!([0.0, 9.5, 12.0, 6.9, 6.6].map(&mut observed), [0, 10, 10, 10, 7]);
        let given = UnifiedParameters { flush_bytes: 5 * MEBIBYTE, ..defaults };
        assert_eq!(memory.observe(&given, 1e9), 5 * MEBIBYTE);
    }
}
