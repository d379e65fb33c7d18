//! The bloom filter that lookups ask first: the one in Filter.db, or one that is made of the keys of the index.

use std::sync::OnceLock;

use crate::component::BloomFilter;
use crate::error::{Error, Result};

/// Filter.db is read whole, so it is only worth it when more than so many keys are looked up.
const LOOKUPS_WITHOUT_FILTER: u64 = 8;

/// Making a filter takes about as long as one lookup for every so many keys.
const KEYS_A_LOOKUP: u64 = 1000;

/// A filter with fewer bits a key refuses nearly nothing. `CQLSSTableWriter` writes such ones, as it does not know how
/// many keys will come.
const LEAST_BITS_PER_KEY: u64 = 2;

/// A filter that is there when it is worth it.
#[derive(Debug, Default)]
pub(super) struct KeyFilter {
    /// What Filter.db gave: none if it is of no use.
    stored: OnceLock<Option<BloomFilter>>,
    /// What was made instead: none if that failed.
    made: OnceLock<Option<BloomFilter>>,
}

/// Where a [`KeyFilter`] comes from.
pub(super) trait FilterSource {
    /// How many keys there are, about.
    fn keys(&self) -> u64;
    /// Reads Filter.db.
    fn read(&self) -> Result<BloomFilter>;
    /// Makes a filter of all keys; none where the index refuses absent keys as well as a filter does.
    fn make(&self) -> Option<Result<BloomFilter>>;
    /// Tells what is wrong.
    fn warn(&self, warning: Error);
}

impl KeyFilter {
    /// The filter, if it is there, or is worth to be got after so many `lookups`.
    #[inline]
    pub(super) fn get(&self, lookups: u64, source: &impl FilterSource) -> Option<&BloomFilter> {
        match self.stored.get() {
            Some(Some(filter)) => Some(filter),
            stored => {
                if stored.is_none() && lookups <= LOOKUPS_WITHOUT_FILTER {
                    return None;
                }
                self.get_slowly(lookups, source)
            }
        }
    }

    /// What Filter.db has, read when it is asked for first; none if it is of no use.
    pub(super) fn stored(&self, source: &impl FilterSource) -> Option<&BloomFilter> {
        let stored = self.stored.get_or_init(|| match source.read() {
            Ok(filter) => Some(filter).filter(|filter| is_useful(filter, source.keys())),
            Err(error) => {
                source.warn(error);
                None
            }
        });
        stored.as_ref()
    }

    fn get_slowly(&self, lookups: u64, source: &impl FilterSource) -> Option<&BloomFilter> {
        if let Some(filter) = self.stored(source) {
            return Some(filter);
        }
        if let Some(made) = self.made.get() {
            return made.as_ref();
        }
        let is_worth_it = lookups >= LOOKUPS_WITHOUT_FILTER.saturating_add(source.keys() / KEYS_A_LOOKUP);
        if !is_worth_it {
            return None;
        }
        let make = || source.make()?.map_err(|error| source.warn(error)).ok();
        self.made.get_or_init(make).as_ref()
    }
}

fn is_useful(filter: &BloomFilter, keys: u64) -> bool {
    let bits = (filter.size_bytes() as u64).saturating_mul(8);
    bits >= keys.saturating_mul(LEAST_BITS_PER_KEY)
}
