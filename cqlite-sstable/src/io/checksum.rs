//! The checksum of a stretch of a file, which can be computed in parts.

use std::ops::Range;

/// The CRC-32 of the bytes of a file from some offset on, as far as they were seen in order.
#[derive(Debug, Clone, Default)]
pub struct Checksum {
    hasher: crc32fast::Hasher,
    range: Option<Range<u64>>,
}

impl Checksum {
    /// Adds `bytes`, which lie at `offset`. Bytes that were added before, or lie behind a gap, are left out.
    pub fn update(&mut self, offset: u64, bytes: &[u8]) {
        let range = self.range.get_or_insert(offset..offset);
        if range.end == offset {
            self.hasher.update(bytes);
            range.end = offset.saturating_add(bytes.len() as u64);
        }
    }

    /// Adds the stretch that follows. False, and nothing is added, if it begins elsewhere than this one ends.
    pub fn append(&mut self, next: &Self) -> bool {
        match (&mut self.range, &next.range) {
            (_, None) => true,
            (None, Some(_)) => {
                self.clone_from(next);
                true
            }
            (Some(range), Some(next_range)) if range.end == next_range.start => {
                self.hasher.combine(&next.hasher);
                range.end = next_range.end;
                true
            }
            _ => false,
        }
    }

    /// The checksum, if it is that of a whole file of `length` bytes.
    pub fn of_whole_file(&self, length: u64) -> Option<u32> {
        (self.range == Some(0..length)).then(|| self.hasher.clone().finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_in_order_make_the_checksum_of_the_whole() {
        let bytes: Vec<u8> = (0..=255).collect();
        for cut in [0, 1, 100, 255, 256] {
            let (mut front, mut back) = (Checksum::default(), Checksum::default());
            front.update(0, &bytes[..cut]);
            back.update(cut as u64, &bytes[cut..]);
            back.update(cut as u64, &bytes[cut..]);
            assert!(front.append(&Checksum::default()) && front.append(&back));
            assert_eq!(front.of_whole_file(256), Some(crc32fast::hash(&bytes)), "{cut}");
            assert_eq!(front.of_whole_file(257), None);
        }
    }

    #[test]
    fn a_gap_is_no_part_of_it() {
        let (mut front, mut back) = (Checksum::default(), Checksum::default());
        front.update(0, b"ab");
        front.update(3, b"d");
        back.update(3, b"d");
        assert!(!front.append(&back));
        assert_eq!(front.of_whole_file(2), Some(crc32fast::hash(b"ab")));
        assert_eq!(back.of_whole_file(4), None);
    }
}
