//! UUIDs: the most significant bits of their order first.

use crate::types::compare::uuid::{halves, signed_as_unsigned, timestamp_first, version};

fn write_halves(value: &[u8], out: &mut Vec<u8>, swizzled: impl FnOnce(u64, u64) -> (u64, u64)) {
    match halves(value) {
        Some((high, low)) => {
            let (high, low) = swizzled(high, low);
            out.extend_from_slice(&high.to_be_bytes());
            out.extend_from_slice(&low.to_be_bytes());
        }
        None => out.extend_from_slice(value),
    }
}

/// The version's four bits, then the timestamp of version 1 or all else as it is (`UUIDType`).
pub(super) fn write_by_version(value: &[u8], out: &mut Vec<u8>) {
    write_halves(value, out, |high, low| match version(high) {
        1 => (timestamp_first(high), low),
        version => ((version << 60) | ((high >> 4) & 0x0FFF_FFFF_FFFF_F000) | (high & 0xFFF), low),
    });
}

/// The timestamp, then eight signed bytes (`AbstractTimeUUIDType`).
pub(super) fn write_by_time(value: &[u8], out: &mut Vec<u8>) {
    write_halves(value, out, |high, low| (timestamp_first(high), signed_as_unsigned(low)));
}

/// Two signed halves (`LexicalUUIDType`).
pub(super) fn write_lexical(value: &[u8], out: &mut Vec<u8>) {
    write_halves(value, out, |high, low| (high ^ (1 << 63), low ^ (1 << 63)));
}
