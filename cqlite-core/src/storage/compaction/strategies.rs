//! The strategies behind one face, and the groups that each is asked for (`CompactionStrategyManager`).

use std::collections::BTreeMap;

use cqlite_sstable::{Error, Result, SstableId};

use super::candidates::Candidates;
use super::choice::{Choice, Cut, Reason};
use super::leveled::{self, LeveledMemory};
use super::parameters::{CompactionParameters, Strategy};
use super::time_window::{self, TimeWindowMemory};
use super::unified::{self, DensityLevel, UnifiedMemory};
use super::{Context, Pending, RepairGroup, SstableSummary, size_tiered};

/// What the strategy of a table remembers from one choice to the next. It is not kept on disk; when the
/// parameters of the table change, a new one is begun.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CompactionMemory(BTreeMap<RepairGroup, GroupMemory>);

/// What is remembered for SSTables of one group. A strategy looks at its own field alone.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GroupMemory {
    /// For leveled compaction.
    pub leveled: LeveledMemory,
    /// For windows of time.
    pub time_window: TimeWindowMemory,
    /// For unified compaction.
    pub unified: UnifiedMemory,
}

impl CompactionMemory {
    /// What is remembered for a group; for one that is new, what is likely after a restart with these live
    /// SSTables.
    pub fn of_group(&mut self, group: RepairGroup, live: &[SstableSummary]) -> &mut GroupMemory {
        self.0.entry(group).or_insert_with(|| GroupMemory {
            leveled: LeveledMemory::at_start(live, group),
            ..GroupMemory::default()
        })
    }

    /// A compaction has ended: what `choice` took of `live` is replaced by `outputs`.
    pub fn compacted(&mut self, choice: &Choice, live: &[SstableSummary], outputs: &[SstableSummary]) {
        let inputs = live.iter().filter(|sstable| choice.inputs.contains(&sstable.id));
        if let Some(lowest) = inputs.map(|input| input.level).min() {
            self.of_group(choice.group, live).leveled.compacted(lowest, outputs);
        }
    }
}

/// The groups that any of the SSTables is of.
fn groups_of(live: &[SstableSummary]) -> Vec<RepairGroup> {
    let mut groups: Vec<RepairGroup> = live.iter().map(|sstable| sstable.group).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

impl CompactionParameters {
    /// What to compact next, if there is anything and compaction is enabled. The group that has most to do is
    /// asked first.
    ///
    /// `live` has all live SSTables of the table, the oldest first. The result is not yet marked as being
    /// compacted: that is for who acts on it, and must be seen in `live` when this is asked again.
    pub fn choose(
        &self,
        live: &[SstableSummary],
        memory: &mut CompactionMemory,
        context: &Context<'_>,
    ) -> Option<Choice> {
        if !self.is_enabled {
            return None;
        }
        let mut groups = groups_of(live);
        groups.sort_by_cached_key(|group| {
            let pending = self.pending_in(live, *group, memory.of_group(*group, live), context);
            std::cmp::Reverse(pending.compactions)
        });
        groups.into_iter().find_map(|group| {
            let memory = memory.of_group(group, live);
            self.choose_in(live, group, memory, context)
        })
    }

    /// As [`Self::choose`], of one group, and whether compaction is enabled or not.
    pub fn choose_in(
        &self,
        live: &[SstableSummary],
        group: RepairGroup,
        memory: &mut GroupMemory,
        context: &Context<'_>,
    ) -> Option<Choice> {
        let candidates = Candidates { live, group };
        match &self.strategy {
            Strategy::SizeTiered(sized) => size_tiered::choose(candidates, self, sized, context),
            Strategy::Leveled(leveled) => {
                leveled::choose(candidates, self, leveled, &mut memory.leveled, context)
            }
            Strategy::TimeWindow(windows) => {
                time_window::choose(candidates, self, windows, &mut memory.time_window, context)
            }
            Strategy::Unified(unified) => {
                unified::choose(candidates, self, unified, &mut memory.unified, context)
            }
        }
    }

    /// How much there is to compact, in all groups together.
    pub fn pending(
        &self,
        live: &[SstableSummary],
        memory: &mut CompactionMemory,
        context: &Context<'_>,
    ) -> Pending {
        let groups = groups_of(live).into_iter();
        groups.map(|group| self.pending_in(live, group, memory.of_group(group, live), context)).sum()
    }

    /// How much there is to compact in one group.
    pub fn pending_in(
        &self,
        live: &[SstableSummary],
        group: RepairGroup,
        memory: &GroupMemory,
        context: &Context<'_>,
    ) -> Pending {
        let candidates = Candidates { live, group };
        match &self.strategy {
            Strategy::SizeTiered(sized) => size_tiered::pending(candidates, self, sized),
            Strategy::Leveled(leveled) => leveled::pending(candidates, self, leveled),
            Strategy::TimeWindow(windows) => {
                time_window::pending(candidates, self, windows, &memory.time_window)
            }
            Strategy::Unified(unified) => unified::pending(candidates, unified, &memory.unified, context),
        }
    }

    /// The levels of density of one group; none if the strategy is not unified compaction.
    pub fn density_levels<'a>(
        &self,
        live: &'a [SstableSummary],
        group: RepairGroup,
        memory: &GroupMemory,
        context: &Context<'_>,
    ) -> Vec<DensityLevel<'a>> {
        match &self.strategy {
            Strategy::Unified(unified) => {
                unified::levels(Candidates { live, group }, unified, &memory.unified, context)
            }
            _ => Vec::new(),
        }
    }

    /// All SSTables that are not damaged, as far as they can be compacted together: one compaction for each
    /// group, or several that do not overlap with unified compaction. `splits` asks size-tiered compaction
    /// for outputs of a half, a quarter and so on of all bytes. What would need an SSTable that is being
    /// compacted is left out.
    pub fn major(&self, live: &[SstableSummary], splits: bool, context: &Context<'_>) -> Vec<Choice> {
        let in_group = |group| {
            let candidates = Candidates { live, group };
            match &self.strategy {
                Strategy::SizeTiered(_) => size_tiered::major(candidates, splits).into_iter().collect(),
                Strategy::Leveled(leveled) => leveled::major(candidates, leveled).into_iter().collect(),
                Strategy::TimeWindow(_) => time_window::major(candidates).into_iter().collect(),
                Strategy::Unified(unified) => unified::major(candidates, unified, context),
            }
        };
        groups_of(live).into_iter().flat_map(in_group).collect::<Vec<Choice>>()
    }

    /// The SSTables that somebody chose, one compaction for each group that they are of.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] if one of them is not live or is being compacted.
    pub fn user_defined(
        &self,
        live: &[SstableSummary],
        ids: &[SstableId],
        context: &Context<'_>,
    ) -> Result<Vec<Choice>> {
        let mut inputs: Vec<&SstableSummary> = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(input) = live.iter().find(|sstable| sstable.id == *id) else {
                return Err(Error::invalid_input(format!("the table has no SSTable {id}")));
            };
            if input.is_compacting {
                let message = format!("the SSTable {id} is being compacted already");
                return Err(Error::invalid_input(message).advise("try again when that has ended"));
            }
            inputs.push(input);
        }
        let in_group = |group| {
            let inputs: Vec<&SstableSummary> =
                inputs.iter().copied().filter(|input| input.group == group).collect();
            self.placed(Choice::of(group, &inputs, Reason::UserDefined), &inputs, context)
        };
        Ok(groups_of(live).into_iter().map(in_group).filter(|choice| !choice.inputs.is_empty()).collect())
    }

    /// Every SSTable by itself, the one with the oldest data first, each to stay in its level: what garbage
    /// collection goes through. Those of a group from which nothing may be purged, damaged ones and those
    /// being compacted are left out (`CompactionManager.performGarbageCollection`).
    pub fn each_alone(&self, live: &[SstableSummary]) -> Vec<Choice> {
        let can_purge = |sstable: &&SstableSummary| {
            !self.tombstones.purges_repaired_only || sstable.group == RepairGroup::Repaired
        };
        let is_free = |sstable: &&SstableSummary| !sstable.is_compacting && !sstable.is_suspect;
        let mut sstables: Vec<&SstableSummary> = live.iter().filter(can_purge).filter(is_free).collect();
        sstables.sort_by_key(|sstable| sstable.max_timestamp);
        let is_leveled = matches!(self.strategy, Strategy::Leveled(_));
        let alone = |sstable: &SstableSummary| Choice {
            level: if is_leveled { sstable.level } else { 0 },
            ..Choice::of(sstable.group, &[sstable], Reason::UserDefined)
        };
        sstables.into_iter().map(alone).collect()
    }

    /// Says where what is made of given inputs belongs.
    fn placed(&self, choice: Choice, inputs: &[&SstableSummary], context: &Context<'_>) -> Choice {
        match &self.strategy {
            Strategy::SizeTiered(_) | Strategy::TimeWindow(_) => choice,
            Strategy::Leveled(leveled) => leveled::user_defined(choice, inputs, leveled),
            Strategy::Unified(unified) => unified::cut(choice, inputs, unified, context),
        }
    }
}

impl Choice {
    /// Leaves out the largest input, as there is not enough room on the disk, and says which one that is.
    /// None can be left out of two, of what somebody chose, and of a leveled compaction but those of level 0
    /// (`reduceScopeForLimitedSpace`).
    pub fn without_largest(&mut self, live: &[SstableSummary]) -> Option<SstableId> {
        let is_leveled = matches!(self.cut, Cut::Bytes(_) | Cut::Levels { .. });
        if self.reason == Reason::UserDefined || (is_leveled && self.level > 1) {
            return None;
        }
        let is_input = |sstable: &&SstableSummary| {
            self.inputs.contains(&sstable.id)
                && !self.expired.contains(&sstable.id)
                && (!is_leveled || sstable.level == 0)
        };
        let removable: Vec<&SstableSummary> = live.iter().filter(is_input).collect();
        if removable.len() < 2 || self.inputs.len() < 3 {
            return None;
        }
        let largest = removable.into_iter().max_by_key(|sstable| sstable.data_bytes)?.id.clone();
        self.inputs.retain(|input| *input != largest);
        Some(largest)
    }
}
