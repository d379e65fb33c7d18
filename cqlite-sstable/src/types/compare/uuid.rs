//! The orders of UUIDs.

use std::cmp::Ordering;

use super::number::odd_length;

/// The two halves of a UUID as unsigned numbers.
pub(in crate::types) fn halves(value: &[u8]) -> Option<(u64, u64)> {
    let whole = u128::from_be_bytes(value.try_into().ok()?);
    Some(((whole >> 64) as u64, whole as u64))
}

/// The first half with the timestamp's most significant bits first, below the version.
pub(in crate::types) fn timestamp_first(high: u64) -> u64 {
    (high << 48) | ((high << 16) & 0xFFFF_0000_0000) | (high >> 32)
}

/// The four bits that tell the version.
pub(in crate::types) fn version(high: u64) -> u64 {
    (high >> 12) & 0xF
}

/// `uuid`: by version, then those of version 1 by time, all others by unsigned bytes (`UUIDType`).
pub(super) fn by_version(a: &[u8], b: &[u8]) -> Ordering {
    let (Some((high_a, low_a)), Some((high_b, low_b))) = (halves(a), halves(b)) else {
        return odd_length(a, b, 16);
    };
    let by_version = version(high_a).cmp(&version(high_b));
    let by_high = || match version(high_a) {
        1 => timestamp_first(high_a).cmp(&timestamp_first(high_b)),
        _ => high_a.cmp(&high_b),
    };
    by_version.then_with(by_high).then_with(|| low_a.cmp(&low_b))
}

/// `timeuuid`: by time, then by the other bytes, each with its sign (`AbstractTimeUUIDType`).
pub(super) fn by_time(a: &[u8], b: &[u8]) -> Ordering {
    let (Some((high_a, low_a)), Some((high_b, low_b))) = (halves(a), halves(b)) else {
        return odd_length(a, b, 16);
    };
    let by_time = (timestamp_first(high_a) as i64).cmp(&(timestamp_first(high_b) as i64));
    by_time.then_with(|| signed_as_unsigned(low_a).cmp(&signed_as_unsigned(low_b)))
}

/// Eight signed bytes as a number in their order.
pub(in crate::types) fn signed_as_unsigned(low: u64) -> u64 {
    low ^ 0x8080_8080_8080_8080
}

/// Two signed halves, as `java.util.UUID` (`LexicalUUIDType`).
pub(super) fn lexical(a: &[u8], b: &[u8]) -> Ordering {
    match (halves(a), halves(b)) {
        (Some((high_a, low_a)), Some((high_b, low_b))) => {
            (high_a as i64, low_a as i64).cmp(&(high_b as i64, low_b as i64))
        }
        _ => odd_length(a, b, 16),
    }
}
