//! Which writes readers may see.

use crate::sync::atomic::{AtomicU64, Ordering};

/// Two numbers by which memtables know what they may put together and forget. One of these serves a whole database.
///
/// Each write has a sequence number, and readers see all writes up to the number with which they were opened. What is
/// said here only ever grows.
#[derive(Debug, Default)]
pub struct Visibility {
    complete: AtomicU64,
    oldest: AtomicU64,
}

impl Visibility {
    /// Nothing was written.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every write up to `sequence` is in its memtables.
    pub fn set_complete(&self, sequence: u64) {
        // Who waits for it counts itself first and looks at it then: of the two, one sees what the other did.
        self.complete.fetch_max(sequence, Ordering::SeqCst);
    }

    /// No reader is there, or will be opened, that sees less than the writes up to `sequence`. It has to be complete.
    pub fn set_oldest(&self, sequence: u64) {
        self.oldest.fetch_max(sequence, Ordering::AcqRel);
    }

    /// Up to where every write is in its memtables.
    pub fn complete(&self) -> u64 {
        self.complete.load(Ordering::SeqCst)
    }

    /// Up to where every reader sees all writes.
    pub fn oldest(&self) -> u64 {
        self.oldest.load(Ordering::Acquire)
    }
}
