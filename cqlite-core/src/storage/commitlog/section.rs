//! The markers in front of sections (`CommitLogSegment.writeSyncMarker`).

use std::ops::Range;

use crc32fast::Hasher;

/// The bytes of a marker: where the next one stands, and a checksum of the segment's id and the marker's own place.
pub const MARKER_BYTES: u32 = 8;

/// What a disk writes as a whole, at least.
const SECTOR_BYTES: u32 = 512;

/// What stands where a marker is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    /// Zeros: nothing was written behind.
    End,
    /// The section ends there, in the file.
    Next(u32),
    /// The checksum is good, but the section would end before its marker, or behind the file.
    BadPosition(u32),
    /// A part of a marker, cut where a sector of the disk ends, beside zeros: it was being written when the power went.
    Torn,
    /// The checksum is wrong: it is no marker.
    BadChecksum,
}

/// The marker at `offset` of the file, for a section that ends at `next`.
pub(super) fn encode_marker(segment_id: i64, offset: u32, next: u32) -> [u8; MARKER_BYTES as usize] {
    let [a, b, c, d] = next.to_be_bytes();
    let [e, f, g, h] = checksum(segment_id, offset).to_be_bytes();
    [a, b, c, d, e, f, g, h]
}

/// Judges the bytes at `offset` of a file of `file_bytes`. The checksum does not cover the end of the section.
pub(super) fn decode_marker(
    bytes: [u8; MARKER_BYTES as usize],
    segment_id: i64,
    offset: u64,
    file_bytes: u64,
) -> Marker {
    let [a, b, c, d, e, f, g, h] = bytes;
    let (next, stored) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
    // Java counts in an int: a file of more than 2 GiB has no places beyond.
    let own = u32::try_from(offset).ok().filter(|own| i32::try_from(*own).is_ok());
    if own.is_none_or(|own| checksum(segment_id, own) != stored) {
        return match own {
            _ if bytes == [0; 8] => Marker::End,
            Some(own) if is_torn(bytes, segment_id, own) => Marker::Torn,
            _ => Marker::BadChecksum,
        };
    }
    let first_byte = offset.saturating_add(u64::from(MARKER_BYTES));
    let is_possible =
        i32::try_from(next).is_ok() && u64::from(next) >= first_byte && u64::from(next) <= file_bytes;
    if is_possible { Marker::Next(next) } else { Marker::BadPosition(next) }
}

/// Whether a marker at `offset` would be in two sectors.
pub(super) fn is_in_two_sectors(offset: u32) -> bool {
    offset % SECTOR_BYTES > SECTOR_BYTES - MARKER_BYTES
}

/// Whether one of two sectors has its part of a marker, as far as the checksum tells, and the other has zeros.
fn is_torn(bytes: [u8; MARKER_BYTES as usize], segment_id: i64, offset: u32) -> bool {
    if !is_in_two_sectors(offset) {
        return false;
    }
    let [.., a, b, c, d] = bytes;
    let expected = checksum(segment_id, offset).to_be_bytes();
    let in_first = (SECTOR_BYTES - offset % SECTOR_BYTES) as usize;
    let is_written = |places: Range<usize>| {
        let checksum = [a, b, c, d].into_iter().zip(expected).enumerate();
        checksum.filter(|(i, _)| places.contains(&(i + 4))).all(|(_, (there, wanted))| there == wanted)
    };
    let is_zero =
        |places: Range<usize>| bytes.get(places).is_some_and(|part| part.iter().all(|byte| *byte == 0));
    let end = MARKER_BYTES as usize;
    (is_written(0..in_first) && is_zero(in_first..end)) || (is_zero(0..in_first) && is_written(in_first..end))
}

/// The halves of the id are swapped.
fn checksum(segment_id: i64, offset: u32) -> u32 {
    let [a, b, c, d, e, f, g, h] = segment_id.to_be_bytes();
    let mut hasher = Hasher::new();
    hasher.update(&[e, f, g, h, a, b, c, d]);
    hasher.update(&offset.to_be_bytes());
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first marker of a segment that a node of 5.0.9 was drained from: an empty section.
    const DRAINED: [u8; 8] = [0, 0, 0, 0x1C, 0x20, 0x24, 0x36, 0xC9];
    const DRAINED_ID: i64 = 0x1a1_fcf9_d24d;

    #[test]
    fn markers_are_those_of_cassandra() {
        assert_eq!(encode_marker(DRAINED_ID, 20, 28), DRAINED);
        assert_eq!(decode_marker(DRAINED, DRAINED_ID, 20, 1 << 20), Marker::Next(28));
    }

    #[test]
    fn an_end_and_a_bad_place_and_no_marker_are_three_things() {
        let judge = |next, file_bytes| decode_marker(encode_marker(5, 100, next), 5, 100, file_bytes);
        assert_eq!(decode_marker([0; 8], 5, 100, 1000), Marker::End);
        assert_eq!(judge(108, 108), Marker::Next(108));
        assert_eq!(judge(99, 1000), Marker::BadPosition(99));
        // Cassandra would read this marker again for ever.
        assert_eq!(judge(100, 1000), Marker::BadPosition(100));
        assert_eq!(judge(1001, 1000), Marker::BadPosition(1001));
        assert_eq!(judge(0x8000_0000, u64::MAX), Marker::BadPosition(0x8000_0000));
        assert_eq!(decode_marker(encode_marker(5, 100, 200), 6, 100, 1000), Marker::BadChecksum);
        assert_eq!(decode_marker([0, 0, 0, 9, 0, 0, 0, 0], 5, 100, 1000), Marker::BadChecksum);
    }

    #[test]
    fn half_a_marker_is_torn_only_where_a_sector_ends() {
        for offset in 490..530 {
            let marker = encode_marker(5, offset, 0x0302);
            for cut in 1..8 {
                let (mut front, mut back) = (marker, marker);
                front[cut..].fill(0);
                back[..cut].fill(0);
                for half in [front, back].into_iter().filter(|half| *half != marker) {
                    let judged = decode_marker(half, 5, u64::from(offset), 1 << 30);
                    if half == [0; 8] {
                        // The bytes that were written are zeros themselves.
                        assert_eq!(judged, Marker::End, "{offset} {cut}");
                    } else if offset + cut as u32 == 512 {
                        // With all of its checksum it is a marker, but of another place.
                        assert!(matches!(judged, Marker::Torn | Marker::BadPosition(_)), "{offset} {cut}");
                    } else if !is_in_two_sectors(offset) {
                        assert!(
                            matches!(judged, Marker::BadChecksum | Marker::BadPosition(_)),
                            "{offset} {cut}"
                        );
                    }
                }
            }
        }
    }
}
