//! The bloom filter of an SSTable while its keys come.

use crate::component::BloomFilter;

/// So many keys are added at once: the processor then waits for the words of several keys at the same time, not for those
/// of one after another.
const BATCH: usize = 64;

/// Collects the keys of an SSTable into its bloom filter, if it has one.
#[derive(Debug)]
pub(super) struct KeyFilter {
    filter: Option<BloomFilter>,
    waiting: Vec<[u64; 2]>,
}

impl KeyFilter {
    pub(super) fn new(filter: Option<BloomFilter>) -> Self {
        Self { filter, waiting: Vec::with_capacity(BATCH) }
    }

    /// Adds a key by its hash, as [`BloomFilter::add`].
    #[inline]
    pub(super) fn add(&mut self, hash: [u64; 2]) {
        self.waiting.push(hash);
        if self.waiting.len() == BATCH {
            self.settle();
        }
    }

    fn settle(&mut self) {
        if let Some(filter) = &mut self.filter {
            self.waiting.iter().for_each(|hash| filter.add(*hash));
        }
        self.waiting.clear();
    }

    /// The filter of all keys.
    pub(super) fn finish(mut self) -> Option<BloomFilter> {
        self.settle();
        self.filter
    }
}
