//! Keys and values. Nothing of them is kept: each is made from its number, the same for every engine and run.

use cqlite_benches::load::RecordShape;
pub use cqlite_benches::scatter;

/// Bytes of a key.
pub const KEY_BYTES: usize = 16;
/// Bytes of a value.
pub const VALUE_BYTES: usize = 100;
/// The part of a value that repeats the rest of it, so that LZ4 makes about half of the value.
const REPEATED_BYTES: usize = VALUE_BYTES / 2;

/// A key.
pub type Key = [u8; KEY_BYTES];
/// A value.
pub type Value = [u8; VALUE_BYTES];

/// The key of a number, as all loads have it ([`RecordShape::key`]).
pub fn key(number: u64) -> Key {
    RecordShape::SMALL.key(number)
}

/// The value of a number: half of it random, then the same once more.
pub fn value(number: u64) -> Value {
    let mut value = [0; VALUE_BYTES];
    let (random, repeated) = value.split_at_mut(REPEATED_BYTES);
    let mut state = number;
    for word in random.chunks_mut(8) {
        state = scatter(state);
        for (byte, bits) in word.iter_mut().zip(state.to_le_bytes()) {
            *byte = bits;
        }
    }
    repeated.copy_from_slice(random);
    value
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{REPEATED_BYTES, key, value};

    #[test]
    fn keys_of_other_numbers_differ_and_absent_ones_lie_between_present_ones() {
        let present = (0..10_000).map(key).collect::<BTreeSet<_>>();
        assert_eq!(present.len(), 10_000);
        let (least, most) = (present.first().unwrap(), present.last().unwrap());
        let absent = (10_000..20_000).map(key).collect::<Vec<_>>();
        assert!(absent.iter().all(|key| !present.contains(key)));
        let between = absent.iter().filter(|key| *least < **key && **key < *most).count();
        assert!(between > 9_900, "only {between} of 10,000 absent keys lie between present ones");
    }

    #[test]
    fn half_of_a_value_repeats_the_other_half_and_nothing_else_does() {
        let (one, other) = (value(1), value(2));
        assert_eq!(one[..REPEATED_BYTES], one[REPEATED_BYTES..]);
        let words = |value: [u8; 100]| value[..48].chunks(8).map(<[u8]>::to_vec).collect::<Vec<_>>();
        let different = words(one).into_iter().chain(words(other)).collect::<BTreeSet<_>>();
        assert_eq!(different.len(), 12);
    }
}
