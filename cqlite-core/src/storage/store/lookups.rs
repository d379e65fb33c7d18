//! How many SSTables lookups by keys go to.

use cqlite_sstable::reader::FilterAnswer;

use crate::sync::atomic::{AtomicU64, Ordering};

/// Lookups of partitions by their keys.
#[derive(Debug, Default)]
pub(super) struct Lookups {
    count: AtomicU64,
    found: AtomicU64,
    rejections: AtomicU64,
    passes: AtomicU64,
    false_positives: AtomicU64,
}

/// What one lookup came to, or all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::storage) struct LookupTally {
    /// SSTables in which the partition was found.
    pub(in crate::storage) found: u64,
    /// Filters that said that it is not there.
    pub(in crate::storage) rejections: u64,
    /// Filters that said that it may be there.
    pub(in crate::storage) passes: u64,
    /// Those of them that were wrong.
    pub(in crate::storage) false_positives: u64,
}

impl LookupTally {
    /// An SSTable was looked into.
    #[inline]
    pub(in crate::storage) fn add(&mut self, filter: FilterAnswer, is_found: bool) {
        let count =
            |happened: bool, counter: &mut u64| *counter = counter.saturating_add(u64::from(happened));
        count(is_found, &mut self.found);
        count(filter == FilterAnswer::Absent, &mut self.rejections);
        count(filter == FilterAnswer::MayBeThere, &mut self.passes);
        count(filter == FilterAnswer::MayBeThere && !is_found, &mut self.false_positives);
    }
}

impl Lookups {
    /// A partition was looked for.
    #[inline]
    pub(super) fn add(&self, tally: &LookupTally) {
        self.count.fetch_add(1, Ordering::Relaxed);
        let add = |counter: &AtomicU64, more: u64| {
            if more > 0 {
                counter.fetch_add(more, Ordering::Relaxed);
            }
        };
        add(&self.found, tally.found);
        add(&self.rejections, tally.rejections);
        add(&self.passes, tally.passes);
        add(&self.false_positives, tally.false_positives);
    }

    /// How many there were, and what they came to.
    pub(super) fn told(&self) -> (u64, LookupTally) {
        let told = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let tally = LookupTally {
            found: told(&self.found),
            rejections: told(&self.rejections),
            passes: told(&self.passes),
            false_positives: told(&self.false_positives),
        };
        (told(&self.count), tally)
    }
}
