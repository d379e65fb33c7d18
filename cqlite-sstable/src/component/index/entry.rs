//! One entry of Index.db.

use crate::encoding::{Bytes, DecodeError, write_uvint};

/// An entry of Index.db.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexEntry<'a> {
    /// The serialized partition key.
    pub key: &'a [u8],
    /// Where the partition begins in the uncompressed Data.db.
    pub position: u64,
    /// Where in Index.db the entry begins.
    pub offset: u64,
    /// Where in Index.db its promoted index would begin.
    pub promoted_offset: u64,
    /// The bytes of the promoted index: none if the partition is short.
    pub promoted_length_bytes: u64,
}

impl<'a> IndexEntry<'a> {
    /// Decodes the entry at the front of `bytes`, which lie at `offset` of the file.
    ///
    /// # Errors
    /// If the bytes end in front of its promoted index.
    #[inline]
    pub fn parse(bytes: &'a [u8], offset: u64) -> Result<Self, DecodeError> {
        let mut bytes = Bytes::new(bytes);
        let key = bytes.short_prefixed()?;
        let position = bytes.uvint()?;
        let promoted_length_bytes = bytes.length()? as u64;
        let promoted_offset = offset.saturating_add(bytes.position() as u64);
        Ok(Self { key, position, offset, promoted_offset, promoted_length_bytes })
    }

    /// Where in Index.db the next entry begins.
    pub fn end(&self) -> u64 {
        self.promoted_offset.saturating_add(self.promoted_length_bytes)
    }
}

/// Appends what an entry has in front of the length of its promoted index: the key and where the partition begins.
/// The key has 65,535 bytes at most.
#[inline]
pub(crate) fn write_entry_head(key: &[u8], position: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(&(key.len() as u16).to_be_bytes());
    out.extend_from_slice(key);
    write_uvint(position, out);
}

/// What [`IndexEntry::find`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntrySearch {
    /// The entry of the key begins at this place of the bytes.
    Found(usize),
    /// All entries up to this place are of other keys. There, an entry begins of which the bytes do not have all, or
    /// none, maybe behind their end.
    Passed(usize),
}

impl IndexEntry<'_> {
    /// Looks for the entry of `key` among those at the front of `bytes`. Nothing else is decoded.
    #[inline]
    pub fn find(bytes: &[u8], key: &[u8]) -> EntrySearch {
        let mut at = 0;
        while let Some(length) = bytes.get(at..).and_then(<[u8]>::first_chunk::<2>) {
            let key_start = at.saturating_add(2);
            let key_end = key_start.saturating_add(usize::from(u16::from_be_bytes(*length)));
            let Some(found) = bytes.get(key_start..key_end) else { break };
            if found == key {
                return EntrySearch::Found(at);
            }
            let Some(next) = behind_positions(bytes, key_end) else { break };
            at = next;
        }
        EntrySearch::Passed(at)
    }
}

/// Where the entry ends whose position in Data.db is at `at`.
#[inline]
fn behind_positions(bytes: &[u8], at: usize) -> Option<usize> {
    // The ones at the front of an unsigned vint count the bytes behind its first.
    let more = bytes.get(at)?.leading_ones() as usize;
    let promoted_at = at.saturating_add(more).saturating_add(1);
    match bytes.get(promoted_at)? {
        0 => promoted_at.checked_add(1),
        _ => {
            let mut rest = Bytes::from(bytes, promoted_at);
            let length = rest.length().ok()?;
            rest.position().checked_add(length)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_behind_others_with_short_and_long_positions_and_promoted_indexes() {
        let mut bytes = Vec::new();
        let mut places = Vec::new();
        let entries: [(&[u8], &[u8], usize); 5] = [
            (b"a", &[0], 0),
            (b"", &[0xC1, 2, 3], 3),
            (b"ab", &[0xFF, 0, 0, 0, 0, 0, 0, 0, 9], 0),
            (b"b", &[7], 200),
            (b"c", &[8], 0),
        ];
        for (key, position, promoted) in entries {
            places.push(bytes.len());
            bytes.extend([0, key.len() as u8]);
            bytes.extend(key);
            bytes.extend(position);
            match promoted {
                0..128 => bytes.push(promoted as u8),
                _ => bytes.extend([0x80, promoted as u8]),
            }
            bytes.resize(bytes.len() + promoted, 0xAA);
        }
        for ((key, ..), place) in entries.iter().zip(&places) {
            assert_eq!(IndexEntry::find(&bytes, key), EntrySearch::Found(*place));
            assert_eq!(IndexEntry::parse(&bytes[*place..], 0).unwrap().key, *key);
        }
        assert_eq!(IndexEntry::find(&bytes, b"x"), EntrySearch::Passed(bytes.len()));
        for length in 0..bytes.len() {
            let EntrySearch::Passed(passed) = IndexEntry::find(&bytes[..length], b"x") else {
                panic!("{length}")
            };
            assert!(places.contains(&passed) || passed == bytes.len(), "{length} {passed}");
        }
    }
}
