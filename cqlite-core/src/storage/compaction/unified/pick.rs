//! How much of what overlaps is compacted at once (`UnifiedCompactionStrategy.Bucket`).

use super::super::SstableSummary;
use super::super::parameters::UnifiedParameters;
use super::overlap_sets::OverlapSet;

/// Overlapping SSTables that can be compacted apart from all others of their level.
#[derive(Debug)]
pub(super) struct Bucket<'s, 'a> {
    /// How many of them may have one key, at most.
    pub(super) overlap: usize,
    sets: &'s [OverlapSet],
    /// All of a level; the sets have places in here.
    level: &'s [&'a SstableSummary],
}

/// What of a bucket is compacted.
#[derive(Debug)]
pub(super) struct Pick<'a> {
    pub(super) sstables: Vec<&'a SstableSummary>,
    /// How many of them may have one key, at most.
    pub(super) overlap: usize,
}

impl<'s, 'a> Bucket<'s, 'a> {
    pub(super) fn of(sets: &'s [OverlapSet], level: &'s [&'a SstableSummary]) -> Self {
        Self { overlap: sets.iter().map(Vec::len).max().unwrap_or(0), sets, level }
    }

    /// All of it, as long as that is not so late that some must be left to keep the levels in shape
    /// (`constructPick`).
    pub(super) fn pick(&self, index: usize, unified: &UnifiedParameters) -> Pick<'a> {
        let fanout = unified.fanout(index);
        let most = unified.max_sstables_to_compact.unwrap_or(i32::MAX as usize).max(fanout);
        let limit = if self.overlap <= fanout {
            usize::MAX
        } else if self.overlap <= fanout.saturating_mul(unified.fanout(index + 1)) {
            most
        } else {
            self.limit_when_late(index, most, unified)
        };
        if self.overlap <= limit {
            return Pick {
                sstables: self.by_age().into_iter().map(|(_, sstable)| sstable).collect(),
                overlap: self.overlap,
            };
        }
        Pick { sstables: self.oldest(limit), overlap: limit }
    }

    /// As many as make an SSTable of a level further up, as if compactions had come in time: the products of
    /// the fanouts from here on. If levels have one SSTable for each key, the greatest multiple of that
    /// (`selectPickSize`).
    fn limit_when_late(&self, index: usize, most: usize, unified: &UnifiedParameters) -> usize {
        let limit = most.min(self.overlap);
        let mut size = unified.fanout(index);
        for above in index + 1.. {
            match size.checked_mul(unified.fanout(above)) {
                Some(next) if next <= limit => size = next,
                _ => break,
            }
        }
        if unified.scaling_parameter(index) < 0 { limit - limit % size } else { size }
    }

    /// All SSTables with their places in the level, the oldest first.
    pub(super) fn by_age(&self) -> Vec<(usize, &'a SstableSummary)> {
        let mut places: Vec<usize> = self.sets.iter().flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        let members = places.into_iter().filter_map(|place| Some((place, self.level.get(place).copied()?)));
        let mut members: Vec<(usize, &SstableSummary)> = members.collect();
        members.sort_by_key(|(_, sstable)| sstable.max_timestamp);
        members
    }

    /// The oldest SSTables, as many as there can be without more than `limit` having one key. None is left
    /// out that is older than one that is taken, as data would then be compacted out of its order in time.
    fn oldest(&self, limit: usize) -> Vec<&'a SstableSummary> {
        let mut counts = vec![0_usize; self.sets.len()];
        let fits = |(place, _): &(usize, &SstableSummary)| {
            let sets = self.sets.iter().zip(&mut counts).filter(|(set, _)| set.contains(place));
            let over = sets.filter_map(|(_, count)| {
                *count += 1;
                (*count > limit).then_some(())
            });
            over.count() == 0
        };
        self.by_age().into_iter().take_while(fits).map(|(_, sstable)| sstable).collect()
    }
}
