//! How much memory memtables take.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The memory that all memtables of a database take together.
#[derive(Debug, Default)]
pub struct HeldMemory {
    unflushed: AtomicUsize,
    pinned: AtomicUsize,
}

impl HeldMemory {
    /// Nothing is held.
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes of memtables that are not yet in SSTables, about.
    pub fn unflushed_bytes(&self) -> usize {
        self.unflushed.load(Ordering::Relaxed)
    }

    /// The bytes of memtables that are in SSTables, and are kept as somebody reads them.
    pub fn pinned_bytes(&self) -> usize {
        self.pinned.load(Ordering::Relaxed)
    }

    pub(super) fn change_unflushed(&self, before: usize, after: usize) {
        change(&self.unflushed, before, after);
    }

    pub(super) fn pin(&self, bytes: usize) {
        change(&self.pinned, 0, bytes);
        change(&self.unflushed, bytes, 0);
    }

    pub(super) fn unpin(&self, bytes: usize) {
        change(&self.pinned, bytes, 0);
    }
}

fn change(counter: &AtomicUsize, before: usize, after: usize) {
    if after >= before {
        counter.fetch_add(after.saturating_sub(before), Ordering::Relaxed);
    } else {
        counter.fetch_sub(before.saturating_sub(after), Ordering::Relaxed);
    }
}
