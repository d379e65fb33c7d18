//! Filter.db: a bloom filter over the partition keys (`utils.BloomFilter`, `utils.BloomFilterSerializer`).
//!
//! ```text
//! i32 number of hashes, i32 number of words, 8 bytes x words
//! ```
//! Bit `i` of the filter is bit `i & 7` of byte `i >> 3`; before version na, the bytes of each word stand in
//! reverse. No checksum covers it.

use crate::component::field_reader::FieldReader;
use crate::encoding::Bytes;
use crate::error::{Error, Result};
use crate::io::{Source, SourceExt as _};
use crate::version::Version;

const ADVICE: &str = "remove the file: lookups do without it, and Cassandra makes it anew from the keys";

/// Cassandra takes 20 hashes at most.
const HASH_LIMIT: i32 = 64;

/// Cassandra itself cannot hold more bits than this many bytes.
const LIMIT_BYTES: u64 = 8 * 1024 * 1024 * 1024;

/// How many bits a key takes in a filter that is made anew, and how many hashes: those of a chance of 0.01.
const BITS_PER_KEY: u64 = 10;
const HASHES: u32 = 5;

/// The order of the bytes in a word of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterLayout {
    /// Since version na: byte after byte.
    Bytes,
    /// Before: words with their highest byte first.
    BigEndianWords,
}

impl FilterLayout {
    /// The layout that files of this version have.
    pub fn of(version: Version) -> Self {
        if version.has_old_bloom_filter_layout() { Self::BigEndianWords } else { Self::Bytes }
    }
}

/// A bloom filter: tells of a key that it is not in the SSTable, or may be.
///
/// # Example
/// ```
/// use cqlite_sstable::component::BloomFilter;
/// use cqlite_sstable::partitioner::hash3_x64_128;
/// let mut filter = BloomFilter::for_keys(100);
/// filter.add(hash3_x64_128(b"a key", 0));
/// assert!(filter.may_contain(hash3_x64_128(b"a key", 0)));
/// assert!(!filter.may_contain(hash3_x64_128(b"another", 0)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BloomFilter {
    hashes: u32,
    words: Vec<u64>,
}

impl BloomFilter {
    /// Reads a Filter.db.
    ///
    /// # Errors
    /// If it cannot be read, or its length is not what it says.
    pub fn open(source: &dyn Source, layout: FilterLayout) -> Result<Self> {
        let bytes = source.read_all(LIMIT_BYTES)?;
        Self::parse(&bytes, layout).map_err(|error| error.at(source.path()))
    }

    /// Reads the bytes of a Filter.db.
    ///
    /// # Errors
    /// If the bytes are not as many as they say, or the number of hashes cannot be.
    pub fn parse(bytes: &[u8], layout: FilterLayout) -> Result<Self> {
        let mut reader = FieldReader::new("the filter", bytes, 0);
        let hashes = reader.read("the number of hashes", Bytes::i32)?;
        if !(1..=HASH_LIMIT).contains(&hashes) {
            return Err(Error::corrupt(format!("it states {hashes} hashes a key, which cannot be"))
                .offset(0)
                .advise(ADVICE));
        }
        let count = reader.count("the number of words", 8)?;
        if count == 0 || reader.remaining() != count.saturating_mul(8) {
            return Err(Error::corrupt(format!(
                "it states {count} words of 8 bytes, but {} bytes follow",
                reader.remaining()
            ))
            .offset(4)
            .advise(ADVICE));
        }
        let body = reader.read("the words", |bytes| bytes.take(count.saturating_mul(8)))?;
        let word = |bytes: &[u8; 8]| match layout {
            FilterLayout::Bytes => u64::from_le_bytes(*bytes),
            FilterLayout::BigEndianWords => u64::from_be_bytes(*bytes),
        };
        Ok(Self { hashes: hashes as u32, words: body.as_chunks::<8>().0.iter().map(word).collect() })
    }

    /// An empty filter with room for so many keys, at a chance of about 0.01 that it lets another one pass.
    pub fn for_keys(keys: u64) -> Self {
        let bits = keys.saturating_mul(BITS_PER_KEY).saturating_add(20);
        Self { hashes: HASHES, words: vec![0; usize::try_from(bits.div_ceil(64)).unwrap_or(usize::MAX)] }
    }

    /// Adds a key by its hash ([`crate::partitioner::hash3_x64_128`] with seed 0).
    pub fn add(&mut self, hash: [u64; 2]) {
        for bit in self.bits(hash) {
            if let Some(word) = self.words.get_mut((bit >> 6) as usize) {
                *word |= 1 << (bit & 63);
            }
        }
    }

    /// Whether the key with this hash may have been added. If not, it surely was not.
    #[inline]
    pub fn may_contain(&self, hash: [u64; 2]) -> bool {
        let set =
            |bit: u64| self.words.get((bit >> 6) as usize).is_some_and(|word| word >> (bit & 63) & 1 == 1);
        self.bits(hash).all(set)
    }

    /// The bits of a key: `abs(h1 + j * h0) % capacity` in Java's arithmetic (`BloomFilter.setIndexes`).
    #[inline]
    fn bits(&self, [step, base]: [u64; 2]) -> impl Iterator<Item = u64> + use<> {
        let capacity = (self.words.len() as i64).saturating_mul(64);
        (0..u64::from(self.hashes)).map(move |j| {
            let hash = base.wrapping_add(j.wrapping_mul(step)) as i64;
            hash.checked_rem(capacity).unwrap_or(0).unsigned_abs()
        })
    }

    /// How many bits are set: for each key at most one a hash.
    pub fn set_bits(&self) -> u64 {
        self.words.iter().fold(0, |sum, word| sum.saturating_add(u64::from(word.count_ones())))
    }

    /// How many hashes each key has.
    pub fn hashes(&self) -> u32 {
        self.hashes
    }

    /// The bytes it takes in memory.
    pub fn size_bytes(&self) -> usize {
        self.words.len().saturating_mul(8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partitioner::hash3_x64_128;

    fn hash(key: u32) -> [u64; 2] {
        hash3_x64_128(&key.to_be_bytes(), 0)
    }

    #[test]
    fn a_filter_made_anew_lets_all_of_its_keys_pass_and_few_others() {
        let mut filter = BloomFilter::for_keys(1000);
        (0..1000).for_each(|key| filter.add(hash(key)));
        assert!((0..1000).all(|key| filter.may_contain(hash(key))));
        let passed = (1000..11_000).filter(|key| filter.may_contain(hash(*key))).count();
        assert!(passed < 300, "{passed} of 10,000 pass");
    }

    #[test]
    fn the_two_layouts_differ_by_the_order_of_the_bytes_in_a_word() {
        let mut old = vec![0, 0, 0, 1, 0, 0, 0, 1];
        let mut new = old.clone();
        old.extend([1, 2, 3, 4, 5, 6, 7, 8]);
        new.extend([8, 7, 6, 5, 4, 3, 2, 1]);
        let old = BloomFilter::parse(&old, FilterLayout::BigEndianWords).unwrap();
        assert_eq!(old, BloomFilter::parse(&new, FilterLayout::Bytes).unwrap());
    }

    #[test]
    fn lengths_and_hash_counts_that_cannot_be_are_errors() {
        let good = [0, 0, 0, 5, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8];
        assert!(BloomFilter::parse(&good, FilterLayout::Bytes).is_ok());
        for length in 0..good.len() {
            assert!(BloomFilter::parse(&good[..length], FilterLayout::Bytes).is_err(), "{length}");
        }
        for (at, value) in [(3, 0), (3, 65), (0, 0x80), (7, 0), (7, 2), (4, 0x7F)] {
            let mut bad = good;
            bad[at] = value;
            assert!(BloomFilter::parse(&bad, FilterLayout::Bytes).is_err(), "{at} {value}");
        }
    }
}
