//! Which of several sources stand at the least place.

use std::cmp::Ordering;

/// Up to so many sources, the least are found by looking at all of them: where they overlap, as they do in a merge, that
/// takes one comparison a source.
const LINEAR_LIMIT: usize = 8;

/// The numbers of sources that wait at places which the merge did not reach yet. Few are a plain list; many are a heap.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    sources: Vec<usize>,
    is_heap: bool,
}

impl Waiting {
    /// Removes all, and makes ready for up to so many.
    pub(super) fn reset(&mut self, most: usize) {
        self.sources.clear();
        self.is_heap = most > LINEAR_LIMIT;
    }

    /// Adds a source.
    #[inline]
    pub(super) fn push(&mut self, source: usize, compare: impl Fn(usize, usize) -> Ordering) {
        self.sources.push(source);
        if self.is_heap {
            self.rise(compare);
        }
    }

    /// One of those at the least place.
    pub(super) fn least(&self, compare: impl Fn(usize, usize) -> Ordering) -> Option<usize> {
        let all = self.sources.iter().copied();
        if self.is_heap { self.sources.first().copied() } else { all.min_by(|a, b| compare(*a, *b)) }
    }

    /// Moves those at the least place into `group`, which is empty.
    #[inline]
    pub(super) fn take_least(&mut self, group: &mut Vec<usize>, compare: impl Fn(usize, usize) -> Ordering) {
        if self.is_heap {
            return self.pop_least(group, compare);
        }
        let mut least = None;
        for source in &self.sources {
            let order = least.map_or(Ordering::Equal, |least| compare(*source, least));
            if order.is_lt() {
                group.clear();
            }
            if order.is_le() {
                least = Some(*source);
                group.push(*source);
            }
        }
        if group.len() == self.sources.len() {
            self.sources.clear();
        } else {
            self.sources.retain(|source| !group.contains(source));
        }
    }

    /// Says that a source has another number now.
    pub(super) fn rename(&mut self, from: usize, to: usize) {
        self.sources.iter_mut().filter(|source| **source == from).for_each(|source| *source = to);
    }

    #[cold]
    fn pop_least(&mut self, group: &mut Vec<usize>, compare: impl Fn(usize, usize) -> Ordering) {
        while let Some(top) = self.sources.first().copied() {
            if group.first().is_some_and(|least| compare(top, *least).is_gt()) {
                return;
            }
            group.push(self.sources.swap_remove(0));
            self.sink(&compare);
        }
    }

    /// Lets the last one rise to its place.
    fn rise(&mut self, compare: impl Fn(usize, usize) -> Ordering) {
        let mut child = self.sources.len().saturating_sub(1);
        while child > 0 {
            let parent = child.saturating_sub(1) / 2;
            if !self.is_before(child, parent, &compare) {
                return;
            }
            self.sources.swap(child, parent);
            child = parent;
        }
    }

    /// Lets the first one sink to its place.
    fn sink(&mut self, compare: &impl Fn(usize, usize) -> Ordering) {
        let mut parent = 0_usize;
        loop {
            let (left, right) =
                (parent.saturating_mul(2).saturating_add(1), parent.saturating_mul(2).saturating_add(2));
            let child = if self.is_before(right, left, compare) { right } else { left };
            if !self.is_before(child, parent, compare) {
                return;
            }
            self.sources.swap(child, parent);
            parent = child;
        }
    }

    /// Whether the source at one place of the heap is less than that at another one; not if there is none.
    fn is_before(&self, one: usize, other: usize, compare: &impl Fn(usize, usize) -> Ordering) -> bool {
        match (self.sources.get(one), self.sources.get(other)) {
            (Some(one), Some(other)) => compare(*one, *other).is_lt(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_sources_come_in_the_same_groups() {
        for most in [3, LINEAR_LIMIT, LINEAR_LIMIT + 1, 100] {
            let keys: Vec<usize> = (0..most).map(|source| source * 7919 % 13).collect();
            let compare = |a: usize, b: usize| keys[a].cmp(&keys[b]);
            let mut waiting = Waiting::default();
            waiting.reset(most);
            (0..most).for_each(|source| waiting.push(source, compare));
            let mut expected = keys.clone();
            expected.sort_unstable();
            expected.dedup();
            for key in expected {
                assert_eq!(waiting.least(compare).map(|source| keys[source]), Some(key));
                let mut group = Vec::new();
                waiting.take_least(&mut group, compare);
                group.sort_unstable();
                let all: Vec<usize> = (0..most).filter(|source| keys[*source] == key).collect();
                assert_eq!(group, all, "{most} sources, key {key}");
            }
            assert_eq!(waiting.least(compare), None);
        }
    }
}
