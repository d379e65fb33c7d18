//! For how many keys a Filter.db was made.

use cqlite_sstable::component::BloomFilter;

/// Bytes of Filter.db in front of the bits: how many hashes, and how many words follow.
const HEAD_BYTES: usize = 8;

/// The greatest number of keys that gives a filter as large as a file of so many bytes; none if no number does.
///
/// # Panics
/// If there are no filters of this chance of false positives.
pub fn keys_of_filter(file_bytes: usize, fp_chance: f64) -> Option<u64> {
    let bits_bytes = file_bytes - HEAD_BYTES;
    let bytes_for = |keys| {
        let filter = BloomFilter::with_chance(keys, fp_chance).expect("a chance that Cassandra takes");
        filter.expect("a chance below 1").size_bytes()
    };
    let (mut enough, mut too_many) = (0, bits_bytes as u64 * 8 + 1);
    while too_many - enough > 1 {
        let middle = enough.midpoint(too_many);
        if bytes_for(middle) <= bits_bytes { enough = middle } else { too_many = middle }
    }
    (bytes_for(enough) == bits_bytes).then_some(enough)
}
