//! What a cache keeps of the entries between two samples.

use std::sync::Arc;

use super::{Located, RowsPlace};
use crate::component::IndexEntry;

/// Of no more bytes of Index.db entries are kept together.
pub(super) const CACHED_BYTES: u64 = 64 * 1024;

const POSITION_BYTES: usize = 4;
const PROMOTED_BYTES: usize = 8;
const TAIL_BYTES: usize = 16;

/// What an entry takes without a promoted index.
const SHORT_BYTES: usize = 2 + POSITION_BYTES;

/// Where the partitions of a stretch of Index.db are, each told by a tag of its key. The keys themselves are left out, for a
/// reader sees them in Data.db in any case: so the entries of a million keys of 16 bytes take 6 MB and not 23.
///
/// ```text
/// cached entries := low tags, high tags, positions, promoted indexes, tail
/// low tags       := a byte for each entry, made of its key
/// high tags      := another one for each
/// positions      := where each partition begins in Data.db, 4 bytes each, counted from the first
/// promoted       := where in Index.db each promoted index begins, counted from where the stretch begins, and its length,
///                   4 bytes each; nothing if no entry has one
/// tail           := where the first partition begins, 8 bytes; the length of the stretch, 4 bytes; how many entries there
///                   are, 2 bytes; 1 if there are promoted indexes, 2 bytes
/// ```
/// Numbers are little-endian.
#[derive(Debug, Clone)]
pub(super) struct CachedEntries {
    bytes: Arc<[u8]>,
    count: usize,
    has_promoted: bool,
    first_position: u64,
}

/// What [`CachedEntries::find`] says of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CachedSearch {
    /// It is in no entry.
    Absent,
    /// If it is in one, then in this.
    Candidate(Located),
    /// It may be in more than one.
    Unclear,
}

impl CachedEntries {
    /// Makes them of a stretch of Index.db that begins with an entry. None if it is not a row of whole entries, too long, or its
    /// partitions lie too far apart.
    pub(super) fn of(stretch: &[u8]) -> Option<Self> {
        if stretch.len() as u64 > CACHED_BYTES {
            return None;
        }
        let first_position = IndexEntry::parse(stretch, 0).ok()?.position;
        let (mut low, mut high) = (Vec::new(), Vec::new());
        let (mut positions, mut promoted, mut has_promoted) = (Vec::new(), Vec::new(), false);
        let mut at = 0;
        while at < stretch.len() {
            let entry = IndexEntry::parse(stretch.get(at..)?, at as u64).ok()?;
            let [low_tag, high_tag] = tags(entry.key);
            low.push(low_tag);
            high.push(high_tag);
            let position = entry.position.checked_sub(first_position)?;
            positions.extend_from_slice(&u32::try_from(position).ok()?.to_le_bytes());
            promoted.extend_from_slice(&u32::try_from(entry.promoted_offset).ok()?.to_le_bytes());
            promoted.extend_from_slice(&u32::try_from(entry.promoted_length_bytes).ok()?.to_le_bytes());
            has_promoted |= entry.promoted_length_bytes > 0;
            at = usize::try_from(entry.end()).ok()?;
        }
        if at != stretch.len() {
            return None;
        }
        if !has_promoted {
            promoted.clear();
        }
        let count = u16::try_from(low.len()).ok()?;
        let bytes: Arc<[u8]> = [
            &low,
            &high,
            &positions,
            &promoted,
            &first_position.to_le_bytes()[..],
            &u32::try_from(stretch.len()).ok()?.to_le_bytes(),
            &count.to_le_bytes(),
            &u16::from(has_promoted).to_le_bytes(),
        ]
        .concat()
        .into();
        Some(Self { bytes, count: usize::from(count), has_promoted, first_position })
    }

    /// Takes them out of a cache. None if they are of a stretch of another length.
    #[inline]
    pub(super) fn kept(bytes: Arc<[u8]>, length: u64) -> Option<Self> {
        let [p0, p1, p2, p3, p4, p5, p6, p7, l0, l1, l2, l3, c0, c1, h0, h1] =
            *bytes.last_chunk::<TAIL_BYTES>()?;
        let first_position = u64::from_le_bytes([p0, p1, p2, p3, p4, p5, p6, p7]);
        let count = usize::from(u16::from_le_bytes([c0, c1]));
        let has_promoted = u16::from_le_bytes([h0, h1]) == 1;
        let is_same = u64::from(u32::from_le_bytes([l0, l1, l2, l3])) == length;
        let entry_bytes = if has_promoted { SHORT_BYTES + PROMOTED_BYTES } else { SHORT_BYTES };
        let is_whole = count.checked_mul(entry_bytes)?.checked_add(TAIL_BYTES)? == bytes.len();
        (is_same && is_whole).then_some(Self { bytes, count, has_promoted, first_position })
    }

    /// To be kept in a cache.
    pub(super) fn into_bytes(self) -> Arc<[u8]> {
        self.bytes
    }

    /// Looks for a key in a stretch that begins at `start` of Index.db.
    #[inline]
    pub(super) fn find(&self, key: &[u8], start: u64) -> CachedSearch {
        let [low_tag, high_tag] = tags(key);
        let low = self.bytes.get(..self.count).unwrap_or_default();
        let high = self.bytes.get(self.count..).unwrap_or_default();
        let mut matching = memchr::memchr_iter(low_tag, low).filter(|at| high.get(*at) == Some(&high_tag));
        let Some(number) = matching.next() else { return CachedSearch::Absent };
        if matching.next().is_some() {
            return CachedSearch::Unclear;
        }
        self.located(number, start).map_or(CachedSearch::Unclear, CachedSearch::Candidate)
    }

    #[inline]
    fn located(&self, number: usize, start: u64) -> Option<Located> {
        let positions = self.count.checked_mul(2)?;
        let number_at = |from: usize, width: usize| {
            let at = from.checked_add(number.checked_mul(width)?)?;
            let bytes = self.bytes.get(at..)?.first_chunk::<4>()?;
            Some(u64::from(u32::from_le_bytes(*bytes)))
        };
        let position = self.first_position.checked_add(number_at(positions, POSITION_BYTES)?)?;
        let mut rows = RowsPlace::None;
        if self.has_promoted {
            let promoted = positions.checked_add(self.count.checked_mul(POSITION_BYTES)?)?;
            let offset = start.checked_add(number_at(promoted, PROMOTED_BYTES)?)?;
            let length = number_at(promoted.checked_add(4)?, PROMOTED_BYTES)?;
            rows = RowsPlace::of_promoted(offset, length);
        }
        Some(Located { position, rows, is_candidate: true })
    }
}

/// Two bytes of a key, which others seldom have in common with it.
#[inline]
fn tags(key: &[u8]) -> [u8; 2] {
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
    [(hash >> 56) as u8, (hash >> 48) as u8]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::component::EntrySearch;

    const START: u64 = 70_000;

    /// Entries of keys that have all lengths, and every fifth a promoted index if there are any.
    fn stretch(keys: u32, has_promoted: bool) -> (Vec<u8>, Vec<Vec<u8>>) {
        let (mut bytes, mut all) = (Vec::new(), Vec::new());
        for number in 0..keys {
            let mut key = number.to_be_bytes().to_vec();
            key.resize(4 + number as usize % 23, 7);
            bytes.extend((key.len() as u16).to_be_bytes());
            bytes.extend(&key);
            crate::encoding::write_uvint((1 << 40) | (u64::from(number) * 37), &mut bytes);
            let promoted = if has_promoted && number % 5 == 0 { 9 } else { 0 };
            bytes.push(promoted);
            bytes.resize(bytes.len() + usize::from(promoted), 0xEE);
            all.push(key);
        }
        (bytes, all)
    }

    #[test]
    fn each_key_is_where_a_search_of_all_entries_finds_it_unless_two_have_its_tags() {
        for (count, has_promoted) in [(1, false), (1, true), (128, false), (128, true), (900, true)] {
            let (bytes, keys) = stretch(count, has_promoted);
            let made = CachedEntries::of(&bytes).unwrap().into_bytes();
            let kept = CachedEntries::kept(made, bytes.len() as u64).unwrap();
            let mut unclear = 0;
            for key in &keys {
                let EntrySearch::Found(at) = IndexEntry::find(&bytes, key) else { panic!("{key:?}") };
                let entry = IndexEntry::parse(&bytes[at..], START + at as u64).unwrap();
                let (position, rows) = (entry.position, RowsPlace::promoted(&entry));
                match kept.find(key, START) {
                    CachedSearch::Unclear => unclear += 1,
                    found => {
                        let expected = Located { position, rows, is_candidate: true };
                        assert_eq!(found, CachedSearch::Candidate(expected));
                    }
                }
            }
            assert!(unclear * 10 <= keys.len(), "{unclear} of {count}");
        }
    }

    #[test]
    fn a_key_that_is_not_there_has_a_candidate_only_by_chance() {
        let (bytes, _) = stretch(128, false);
        let kept = CachedEntries::of(&bytes).unwrap();
        let is_absent = |key: &u32| kept.find(&key.to_be_bytes(), START) == CachedSearch::Absent;
        let absent = (2000_u32..6000).filter(is_absent).count();
        assert!((3900..4000).contains(&absent), "{absent}");
    }

    #[test]
    fn what_is_cut_off_too_long_or_of_another_length_is_not_taken() {
        let (bytes, _) = stretch(100, true);
        assert!(CachedEntries::of(&bytes[..bytes.len() - 1]).is_none());
        assert!(CachedEntries::of(&[]).is_none());
        assert!(CachedEntries::of(&stretch(10_000, false).0).is_none());
        let made = CachedEntries::of(&bytes).unwrap().into_bytes();
        assert!(CachedEntries::kept(Arc::clone(&made), bytes.len() as u64 + 1).is_none());
        assert!(CachedEntries::kept(Arc::from(&made[1..]), bytes.len() as u64).is_none());
        assert!(CachedEntries::kept(Arc::from([1]), 0).is_none());
    }
}
