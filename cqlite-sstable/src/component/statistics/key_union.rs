//! How many keys several SSTables have together.

use super::CardinalityEstimator;
use super::cardinality::{PRECISION, REGISTERS, SPARSE_PRECISION};
use super::key_sketch::{PENDING_LIMIT, SPARSE_LIMIT, place};

/// The union of the keys of several SSTables, by their sketches: what Cassandra estimates the output of a compaction by
/// (`SSTableReader.getApproximateKeyCount`, `HyperLogLogPlus.addAll`).
///
/// # Example
/// ```
/// use cqlite_sstable::component::statistics::{CardinalityEstimator, KeyUnion};
/// let mut union = KeyUnion::default();
/// union.add(&CardinalityEstimator::Sparse(vec![2, 4, 6]));
/// union.add(&CardinalityEstimator::Sparse(vec![4, 8]));
/// assert_eq!(union.keys(), Some(4));
/// ```
#[derive(Debug, Clone, Default)]
pub struct KeyUnion {
    sketch: Option<CardinalityEstimator>,
    /// One of the SSTables has a sketch of another kind, or none.
    is_unknown: bool,
}

impl KeyUnion {
    /// Adds the keys of an SSTable.
    pub fn add(&mut self, keys: &CardinalityEstimator) {
        use CardinalityEstimator::{Normal, Scylla, Sparse};
        let Some(sketch) = &mut self.sketch else {
            self.is_unknown |= matches!(keys, Scylla(_));
            self.sketch = Some(keys.clone());
            return;
        };
        match (&mut *sketch, keys) {
            (Scylla(_), _) | (_, Scylla(_)) => self.is_unknown = true,
            (Sparse(all), Sparse(more)) => {
                let united = united(all, more);
                *sketch = match united.len() > SPARSE_LIMIT.saturating_add(PENDING_LIMIT) {
                    true => Normal(registers(&united)),
                    false => Sparse(united),
                };
            }
            (Normal(all), Normal(more)) => raise(all, more),
            (Normal(all), Sparse(more)) => raise(all, &registers(more)),
            (Sparse(all), Normal(more)) => {
                let mut all = registers(all);
                raise(&mut all, more);
                *sketch = Normal(all);
            }
        }
    }

    /// How many keys there are, about; none if an SSTable has no sketch that tells.
    pub fn keys(&self) -> Option<u64> {
        let sketch = self.sketch.as_ref().filter(|_| !self.is_unknown)?;
        u64::try_from(sketch.cardinality()).ok()
    }
}

/// The elements of both, one for each place: the one with the longer run, which is the lesser number.
fn united(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut all = [a, b].concat();
    all.sort_unstable_by_key(|element| (place(*element), *element as i32));
    all.dedup_by_key(|element| place(*element));
    all
}

fn raise(all: &mut [u8], more: &[u8]) {
    for (register, other) in all.iter_mut().zip(more) {
        *register = (*register).max(*other);
    }
}

/// The normal form of a sparse sketch (`HyperLogLogPlus.convertToNormal`).
fn registers(elements: &[u32]) -> Vec<u8> {
    let mut registers = vec![0_u8; REGISTERS];
    for element in elements {
        let index = place(*element) >> (SPARSE_PRECISION.saturating_sub(PRECISION));
        if let Some(register) = registers.get_mut(index as usize) {
            *register = run_of(*element).max(*register);
        }
    }
    registers
}

/// The run of zeros behind the leading 13 bits, and one more.
fn run_of(element: u32) -> u8 {
    if element & 1 == 1 {
        return ((element >> 1) & 63 ^ 63) as u8;
    }
    let behind = element << (u32::BITS - 1 - SPARSE_PRECISION + PRECISION);
    (behind.leading_zeros() as u8).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::super::key_sketch::KeySketch;
    use super::*;

    fn sketch(keys: std::ops::Range<u32>) -> CardinalityEstimator {
        let mut sketch = KeySketch::new();
        keys.for_each(|key| sketch.add(&key.to_be_bytes()));
        sketch.finish()
    }

    fn union(sketches: &[CardinalityEstimator]) -> KeyUnion {
        let mut union = KeyUnion::default();
        sketches.iter().for_each(|sketch| union.add(sketch));
        union
    }

    #[test]
    fn the_union_is_estimated_as_one_sketch_of_all_keys_is() {
        // Sparse ones, sparse ones that become normal, and normal ones, with and without keys in common.
        for (a, b) in [(0..100, 50..300), (0..5_000, 4_000..9_000), (0..90_000, 50_000..200_000)] {
            let whole = sketch(a.start..b.end).cardinality();
            let both = [sketch(a.clone()), sketch(b.clone())];
            assert_eq!(union(&both).keys(), Some(whole as u64), "{a:?} {b:?}");
        }
        for (a, b) in [(0..50_000, 49_000..50_300), (0..300, 0..60_000)] {
            let whole = sketch(a.start..a.end.max(b.end)).cardinality();
            assert_eq!(union(&[sketch(a.clone()), sketch(b.clone())]).keys(), Some(whole as u64));
        }
    }

    #[test]
    fn sketches_of_another_kind_leave_the_union_unknown() {
        let scylla = CardinalityEstimator::Scylla(vec![0; 16]);
        assert_eq!(union(&[]).keys(), None);
        assert_eq!(union(std::slice::from_ref(&scylla)).keys(), None);
        assert_eq!(union(&[sketch(0..9), scylla]).keys(), None);
    }
}
