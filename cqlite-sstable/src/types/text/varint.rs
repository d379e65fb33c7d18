//! `varint`: two's complement bytes of any length, and their decimal digits.

use super::sink::TextSink;

/// The largest power of ten in 64 bits, and its zeros.
const CHUNK: u64 = 10_000_000_000_000_000_000;
const CHUNK_DIGITS: usize = 19;

/// Numbers of up to this many 64-bit limbs (1024 bits) need no memory from the heap.
const STACK_LIMBS: usize = 16;

/// The number in `bytes` where it fits: big-endian, two's complement.
#[inline]
fn small(bytes: &[u8]) -> Option<i128> {
    let negative = bytes.first().is_some_and(|&first| first >= 0x80);
    let start = if negative { -1_i128 } else { 0 };
    (bytes.len() <= 16).then(|| bytes.iter().fold(start, |value, &byte| (value << 8) | i128::from(byte)))
}

/// Whether the number in `bytes` is below zero.
pub(in crate::types) fn is_negative(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|&first| first >= 0x80)
}

/// Calls `with` once with the decimal digits of the magnitude of the number in `bytes`.
pub(in crate::types) fn with_magnitude<R>(bytes: &[u8], with: impl FnOnce(&[u8]) -> R) -> R {
    if let Some(value) = small(bytes) {
        return match u64::try_from(value.unsigned_abs()) {
            Ok(short) => with(itoa::Buffer::new().format(short).as_bytes()),
            Err(_) => with(itoa::Buffer::new().format(value.unsigned_abs()).as_bytes()),
        };
    }
    let count = bytes.len().div_ceil(8);
    if count <= STACK_LIMBS {
        // 1024 bits have 309 digits, rounded up to whole chunks.
        let (mut limbs, mut digits) = ([0; STACK_LIMBS], [0; CHUNK_DIGITS * 18]);
        return with(large(bytes, limbs.get_mut(..count).unwrap_or_default(), &mut digits));
    }
    // log10(2^64) is less than 19.27.
    let mut digits = vec![0; (count * 1927 / 1900 + 2) * CHUNK_DIGITS];
    with(large(bytes, &mut vec![0; count], &mut digits))
}

/// Pushes the number in `bytes`, which must not be empty.
pub(super) fn push_varint<S: TextSink + ?Sized>(bytes: &[u8], sink: &mut S) {
    if is_negative(bytes) {
        sink.push(b"-");
    }
    with_magnitude(bytes, |digits| sink.push(digits));
}

/// Fills `limbs` with the magnitude, then `digits` from the end by repeated division.
fn large<'d>(bytes: &[u8], limbs: &mut [u64], digits: &'d mut [u8]) -> &'d [u8] {
    let negative = is_negative(bytes);
    for (limb, chunk) in limbs.iter_mut().zip(bytes.rchunks(8)) {
        let start = if negative { u64::MAX } else { 0 };
        *limb = chunk.iter().fold(start, |value, &byte| (value << 8) | u64::from(byte));
    }
    if negative {
        let mut carry = true;
        for limb in limbs.iter_mut() {
            (*limb, carry) = (!*limb).overflowing_add(u64::from(carry));
        }
    }
    let (mut used, mut written) = (limbs.len(), 0);
    for group in digits.rchunks_mut(CHUNK_DIGITS) {
        while used > 0 && limbs.get(used - 1) == Some(&0) {
            used -= 1;
        }
        if used == 0 {
            break;
        }
        let mut rest = 0_u64;
        for limb in limbs.iter_mut().take(used).rev() {
            let part = (u128::from(rest) << 64) | u128::from(*limb);
            *limb = (part / u128::from(CHUNK)) as u64;
            rest = (part % u128::from(CHUNK)) as u64;
        }
        for digit in group.iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        written += group.len();
    }
    let text = digits.get(digits.len() - written..).unwrap_or_default();
    let zeros = text.iter().take_while(|&&c| c == b'0').count();
    match text.get(zeros..) {
        Some(rest) if !rest.is_empty() => rest,
        _ => b"0",
    }
}

/// The shortest two's complement bytes of a number of `digits` (ASCII digits only, checked by the caller).
pub(super) fn encode_decimal_digits(negative: bool, digits: &[u8]) -> Vec<u8> {
    let mut limbs: Vec<u64> = Vec::with_capacity(digits.len() / CHUNK_DIGITS + 1);
    for group in digits.chunks(CHUNK_DIGITS) {
        let value =
            group.iter().fold(0_u64, |value, &c| value.wrapping_mul(10).wrapping_add(u64::from(c - b'0')));
        let mut carry = u128::from(value);
        for limb in &mut limbs {
            let product = u128::from(*limb) * u128::from(10_u64.pow(group.len() as u32)) + carry;
            *limb = product as u64;
            carry = product >> 64;
        }
        if carry > 0 {
            limbs.push(carry as u64);
        }
    }
    // One limb more for the sign.
    limbs.push(0);
    if negative {
        let mut carry = true;
        for limb in &mut limbs {
            (*limb, carry) = (!*limb).overflowing_add(u64::from(carry));
        }
    }
    let bytes: Vec<u8> = limbs.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
    let filler = if negative && bytes.first() == Some(&0xFF) { 0xFF } else { 0 };
    let redundant = bytes
        .windows(2)
        .take_while(|pair| matches!(pair, [a, b] if *a == filler && (b & 0x80) == (filler & 0x80)))
        .count();
    bytes.get(redundant..).unwrap_or_default().to_vec()
}
