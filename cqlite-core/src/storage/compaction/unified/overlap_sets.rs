//! Which of some stretches have a place in common (`utils.Overlaps`).

use super::super::SstableSummary;
use super::super::parameters::OverlapInclusion;

/// SSTables that may all have one key. Sorted by their place in the list that they are of.
pub(super) type OverlapSet = Vec<usize>;

/// The fewest sets with these properties: SSTables that do not overlap are never in the same one, none is in
/// sets with one between them that it is not in, and for each key there is a set with all SSTables that may
/// have it (`constructOverlapSets`). In the order of keys; numbers are places in `sstables`.
pub(super) fn overlap_sets(sstables: &[&SstableSummary]) -> Vec<OverlapSet> {
    let mut order: Vec<(usize, &SstableSummary)> = sstables.iter().copied().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| a.first.cmp(&b.first));
    let mut sets = Vec::new();
    let mut active: Vec<(usize, &SstableSummary)> = Vec::new();
    for (at, sstable) in order {
        if active.iter().any(|(_, one)| one.last < sstable.first) {
            sets.push(set_of(&active));
            active.retain(|(_, one)| one.last >= sstable.first);
        }
        active.push((at, sstable));
    }
    if !active.is_empty() {
        sets.push(set_of(&active));
    }
    sets
}

fn set_of(active: &[(usize, &SstableSummary)]) -> OverlapSet {
    let mut set: OverlapSet = active.iter().map(|(at, _)| *at).collect();
    set.sort_unstable();
    set
}

/// Which sets are compacted together: each stretch has at least one of `threshold` SSTables, and what it
/// shares SSTables with as far as `inclusion` says (`assignOverlapsIntoBuckets`).
pub(super) fn stretches(
    sets: &[OverlapSet],
    threshold: usize,
    inclusion: OverlapInclusion,
) -> Vec<&[OverlapSet]> {
    let mut stretches = Vec::new();
    let mut taken = 0;
    let mut at = 0;
    while let Some(set) = sets.get(at) {
        if set.len() < threshold {
            at += 1;
            continue;
        }
        let (mut start, mut end) = (at, at + 1);
        if inclusion != OverlapInclusion::None {
            let mut reached = set.clone();
            let mut include = |next: &OverlapSet| {
                let is_shared = next.iter().any(|one| reached.contains(one));
                if is_shared && inclusion == OverlapInclusion::Transitive {
                    reached.extend(next);
                }
                is_shared
            };
            while start > taken && sets.get(start - 1).is_some_and(&mut include) {
                start -= 1;
            }
            while sets.get(end).is_some_and(&mut include) {
                end += 1;
            }
        }
        stretches.extend(sets.get(start..end));
        (taken, at) = (end, end);
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::sstable;
    use super::*;

    #[test]
    fn overlaps_are_listed_where_most_meet_and_those_apart_are_never_together() {
        let stretches = [(0, 3), (2, 7), (6, 9), (1, 8)];
        let summaries: Vec<SstableSummary> =
            stretches.iter().zip(1..).map(|((first, last), id)| sstable(id, *first, *last)).collect();
        let summaries: Vec<&SstableSummary> = summaries.iter().collect();
        assert_eq!(overlap_sets(&summaries), [vec![0, 1, 3], vec![1, 2, 3]]);
        assert!(overlap_sets(&[]).is_empty());
    }

    #[test]
    fn what_overlaps_is_included_not_at_all_once_or_on_and_on() {
        let sets = [vec![0, 1], vec![1, 2], vec![2, 3], vec![4]];
        let count =
            |inclusion| stretches(&sets, 2, inclusion).iter().map(|sets| sets.len()).collect::<Vec<_>>();
        assert_eq!(count(OverlapInclusion::None), [1, 1, 1]);
        assert_eq!(count(OverlapInclusion::Single), [2, 1]);
        assert_eq!(count(OverlapInclusion::Transitive), [3]);
    }
}
