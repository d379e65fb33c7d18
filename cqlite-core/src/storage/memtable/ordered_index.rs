//! The order of partitions in a shard, and of rows in a partition.

use std::cmp::Ordering;

/// So many entries a leaf has at most: few enough that moving half of them is cheap.
const LEAF_ENTRIES: usize = 256;

/// Numbers in an order that is told by a prefix of what they stand for, and only where prefixes tie by the rest of it.
///
/// Two levels: leaves of prefixes and numbers, each in a piece of memory of its own, and the first prefix of each leaf.
/// A search touches two or three lines of cache, and what the numbers stand for not at all while prefixes differ.
#[derive(Debug)]
pub(super) struct OrderedIndex<P> {
    firsts: Vec<P>,
    leaves: Vec<Leaf<P>>,
    len: usize,
}

#[derive(Debug)]
struct Leaf<P> {
    prefixes: Vec<P>,
    numbers: Vec<u32>,
}

/// A place in an index that is not changed meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IndexPlace {
    leaf: usize,
    at: usize,
}

impl IndexPlace {
    /// In front of everything.
    pub(super) const FIRST: Self = Self { leaf: 0, at: 0 };

    /// The place behind it.
    #[must_use]
    pub(super) fn next(self) -> Self {
        Self { leaf: self.leaf, at: self.at.saturating_add(1) }
    }

    /// Whether it stands in front of another place of the same index.
    pub(super) fn is_in_front_of(self, other: Self) -> bool {
        (self.leaf, self.at) < (other.leaf, other.at)
    }
}

impl<P> Default for OrderedIndex<P> {
    fn default() -> Self {
        Self { firsts: Vec::new(), leaves: Vec::new(), len: 0 }
    }
}

impl<P: Copy + Ord> OrderedIndex<P> {
    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The memory of so many entries, with leaves that are filled by two thirds as random entries leave them.
    pub(super) fn bytes_of(entries: usize) -> usize {
        entries.saturating_mul(size_of::<P>().saturating_add(size_of::<u32>())).saturating_mul(3) / 2
    }

    /// The place of the first entry that is not less than something with this prefix. `compare` tells how what a number
    /// stands for compares to it, and is asked where prefixes are the same.
    #[inline]
    pub(super) fn lower_bound(&self, prefix: P, compare: impl Fn(u32) -> Ordering) -> IndexPlace {
        let is_less = |known: P, number: Option<&u32>| match known.cmp(&prefix) {
            Ordering::Equal => number.is_some_and(|number| compare(*number).is_lt()),
            order => order.is_lt(),
        };
        let first_number = |leaf: usize| self.leaves.get(leaf).and_then(|leaf| leaf.numbers.first());
        let leaf = partition_point(&self.firsts, |leaf, first| is_less(first, first_number(leaf)));
        let leaf = leaf.saturating_sub(1);
        let at = self.leaves.get(leaf).map_or(0, |leaf| {
            partition_point(&leaf.prefixes, |at, known| is_less(known, leaf.numbers.get(at)))
        });
        IndexPlace { leaf, at }
    }

    /// The number of the entry with this prefix to which `compare` says that it is the same.
    #[inline]
    pub(super) fn find(&self, prefix: P, compare: impl Fn(u32) -> Ordering) -> Result<u32, IndexPlace> {
        let place = self.lower_bound(prefix, &compare);
        match self.get(place) {
            Some((known, number)) if known == prefix && compare(number).is_eq() => Ok(number),
            _ => Err(place),
        }
    }

    /// The entry at a place.
    #[inline]
    pub(super) fn get(&self, place: IndexPlace) -> Option<(P, u32)> {
        let (leaf, at) = self.settled(place)?;
        Some((*leaf.prefixes.get(at)?, *leaf.numbers.get(at)?))
    }

    /// The leaf and the place in it; a place behind the last entry of a leaf is the first one of the next.
    #[inline]
    fn settled(&self, place: IndexPlace) -> Option<(&Leaf<P>, usize)> {
        let leaf = self.leaves.get(place.leaf)?;
        if place.at < leaf.numbers.len() {
            return Some((leaf, place.at));
        }
        Some((self.leaves.get(place.leaf.saturating_add(1))?, 0))
    }

    /// The place behind one, settled so that it can be stepped from.
    #[inline]
    pub(super) fn step(&self, place: IndexPlace) -> IndexPlace {
        match self.leaves.get(place.leaf) {
            Some(leaf) if place.at < leaf.numbers.len() => place.next(),
            _ => IndexPlace { leaf: place.leaf.saturating_add(1), at: 1 },
        }
    }

    /// The place in front of one; none in front of the first entry.
    #[inline]
    pub(super) fn step_back(&self, place: IndexPlace) -> Option<IndexPlace> {
        if let Some(at) = place.at.checked_sub(1) {
            return Some(IndexPlace { leaf: place.leaf, at });
        }
        let leaf = place.leaf.checked_sub(1)?;
        let at = self.leaves.get(leaf)?.numbers.len().checked_sub(1)?;
        Some(IndexPlace { leaf, at })
    }

    /// Adds an entry at the place that was found for it.
    pub(super) fn insert(&mut self, place: IndexPlace, prefix: P, number: u32) {
        let IndexPlace { mut leaf, mut at } = place;
        self.len = self.len.saturating_add(1);
        if self.leaves.is_empty() {
            self.leaves.push(Leaf { prefixes: Vec::new(), numbers: Vec::new() });
            self.firsts.push(prefix);
        }
        let last_leaf = self.leaves.len().saturating_sub(1);
        let Some(full) = self.leaves.get_mut(leaf).filter(|leaf| leaf.numbers.len() >= LEAF_ENTRIES) else {
            return self.insert_into(leaf, at, prefix, number);
        };
        // What comes in order leaves full leaves behind it.
        let middle = if leaf == last_leaf && at == LEAF_ENTRIES { at } else { LEAF_ENTRIES / 2 };
        let right =
            Leaf { prefixes: full.prefixes.split_off(middle), numbers: full.numbers.split_off(middle) };
        let first = right.prefixes.first().copied().unwrap_or(prefix);
        self.leaves.insert(leaf.saturating_add(1), right);
        self.firsts.insert(leaf.saturating_add(1), first);
        if at > middle || (at == middle && middle == LEAF_ENTRIES) {
            leaf = leaf.saturating_add(1);
            at = at.saturating_sub(middle);
        }
        self.insert_into(leaf, at, prefix, number);
    }

    fn insert_into(&mut self, leaf: usize, at: usize, prefix: P, number: u32) {
        if at == 0
            && let Some(first) = self.firsts.get_mut(leaf)
        {
            *first = prefix;
        }
        if let Some(leaf) = self.leaves.get_mut(leaf) {
            let at = at.min(leaf.numbers.len());
            leaf.prefixes.insert(at, prefix);
            leaf.numbers.insert(at, number);
        }
    }
}

/// The number of elements at the front for which `is_in_front` holds, by halving.
#[inline]
fn partition_point<P: Copy>(elements: &[P], is_in_front: impl Fn(usize, P) -> bool) -> usize {
    let (mut start, mut end) = (0, elements.len());
    while start < end {
        let middle = start.midpoint(end);
        let Some(element) = elements.get(middle) else { break };
        if is_in_front(middle, *element) {
            start = middle.saturating_add(1);
        } else {
            end = middle;
        }
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries stand for these numbers, of which the prefix is only a part.
    fn filled(values: &[u64], shift: u32) -> OrderedIndex<u64> {
        let mut index = OrderedIndex::default();
        for (number, value) in values.iter().enumerate() {
            let compare = |other: u32| values[other as usize].cmp(value);
            match index.find(value >> shift, compare) {
                Ok(_) => {}
                Err(place) => index.insert(place, value >> shift, number as u32),
            }
        }
        index
    }

    #[test]
    fn entries_come_in_order_whatever_the_order_in_which_they_were_added() {
        let ascending: Vec<u64> = (0..5000).collect();
        let descending: Vec<u64> = (0..5000).rev().collect();
        let mixed: Vec<u64> = (0..5000_u64).map(|n| n.wrapping_mul(2_654_435_761) % 5003).collect();
        for values in [ascending, descending, mixed] {
            for shift in [0, 4, 12, 63] {
                let index = filled(&values, shift);
                let mut expected = values.clone();
                expected.sort_unstable();
                expected.dedup();
                assert_eq!(index.len(), expected.len());
                let (mut place, mut found) = (IndexPlace::FIRST, Vec::new());
                while let Some((_, number)) = index.get(place) {
                    found.push(values[number as usize]);
                    place = index.step(place);
                }
                assert_eq!(found, expected);
                let mut back = Vec::new();
                while let Some(before) = index.step_back(place) {
                    back.extend(index.get(before).map(|(_, number)| values[number as usize]));
                    place = before;
                }
                back.reverse();
                assert_eq!(back, expected);
                for wanted in [0, 1, 17, 2500, 4999, 6000] {
                    let compare = |other: u32| values[other as usize].cmp(&wanted);
                    let bound = index.get(index.lower_bound(wanted >> shift, compare));
                    let first = expected.iter().find(|value| **value >= wanted);
                    assert_eq!(bound.map(|(_, number)| values[number as usize]), first.copied());
                }
            }
        }
    }
}
