//! The entries between two samples, as a cache keeps them.

use std::sync::Arc;

use crate::component::{EntrySearch, IndexEntry};

/// No more bytes of entries are kept together: their places have two bytes each.
pub(super) const CACHED_BYTES: u64 = 64 * 1024;

const PLACE_BYTES: usize = 2;

/// Entries of Index.db with a byte of each key, by which one is found without looking at the others.
///
/// ```text
/// cached entries := entries, tags, places, count
/// tags           := a byte for each entry, made of its key
/// places         := where each entry begins, 2 bytes each
/// count          := of the entries, 2 bytes
/// ```
/// Numbers are little-endian.
#[derive(Debug, Clone)]
pub(super) struct CachedEntries {
    bytes: Arc<[u8]>,
    entries: usize,
    count: usize,
}

impl CachedEntries {
    /// Makes them of what Index.db has. None if it is not a row of whole entries, or too long.
    pub(super) fn of(entries: &[u8]) -> Option<Self> {
        if entries.len() as u64 > CACHED_BYTES {
            return None;
        }
        let (mut tags, mut places) = (Vec::new(), Vec::new());
        let mut at = 0;
        while at < entries.len() {
            let entry = IndexEntry::parse(entries.get(at..)?, at as u64).ok()?;
            tags.push(tag(entry.key));
            places.extend_from_slice(&u16::try_from(at).ok()?.to_le_bytes());
            at = usize::try_from(entry.end()).ok()?;
        }
        if at != entries.len() {
            return None;
        }
        let count = u16::try_from(tags.len()).ok()?;
        let bytes: Arc<[u8]> = [entries, &tags, &places, &count.to_le_bytes()].concat().into();
        Some(Self { bytes, entries: entries.len(), count: usize::from(count) })
    }

    /// Takes them out of a cache. None if they are not of so many bytes of Index.db.
    #[inline]
    pub(super) fn kept(bytes: Arc<[u8]>, entries: u64) -> Option<Self> {
        let count = usize::from(u16::from_le_bytes(*bytes.last_chunk::<PLACE_BYTES>()?));
        let behind = count.checked_mul(1 + PLACE_BYTES)?.checked_add(PLACE_BYTES)?;
        let length = bytes.len().checked_sub(behind)?;
        (length as u64 == entries).then_some(Self { bytes, entries: length, count })
    }

    /// To be kept in a cache.
    pub(super) fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// The bytes of Index.db.
    #[inline]
    pub(super) fn entries(&self) -> &[u8] {
        self.bytes.get(..self.entries).unwrap_or_default()
    }

    /// As [`IndexEntry::find`].
    #[inline]
    pub(super) fn find(&self, key: &[u8]) -> EntrySearch {
        let tags_end = self.entries.saturating_add(self.count);
        let tags = self.bytes.get(self.entries..tags_end).unwrap_or_default();
        for number in memchr::memchr_iter(tag(key), tags) {
            let place_at = tags_end.saturating_add(number.saturating_mul(PLACE_BYTES));
            let place = self.bytes.get(place_at..).and_then(<[u8]>::first_chunk::<PLACE_BYTES>);
            let Some(place) = place.map(|place| usize::from(u16::from_le_bytes(*place))) else { break };
            let rest = self.entries().get(place..).unwrap_or_default();
            if IndexEntry::parse(rest, 0).is_ok_and(|entry| entry.key == key) {
                return EntrySearch::Found(place);
            }
        }
        EntrySearch::Passed(self.entries)
    }
}

/// A byte of a key, which others seldom have in common with it.
#[inline]
fn tag(key: &[u8]) -> u8 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let (words, rest) = key.as_chunks::<8>();
    let mut hash = key.len() as u64;
    for word in words {
        hash = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR);
        hash ^= hash >> 32;
    }
    for byte in rest {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(FACTOR);
    }
    (hash >> 56) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries of keys that have all lengths, and every fifth a promoted index.
    fn entries(keys: u32) -> (Vec<u8>, Vec<Vec<u8>>) {
        let (mut bytes, mut all) = (Vec::new(), Vec::new());
        for number in 0..keys {
            let mut key = number.to_be_bytes().to_vec();
            key.resize(4 + number as usize % 23, 7);
            bytes.extend((key.len() as u16).to_be_bytes());
            bytes.extend(&key);
            bytes.push((number % 128) as u8);
            let promoted = if number % 5 == 0 { 9 } else { 0 };
            bytes.push(promoted);
            bytes.resize(bytes.len() + usize::from(promoted), 0xEE);
            all.push(key);
        }
        (bytes, all)
    }

    #[test]
    fn each_key_is_found_where_a_search_of_all_entries_finds_it() {
        for count in [0, 1, 128, 1000] {
            let (bytes, keys) = entries(count);
            let made = CachedEntries::of(&bytes).unwrap();
            let kept = CachedEntries::kept(Arc::clone(made.bytes()), bytes.len() as u64).unwrap();
            assert_eq!(kept.entries(), bytes);
            for key in &keys {
                assert_eq!(kept.find(key), IndexEntry::find(&bytes, key));
                assert!(matches!(kept.find(key), EntrySearch::Found(_)));
            }
            for absent in 2000_u32..6000 {
                assert_eq!(kept.find(&absent.to_be_bytes()), EntrySearch::Passed(bytes.len()));
            }
        }
    }

    #[test]
    fn what_is_cut_off_too_long_or_of_another_length_is_not_taken() {
        let (bytes, _) = entries(100);
        assert!(CachedEntries::of(&bytes[..bytes.len() - 1]).is_none());
        assert!(CachedEntries::of(&entries(10_000).0).is_none());
        let made = CachedEntries::of(&bytes).unwrap();
        assert!(CachedEntries::kept(Arc::clone(made.bytes()), bytes.len() as u64 + 1).is_none());
        assert!(CachedEntries::kept(Arc::from([1]), 0).is_none());
        assert!(CachedEntries::kept(Arc::from([9, 9]), 0).is_none());
    }
}
