//! How much a thread has read.

use std::cell::Cell;

/// What a thread has read of files and caches so far. What a piece of work read is the difference of two of them.
///
/// Pages of files that are mapped into memory are not counted: nobody tells when they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadTally {
    /// Reads of files.
    pub reads: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Decompressed chunks that were in the cache.
    pub cached_chunks: u64,
}

thread_local! {
    static TALLY: Cell<ReadTally> = const { Cell::new(ReadTally { reads: 0, bytes: 0, cached_chunks: 0 }) };
}

impl ReadTally {
    /// That of this thread as of now.
    pub fn of_thread() -> Self {
        TALLY.get()
    }

    /// What was read since an earlier one of the same thread.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            reads: self.reads.wrapping_sub(before.reads),
            bytes: self.bytes.wrapping_sub(before.bytes),
            cached_chunks: self.cached_chunks.wrapping_sub(before.cached_chunks),
        }
    }

    #[inline]
    pub(super) fn add_read(bytes: usize) {
        let tally = TALLY.get();
        TALLY.set(Self {
            reads: tally.reads.wrapping_add(1),
            bytes: tally.bytes.wrapping_add(bytes as u64),
            ..tally
        });
    }

    #[inline]
    pub(super) fn add_cached_chunk() {
        let tally = TALLY.get();
        TALLY.set(Self { cached_chunks: tally.cached_chunks.wrapping_add(1), ..tally });
    }
}
