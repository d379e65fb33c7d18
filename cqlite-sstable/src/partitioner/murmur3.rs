//! MurmurHash3 for x64 of 128 bits, with Cassandra's difference: the bytes behind the last whole block of 16
//! are extended with their sign (`utils.MurmurHash.hash3_x64_128`).

const C1: u64 = 0x87C3_7B91_1142_53D5;
const C2: u64 = 0x4CF5_AD43_2745_937F;

/// The hash of `key`. The first half is the token of `Murmur3Partitioner`; both halves serve bloom filters.
pub fn hash3_x64_128(key: &[u8], seed: u64) -> [u64; 2] {
    let (blocks, tail) = key.as_chunks::<16>();
    let (mut h1, mut h2) = (seed, seed);
    for block in blocks {
        let (low, high) = halves(block);
        h1 = (h1 ^ mix_low(low)).rotate_left(27).wrapping_add(h2);
        h1 = h1.wrapping_mul(5).wrapping_add(0x52DC_E729);
        h2 = (h2 ^ mix_high(high)).rotate_left(31).wrapping_add(h1);
        h2 = h2.wrapping_mul(5).wrapping_add(0x3849_5AB5);
    }
    let (low_tail, high_tail) = tail.split_at(tail.len().min(8));
    // zero bytes mix to zero, so that an empty tail changes nothing
    h1 ^= mix_low(sign_extended(low_tail));
    h2 ^= mix_high(sign_extended(high_tail));

    h1 ^= key.len() as u64;
    h2 ^= key.len() as u64;
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    h1 = finalize(h1);
    h2 = finalize(h2);
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    [h1, h2]
}

fn halves(block: &[u8; 16]) -> (u64, u64) {
    let both = u128::from_le_bytes(*block);
    (both as u64, (both >> 64) as u64)
}

fn mix_low(k: u64) -> u64 {
    k.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2)
}

fn mix_high(k: u64) -> u64 {
    k.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1)
}

fn sign_extended(bytes: &[u8]) -> u64 {
    bytes.iter().zip((0..64).step_by(8)).fold(0, |k, (byte, shift)| k ^ ((*byte as i8 as u64) << shift))
}

fn finalize(mut k: u64) -> u64 {
    k ^= k >> 33;
    k = k.wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    k ^= k >> 33;
    k = k.wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    k ^ (k >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_are_those_of_cassandra() {
        let ascending: Vec<u8> = (0x80..=0x89).collect();
        let golden: [(&[u8], [i64; 2]); 4] = [
            (b"", [0, 0]),
            (b"a", [-8839064797231613815, -1822486391929534118]),
            (&[0x80, 0xFF, 0xFE], [-6888860804312826370, 5947725762276447832]),
            (&ascending, [-7623170703309721106, -1715437519427941125]),
        ];
        for (key, hash) in golden {
            assert_eq!(hash3_x64_128(key, 0).map(|half| half as i64), hash, "{key:?}");
        }
    }
}
