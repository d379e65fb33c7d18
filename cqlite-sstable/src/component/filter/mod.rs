//! Filter.db: a bloom filter over the partition keys (`utils.BloomFilter`, `utils.BloomFilterSerializer`).
//!
//! ```text
//! i32 number of hashes, i32 number of words, 8 bytes x words
//! ```
//! Bit `i` of the filter is bit `i & 7` of byte `i >> 3`; before version na, the bytes of each word stand in
//! reverse. No checksum covers it.

mod sizing;

use std::io;

use self::sizing::Sizing;
use crate::component::field_reader::FieldReader;
use crate::encoding::Bytes;
use crate::error::{Error, ErrorKind, Result};
use crate::io::{Source, SourceExt as _};
use crate::version::Version;

const ADVICE: &str = "remove the file: lookups do without it, and Cassandra makes it anew from the keys";

/// Cassandra takes 20 hashes at most.
const HASH_LIMIT: i32 = 64;

/// The two numbers in front of the words.
const HEAD_BYTES: u64 = 8;

/// Cassandra itself cannot hold more bits than this many bytes.
const LIMIT_BYTES: u64 = 8 * 1024 * 1024 * 1024;

/// That of a chance of 0.01.
const COMMON_SIZING: Sizing = Sizing { hashes: 5, buckets: 10 };

/// Words that are read or written at once.
const WORDS_AT_ONCE: usize = 1024;

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

    fn words(self, bytes: &[u8]) -> impl Iterator<Item = u64> {
        bytes.as_chunks::<8>().0.iter().map(move |bytes| match self {
            Self::Bytes => u64::from_le_bytes(*bytes),
            Self::BigEndianWords => u64::from_be_bytes(*bytes),
        })
    }
}

/// The number of hashes and of words, by the head of a file of this length.
fn parse_head(head: &[u8], length: u64) -> Result<(u32, u64)> {
    let mut reader = FieldReader::new("the filter", head, 0);
    let hashes = reader.read("the number of hashes", Bytes::i32)?;
    if !(1..=HASH_LIMIT).contains(&hashes) {
        let told = format!("it states {hashes} hashes a key, which cannot be");
        return Err(Error::corrupt(told).offset(0).advise(ADVICE));
    }
    let count = reader.read("the number of words", Bytes::i32)?;
    let body = length.saturating_sub(HEAD_BYTES);
    let words = u64::try_from(count).unwrap_or(0);
    if words == 0 || words.saturating_mul(8) != body || body > LIMIT_BYTES {
        let told = format!("it states {count} words of 8 bytes, but {body} bytes follow");
        return Err(Error::corrupt(told).offset(4).advise(ADVICE));
    }
    Ok((hashes as u32, words))
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
    /// 2^64 divided by the number of bits, rounded down.
    reciprocal: u64,
}

impl BloomFilter {
    /// Reads a Filter.db, a piece at a time: of its bytes there is one copy, the filter.
    ///
    /// # Errors
    /// If it cannot be read, its length is not what it says, or there is no memory for it.
    pub fn open(source: &dyn Source, layout: FilterLayout) -> Result<Self> {
        let mut head = [0; HEAD_BYTES as usize];
        let head_length = head.len().min(usize::try_from(source.len()).unwrap_or(usize::MAX));
        let head = head.get_mut(..head_length).unwrap_or_default();
        source.read_exact(head, 0)?;
        let (hashes, count) = parse_head(head, source.len()).map_err(|error| error.at(source.path()))?;
        let mut words = room_for(count).map_err(|error| error.at(source.path()))?;
        let mut piece = vec![0; WORDS_AT_ONCE.saturating_mul(8)];
        let mut offset = HEAD_BYTES;
        while offset < source.len() {
            let left = usize::try_from(source.len().saturating_sub(offset)).unwrap_or(usize::MAX);
            let piece_length = piece.len().min(left);
            let piece = piece.get_mut(..piece_length).unwrap_or_default();
            source.read_exact(piece, offset)?;
            words.extend(layout.words(piece));
            offset = offset.saturating_add(piece.len() as u64);
        }
        Ok(Self::new(hashes, words))
    }

    /// Reads the bytes of a Filter.db.
    ///
    /// # Errors
    /// If the bytes are not as many as they say, or the number of hashes cannot be.
    pub fn parse(bytes: &[u8], layout: FilterLayout) -> Result<Self> {
        let (head, body) = bytes.split_at_checked(HEAD_BYTES as usize).unwrap_or((bytes, &[]));
        let (hashes, _) = parse_head(head, bytes.len() as u64)?;
        Ok(Self::new(hashes, layout.words(body).collect()))
    }

    fn new(hashes: u32, words: Vec<u64>) -> Self {
        // There is at least one word, and no more than that their bits can be counted.
        let bits = (words.len() as u64).saturating_mul(64);
        Self { hashes, reciprocal: u64::MAX.checked_div(bits).unwrap_or(0), words }
    }

    /// An empty filter with room for so many keys, at a chance of about 0.01 that it lets another one pass.
    pub fn for_keys(keys: u64) -> Self {
        let words = COMMON_SIZING.words(keys);
        Self::new(COMMON_SIZING.hashes, vec![0; usize::try_from(words).unwrap_or(usize::MAX)])
    }

    /// An empty filter of the size that Cassandra gives it (`FilterFactory.getFilter`) for so many keys, of which it may
    /// know only an estimate, and the table's `bloom_filter_fp_chance`. None at a chance of 1: such an SSTable has no
    /// Filter.db.
    ///
    /// # Errors
    /// If no filter has this chance, or it would be larger than Filter.db can be, or than memory.
    ///
    /// # Example
    /// ```
    /// use cqlite_sstable::component::BloomFilter;
    /// let filter = BloomFilter::with_chance(1_000_000, 0.01)?;
    /// assert_eq!(filter.map(|filter| filter.size_bytes()), Some(1_250_008));
    /// assert!(BloomFilter::with_chance(1_000_000, 1.0)?.is_none());
    /// # Ok::<(), cqlite_sstable::Error>(())
    /// ```
    pub fn with_chance(keys: u64, fp_chance: f64) -> Result<Option<Self>> {
        if fp_chance == 1.0 {
            return Ok(None);
        }
        let sizing = Sizing::for_chance(fp_chance)?;
        let words = sizing.words(keys);
        if words > LIMIT_BYTES / 8 {
            let told =
                format!("a bloom filter of {words} words for {keys} keys is larger than Filter.db can be");
            return Err(Error::invalid_input(told).advise("make several SSTables, or choose a larger chance"));
        }
        let mut all = room_for(words)?;
        all.resize(usize::try_from(words).unwrap_or(usize::MAX), 0);
        Ok(Some(Self::new(sizing.hashes, all)))
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
        self.missing_bit(hash).is_none()
    }

    /// The first bit of a key that is not set: the key with this hash was not added.
    #[inline]
    pub fn missing_bit(&self, hash: [u64; 2]) -> Option<u64> {
        let is_set =
            |bit: u64| self.words.get((bit >> 6) as usize).is_some_and(|word| word >> (bit & 63) & 1 == 1);
        self.bits(hash).find(|bit| !is_set(*bit))
    }

    /// The bits of a key: `abs((h1 + j * h0) % capacity)` in Java's arithmetic (`BloomFilter.setIndexes`).
    #[inline]
    fn bits(&self, [step, base]: [u64; 2]) -> impl Iterator<Item = u64> + use<> {
        let (capacity, reciprocal) = ((self.words.len() as u64).saturating_mul(64), self.reciprocal);
        (0..u64::from(self.hashes)).map(move |j| {
            // The remainder of a negative number is that of its amount, but for the sign.
            let amount = (base.wrapping_add(j.wrapping_mul(step)) as i64).unsigned_abs();
            remainder(amount, capacity, reciprocal)
        })
    }

    /// Writes a Filter.db, a few KiB at once (`BloomFilterSerializer`).
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, layout: FilterLayout, out: &mut dyn io::Write) -> io::Result<()> {
        let word_count = i32::try_from(self.words.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        out.write_all(&self.hashes.to_be_bytes())?;
        out.write_all(&word_count.to_be_bytes())?;
        let mut bytes = Vec::with_capacity(WORDS_AT_ONCE * 8);
        for words in self.words.chunks(WORDS_AT_ONCE) {
            bytes.clear();
            for word in words {
                bytes.extend_from_slice(&match layout {
                    FilterLayout::Bytes => word.to_le_bytes(),
                    FilterLayout::BigEndianWords => word.to_be_bytes(),
                });
            }
            out.write_all(&bytes)?;
        }
        Ok(())
    }

    /// Where in a Filter.db of this layout the byte with `bit` lies.
    pub fn offset_of(bit: u64, layout: FilterLayout) -> u64 {
        let byte = match layout {
            FilterLayout::Bytes => bit >> 3,
            FilterLayout::BigEndianWords => (bit >> 3) ^ 7,
        };
        HEAD_BYTES.saturating_add(byte)
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

/// An empty vector with room for so many words.
fn room_for(words: u64) -> Result<Vec<u64>> {
    let mut room = Vec::new();
    let count = usize::try_from(words).unwrap_or(usize::MAX);
    room.try_reserve_exact(count).map_err(|_| {
        let told = format!("there is no memory for a bloom filter of {words} words of 8 bytes");
        Error::new(ErrorKind::Io, told)
    })?;
    Ok(room)
}

/// `number % divisor`, where `reciprocal` is 2^64 divided by it, less at most 1: a multiplication instead of a
/// division. The quotient that it gives is right or too small by one.
#[inline]
fn remainder(number: u64, divisor: u64, reciprocal: u64) -> u64 {
    let quotient = (u128::from(number).wrapping_mul(u128::from(reciprocal)) >> 64) as u64;
    let left = number.wrapping_sub(quotient.wrapping_mul(divisor));
    if left >= divisor { left.wrapping_sub(divisor) } else { left }
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
    fn the_remainder_is_the_one_that_a_division_gives() {
        let numbers = (0..64).flat_map(|shift| {
            let power = 1_u64 << shift;
            [power - 1, power, power + 1, power.wrapping_mul(0x9E37_79B9_7F4A_7C15), u64::MAX - power]
        });
        for divisor in (1..2000).map(|words| words * 64).chain([1 << 32, 1 << 62, (1 << 40) - 64]) {
            for number in numbers.clone().chain([divisor - 1, divisor, 2 * divisor - 1]) {
                let found = remainder(number, divisor, u64::MAX / divisor);
                assert_eq!(found, number % divisor, "{number} % {divisor}");
            }
        }
    }

    #[test]
    fn bits_are_those_of_javas_signed_remainder() {
        let filter = BloomFilter::new(7, vec![0; 12_345]);
        for [step, base] in [[0, 1 << 63], [u64::MAX, 0], hash(1), hash(2), [1 << 63, u64::MAX >> 1]] {
            let java = (0..7).map(|j: u64| {
                let sum = (base as i64).wrapping_add((j as i64).wrapping_mul(step as i64));
                (sum % (12_345 * 64)).unsigned_abs()
            });
            assert!(filter.bits([step, base]).eq(java), "{step} {base}");
        }
    }

    #[test]
    fn the_byte_of_a_missing_bit_is_found_in_both_layouts() {
        for layout in [FilterLayout::Bytes, FilterLayout::BigEndianWords] {
            let mut bytes = vec![0, 0, 0, 3, 0, 0, 0, 2];
            bytes.extend([0xFF; 16]);
            let full = BloomFilter::parse(&bytes, layout).unwrap();
            assert_eq!(full.missing_bit(hash(5)), None);
            let bit = full.bits(hash(5)).next().unwrap();
            bytes[BloomFilter::offset_of(bit, layout) as usize] ^= 1 << (bit & 7);
            let filter = BloomFilter::parse(&bytes, layout).unwrap();
            assert_eq!(filter.missing_bit(hash(5)), Some(bit), "{layout:?}");
        }
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
    fn what_is_written_reads_back_in_both_layouts() {
        let mut filter = BloomFilter::with_chance(2 * WORDS_AT_ONCE as u64, 0.001).unwrap().unwrap();
        (0..1000).for_each(|key| filter.add(hash(key)));
        for layout in [FilterLayout::Bytes, FilterLayout::BigEndianWords] {
            let mut bytes = Vec::new();
            filter.write(layout, &mut bytes).unwrap();
            assert_eq!(bytes.len(), 8 + filter.size_bytes());
            assert_eq!(BloomFilter::parse(&bytes, layout).unwrap(), filter, "{layout:?}");
        }
    }

    #[test]
    fn a_filter_that_no_file_can_hold_is_refused() {
        let error = BloomFilter::with_chance(u64::MAX, 0.01).unwrap_err();
        assert!(error.message().contains("larger than Filter.db can be"), "{error}");
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
