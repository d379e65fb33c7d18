//! How many SSTables lookups by keys go to.

use crate::sync::atomic::{AtomicU64, Ordering};

/// Lookups of partitions by their keys.
#[derive(Debug, Default)]
pub(super) struct Lookups {
    count: AtomicU64,
    found: AtomicU64,
}

impl Lookups {
    /// A partition was looked for, and found in so many SSTables.
    #[inline]
    pub(super) fn add(&self, sstables: usize) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.found.fetch_add(sstables as u64, Ordering::Relaxed);
    }

    /// How many there were, and the SSTables in which they found something.
    pub(super) fn told(&self) -> (u64, u64) {
        (self.count.load(Ordering::Relaxed), self.found.load(Ordering::Relaxed))
    }
}
