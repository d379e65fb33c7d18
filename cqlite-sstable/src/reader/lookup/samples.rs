//! Keys of Index.db with their places, to know where in it a key has to be.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use super::big::out_of_order;
use crate::component::{IndexEntries, Summary};
use crate::error::{Error, Result};
use crate::io::{Source, SourceExt as _};
use crate::partitioner::{Partitioner, Token, hash3_x64_128, murmur3_token_of};

/// A sample that is made anew has every so many keys, as Cassandra's `min_index_interval` is by default.
const INTERVAL: u64 = 128;

/// No larger Summary.db is read: it would be that of billions of partitions.
pub(super) const SUMMARY_LIMIT_BYTES: u64 = 1024 * 1024 * 1024;

/// Some of the keys of an Index.db in their order, the first among them.
#[derive(Debug)]
pub(super) struct Samples {
    partitioner: Partitioner,
    /// The keys, one behind the other, and where each one ends.
    keys: Vec<u8>,
    ends: Vec<usize>,
    /// Where in Index.db the entry of each begins.
    offsets: Vec<u64>,
    /// The tokens of [`Partitioner::Murmur3`]; none of others, whose keys are compared.
    tokens: Vec<i64>,
    index_length: u64,
    /// The last key of all, where Summary.db tells it.
    last_key: Option<Vec<u8>>,
}

impl Samples {
    fn new(partitioner: Partitioner, index_length: u64) -> Self {
        let (keys, ends, offsets, tokens) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { partitioner, keys, ends, offsets, tokens, index_length, last_key: None }
    }

    /// Takes the samples that Summary.db has of an Index.db with so many bytes.
    ///
    /// # Errors
    /// If Summary.db cannot be read or contradicts itself, so that Index.db has to be asked.
    pub(super) fn from_summary(
        summary: &dyn Source,
        index_length: u64,
        partitioner: &Partitioner,
    ) -> Result<Self> {
        let bytes = summary.read_all(SUMMARY_LIMIT_BYTES)?;
        let parsed = Summary::parse(&bytes).map_err(|error| error.at(summary.path()))?;
        let mut samples = Self::new(partitioner.clone(), index_length);
        for entry in parsed.iter() {
            let first = samples.offsets.is_empty();
            let ascends = if first {
                entry.index_position == 0 && entry.key == parsed.first_key
            } else {
                samples.offsets.last().is_some_and(|last| *last < entry.index_position)
            };
            if !samples.push(entry.key, entry.index_position)
                || !ascends
                || entry.index_position >= index_length
            {
                return Err(
                    Error::corrupt("its keys or positions do not ascend within Index.db").at(summary.path())
                );
            }
        }
        if samples.offsets.is_empty() {
            return Err(Error::corrupt("it has no entries").at(summary.path()));
        }
        samples.last_key = Some(parsed.last_key.to_owned());
        Ok(samples)
    }

    /// Takes samples of all of Index.db, which is read for it, and has at least so many `keys`.
    ///
    /// # Errors
    /// If it cannot be read, its keys are not in order, or there are fewer.
    pub(super) fn from_index(index: Arc<dyn Source>, keys: u64, partitioner: &Partitioner) -> Result<Self> {
        let mut samples = Self::new(partitioner.clone(), index.len());
        let path = index.path().to_owned();
        let mut entries = IndexEntries::new(index);
        let mut number: u64 = 0;
        while let Some(entry) = entries.next_entry()? {
            if number.is_multiple_of(INTERVAL) && !samples.push(entry.key, entry.offset) {
                return Err(out_of_order().at(&path).offset(entry.offset));
            }
            number = number.saturating_add(1);
        }
        if number < keys {
            return Err(Error::corrupt(format!(
                "the file has {number} entries, but Statistics.db counts {keys} partitions"
            ))
            .at(&path)
            .offset(samples.index_length)
            .advise("it has been cut off: restore it from a snapshot or replica, or scan the data"));
        }
        Ok(samples)
    }

    /// Adds a key. False if it is not greater than the one before.
    fn push(&mut self, key: &[u8], offset: u64) -> bool {
        let token = self.murmur3(key);
        let ascends = match self.len().checked_sub(1) {
            None => true,
            Some(last) => self.compare(last, key, token) == Ordering::Less,
        };
        self.keys.extend_from_slice(key);
        self.ends.push(self.keys.len());
        self.offsets.push(offset);
        if self.partitioner == Partitioner::Murmur3 {
            self.tokens.push(token);
        }
        ascends
    }

    /// The token of a key under [`Partitioner::Murmur3`], else 0.
    pub(super) fn murmur3(&self, key: &[u8]) -> i64 {
        match self.partitioner {
            Partitioner::Murmur3 => murmur3_token_of(key, hash3_x64_128(key, 0)),
            _ => 0,
        }
    }

    /// Compares two keys with what [`Samples::murmur3`] gave for them.
    pub(super) fn compare_keys(&self, a: (&[u8], i64), b: (&[u8], i64)) -> Ordering {
        match self.partitioner {
            Partitioner::Murmur3 => a.1.cmp(&b.1).then_with(|| a.0.cmp(b.0)),
            _ => self.partitioner.compare_keys(a.0, b.0),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Whether `key` can be the last one of all.
    pub(super) fn may_end_with(&self, key: &[u8]) -> bool {
        self.last_key.as_ref().is_none_or(|last| last == key)
    }

    /// The key of sample `index`.
    pub(super) fn key(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.keys.get(start..end).unwrap_or_default()
    }

    /// The part of Index.db from sample `index` to the next one.
    pub(super) fn range(&self, index: usize) -> Range<u64> {
        let start = self.offsets.get(index).copied().unwrap_or(self.index_length);
        let end = self.offsets.get(index.saturating_add(1)).copied().unwrap_or(self.index_length);
        start..end
    }

    #[inline]
    fn compare(&self, index: usize, key: &[u8], token: i64) -> Ordering {
        match self.tokens.get(index) {
            Some(sampled) => sampled.cmp(&token).then_with(|| self.key(index).cmp(key)),
            None => self.partitioner.compare_keys(self.key(index), key),
        }
    }

    /// The last sample that is not greater than the key; none if the key is in front of all.
    pub(super) fn floor(&self, key: &[u8], token: i64) -> Option<usize> {
        let after = partition_point(self.len(), |index| self.compare(index, key, token) != Ordering::Greater);
        after.checked_sub(1)
    }

    /// The last sample with a lesser token; none if there is none.
    pub(super) fn before_token(&self, token: &Token) -> Option<usize> {
        let lesser =
            |index: usize| self.partitioner.token(self.key(index)).partial_cmp(token) == Some(Ordering::Less);
        partition_point(self.len(), lesser).checked_sub(1)
    }
}

/// The number of indexes below `len` for which `holds`, which holds for those in front and for none behind.
pub(super) fn partition_point(len: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) { low = middle.saturating_add(1) } else { high = middle }
    }
    low
}
