//! Making a sketch of the partition keys.

use super::CardinalityEstimator;
use super::cardinality::{PRECISION, REGISTERS, SPARSE_PRECISION};

/// More elements than this turn the sparse form into the normal one.
pub(super) const SPARSE_LIMIT: usize = REGISTERS / 4 * 3;

/// So many elements are collected before they are merged with the others.
pub(super) const PENDING_LIMIT: usize = SPARSE_LIMIT / 4 + 1;

/// Collects partition keys into a [`CardinalityEstimator`] (stream-lib's `HyperLogLogPlus`). The same keys in the same
/// order give the bytes that Cassandra writes.
#[derive(Debug, Clone)]
pub(crate) struct KeySketch {
    /// For each value of the leading 13 bits of a hash, the longest run of zeros behind them.
    registers: Vec<u8>,
    /// The elements of the sparse form; none when there were too many.
    sparse: Option<Sparse>,
}

impl KeySketch {
    pub(crate) fn new() -> Self {
        Self { registers: vec![0; REGISTERS], sparse: Some(Sparse::default()) }
    }

    /// Adds a partition key.
    pub(crate) fn add(&mut self, key: &[u8]) {
        self.add_hash(hash2_64(key));
    }

    fn add_hash(&mut self, hash: u64) {
        let run = run_of_zeros(hash);
        if let Some(register) = self.registers.get_mut((hash >> (u64::BITS - PRECISION)) as usize) {
            *register = run.max(*register);
        }
        if let Some(sparse) = &mut self.sparse {
            sparse.pending.push(encode(hash, run));
            if sparse.pending.len() == PENDING_LIMIT {
                sparse.merge_pending();
                if sparse.elements.len() > SPARSE_LIMIT {
                    self.sparse = None;
                }
            }
        }
    }

    /// The sketch. It may be sparse with more elements than the limit, which is looked at only when so many have come.
    pub(crate) fn finish(self) -> CardinalityEstimator {
        match self.sparse {
            Some(mut sparse) => {
                sparse.merge_pending();
                CardinalityEstimator::Sparse(sparse.elements)
            }
            None => CardinalityEstimator::Normal(self.registers),
        }
    }
}

#[derive(Debug, Clone, Default)]
struct Sparse {
    elements: Vec<u32>,
    pending: Vec<u32>,
}

impl Sparse {
    /// Merges what is pending with the elements as stream-lib does it. Its two sides are in the order of their places,
    /// but it compares whole elements as signed numbers: the result need not be in any order, nor free of places that
    /// stand twice.
    fn merge_pending(&mut self) {
        self.pending.sort_unstable_by_key(|element| (place(*element), *element));
        self.pending.dedup_by_key(|element| place(*element));
        let mut merged = Vec::with_capacity(self.elements.len().saturating_add(self.pending.len()));
        let mut pending = self.pending.iter().copied().peekable();
        for element in self.elements.iter().copied() {
            let mut kept = element;
            while let Some(next) = pending.peek().copied() {
                if place(next) == place(element) {
                    kept = (element as i32).min(next as i32) as u32;
                    pending.next();
                    break;
                }
                if (element as i32) < next as i32 {
                    break;
                }
                merged.push(next);
                pending.next();
            }
            merged.push(kept);
        }
        merged.extend(pending);
        self.elements = merged;
        self.pending.clear();
    }
}

/// The zeros behind the leading 13 bits, and one more.
fn run_of_zeros(hash: u64) -> u8 {
    let behind = hash << PRECISION | 1 << (PRECISION - 1);
    (behind.leading_zeros() as u8).saturating_add(1)
}

/// An element: the leading 25 bits, and where the last 12 of these are zero the length of the run, complemented.
fn encode(hash: u64, run: u8) -> u32 {
    let leading = (hash >> (u64::BITS - SPARSE_PRECISION)) as u32;
    if leading.trailing_zeros() >= SPARSE_PRECISION - PRECISION {
        (leading << 6 | u32::from(run ^ 63)) << 1 | 1
    } else {
        leading << 1
    }
}

/// The leading 25 bits of the hash that an element was made from.
pub(super) fn place(element: u32) -> u32 {
    if element & 1 == 1 { element >> 7 } else { element >> 1 }
}

/// MurmurHash2 for 64 bits with Cassandra's difference: bytes behind the last whole block of 8 are extended with their
/// sign (`utils.MurmurHash.hash2_64` with seed 0).
fn hash2_64(key: &[u8]) -> u64 {
    const M: u64 = 0xC6A4_A793_5BD1_E995;
    let mix = |word: u64| {
        let word = word.wrapping_mul(M);
        (word ^ (word >> 47)).wrapping_mul(M)
    };
    let (blocks, tail) = key.as_chunks::<8>();
    let mut hash = M.wrapping_mul(key.len() as u64);
    for block in blocks {
        hash = (hash ^ mix(u64::from_le_bytes(*block))).wrapping_mul(M);
    }
    if !tail.is_empty() {
        let extended = |hash, (byte, shift): (&u8, u32)| hash ^ (*byte as i8 as u64) << shift;
        hash = tail.iter().zip((0..64).step_by(8)).fold(hash, extended).wrapping_mul(M);
    }
    hash = (hash ^ (hash >> 47)).wrapping_mul(M);
    hash ^ (hash >> 47)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_cassandra() {
        let golden: [(&[u8], i64); 4] = [
            (b"", 0),
            (&[0x80], 6680495636956922290),
            (b"partition key", 6562851984648407086),
            (&[1, 2, 3, 4, 5, 6, 7, 0xFF], -4417232256035052226),
        ];
        for (key, hash) in golden {
            assert_eq!(hash2_64(key) as i64, hash, "{key:?}");
        }
    }

    /// Lengths and CRC-32 of what `HyperLogLogPlus.getBytes` gave for the `int` keys from 0 on.
    #[test]
    fn sketches_have_the_bytes_of_stream_lib_sparse_and_normal() {
        let golden = [
            (1, 12, 0x9D47_AFFC),
            (1537, 4195, 0xC728_FFB4),
            (1538, 4197, 0x3ABF_CA36),
            (5000, 11797, 0x067A_9512),
            (6148, 5473, 0xD92B_A9E5),
            (7684, 5473, 0x3E82_83AA),
            (7685, 5473, 0x3E82_83AA),
            (100_000, 5473, 0x7402_2829_u32),
        ];
        for (keys, length, crc) in golden {
            let mut sketch = KeySketch::new();
            (0..keys).for_each(|key: i32| sketch.add(&key.to_be_bytes()));
            let bytes = sketch.finish().to_bytes();
            assert_eq!((bytes.len(), crc32fast::hash(&bytes)), (length, crc), "{keys} keys");
        }
    }
}
