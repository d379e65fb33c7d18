//! Keys and values. Nothing of them is kept: each is made from its number, the same for every engine and run.

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

/// The finalizer of SplitMix64: each number gets another one, and they look random.
pub fn scatter(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The key of a number. Counting up gives keys in random order, no two alike; keys of numbers that were never
/// written lie between the others, so that only a filter or a look into a block tells that they are absent.
pub fn key(number: u64) -> Key {
    let mut key = [0; KEY_BYTES];
    let (front, back) = key.split_at_mut(KEY_BYTES / 2);
    front.copy_from_slice(&scatter(number).to_be_bytes());
    back.copy_from_slice(&scatter(!number).to_be_bytes());
    key
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
