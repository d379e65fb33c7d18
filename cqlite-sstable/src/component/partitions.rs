//! Partitions.db: the trie of the partition keys of a BTI SSTable (`io.sstable.format.bti.PartitionIndex`).
//!
//! ```text
//! pages of the trie
//! u16 length, first key, u16 length, last key
//! i64 where the first key's length lies, i64 number of partitions, i64 root of the trie
//! ```
//! The strings of the trie are keys in their byte-comparable form, each cut as soon as it differs from its
//! neighbours: the trie never tells that a key is there, only which one it could be. No checksum covers it.

mod writer;

pub(crate) use writer::PartitionsWriter;

use std::path::Path;
use std::sync::Arc;

use super::field_reader::FieldReader;
use super::trie::{ADVICE, Forward, Node, Trie, broken, corrupt};
use crate::encoding::{Bytes, DecodeError};
use crate::error::{Error, Result};
use crate::io::{Pages, Source, SourceExt as _};

const FOOTER_BYTES: usize = 24;
/// Two keys with their lengths take no more.
const MOST_KEYS_BYTES: usize = 2 * (2 + u16::MAX as usize);
/// Payload bits from here on tell that a byte of the key's hash comes first.
const HASH_FLAG: u8 = 8;
/// A node with a position takes no less.
const LEAST_ENTRY_BYTES: u64 = 2;

/// A Partitions.db: what its end tells. The trie is read page by page, through [`Pages`] of the same file.
#[derive(Debug, Clone)]
pub struct Partitions {
    path: Arc<Path>,
    trie: Trie,
    key_count: u64,
    first_key: Vec<u8>,
    last_key: Vec<u8>,
}

/// Where a partition lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartitionPosition {
    /// It begins here in the uncompressed Data.db, and has no index of its rows.
    Data(u64),
    /// Its entry begins here in Rows.db: see [`super::Rows::entry`].
    Rows(u64),
}

/// What Partitions.db tells about a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionEntry {
    /// Where it lies.
    pub position: PartitionPosition,
    /// The lowest byte of the second half of the key's hash, [`crate::partitioner::hash3_x64_128`]. Cassandra
    /// always writes it.
    pub hash_byte: Option<u8>,
}

impl Partitions {
    /// Reads the end of the file, and checks it against the file's length.
    ///
    /// # Errors
    /// A failed read, or [`crate::ErrorKind::Corrupt`] if numbers and lengths do not fit the file.
    pub fn open(source: &dyn Source) -> Result<Self> {
        Self::read(source).map_err(|error| error.at(source.path()).advise(ADVICE))
    }

    fn read(source: &dyn Source) -> Result<Self> {
        let cut_off = || Error::corrupt("the file is shorter than its own end; it has been cut off");
        let footer_at = source.len().checked_sub(FOOTER_BYTES as u64).ok_or_else(cut_off)?;
        let mut footer = [0; FOOTER_BYTES];
        source.read_exact(&mut footer, footer_at)?;
        let mut fields = FieldReader::new("the end", &footer, footer_at);
        let keys_at = fields.read("the position of the first key", Bytes::u64)?;
        let key_count = fields.read("the number of partitions", Bytes::u64)?;
        let root_at = fields.offset();
        let root = fields.read("the root of the trie", Bytes::u64)?;
        let keys_bytes = footer_at.checked_sub(keys_at).and_then(|length| usize::try_from(length).ok());
        let Some(keys_bytes) = keys_bytes.filter(|length| *length <= MOST_KEYS_BYTES) else {
            let told = format!("{keys_at} is not shortly before the end");
            return Err(fields.broken("the position of the first key", footer_at, &told));
        };
        if key_count > keys_at / LEAST_ENTRY_BYTES {
            let told = format!("{key_count} partitions cannot lie in a trie of {keys_at} bytes");
            return Err(fields.broken("the number of partitions", footer_at.saturating_add(8), &told));
        }
        if root >= keys_at {
            let told = format!("{root} does not lie before the first key, which is at {keys_at}");
            return Err(fields.broken("the root of the trie", root_at, &told));
        }
        let mut keys = vec![0; keys_bytes];
        source.read_exact(&mut keys, keys_at)?;
        let mut fields = FieldReader::new("the keys", &keys, keys_at);
        let first_key = fields.read("the first key", Bytes::short_prefixed)?.to_vec();
        let last_key = fields.read("the last key", Bytes::short_prefixed)?.to_vec();
        if fields.remaining() > 0 {
            return Err(fields.broken("the last key", fields.offset(), &"there are bytes behind it"));
        }
        let trie = Trie { root, end: keys_at };
        Ok(Self { path: source.path().into(), trie, key_count, first_key, last_key })
    }

    /// How many partitions there are.
    pub fn key_count(&self) -> u64 {
        self.key_count
    }

    /// The first partition key of the SSTable.
    pub fn first_key(&self) -> &[u8] {
        &self.first_key
    }

    /// The last partition key of the SSTable.
    pub fn last_key(&self) -> &[u8] {
        &self.last_key
    }

    /// Where in the file the root of the trie lies.
    pub fn root(&self) -> u64 {
        self.trie.root
    }

    /// Where in the file the length of the first key lies.
    pub fn first_key_offset(&self) -> u64 {
        self.trie.end
    }

    /// Where in the file the length of the last key lies.
    pub fn last_key_offset(&self) -> u64 {
        self.trie.end.saturating_add(2).saturating_add(self.first_key.len() as u64)
    }

    /// Where in the file the number of partitions lies.
    pub fn key_count_offset(&self) -> u64 {
        let keys_end = self.last_key_offset().saturating_add(2).saturating_add(self.last_key.len() as u64);
        keys_end.saturating_add(8)
    }

    /// The only partition that can have this key, given in its byte-comparable form and with the lowest byte of
    /// the second half of its hash (`PartitionIndex.Reader.exactCandidate`).
    ///
    /// A candidate only: it is to be compared with the key that is stored at the position. None is certain, if
    /// the file is sound. `pages` are those of this file.
    ///
    /// # Errors
    /// A failed read, or a damaged trie.
    pub fn find(
        &self,
        pages: &mut dyn Pages,
        byte_comparable_key: &[u8],
        hash_byte: u8,
    ) -> Result<Option<PartitionPosition>> {
        let found = self.candidate(pages, byte_comparable_key).map_err(|error| error.at(&self.path))?;
        let fits = |entry: &PartitionEntry| entry.hash_byte.is_none_or(|byte| byte == hash_byte);
        Ok(found.filter(fits).map(|entry| entry.position))
    }

    fn candidate(&self, pages: &mut dyn Pages, key: &[u8]) -> Result<Option<PartitionEntry>> {
        let mut position = self.trie.root;
        let mut rest = key.iter();
        loop {
            let node = self.trie.node(pages, position)?;
            let failed = |error| broken(position, &error);
            let Some(byte) = rest.next() else {
                return if node.has_payload() { payload(&node, position).map(Some) } else { Ok(None) };
            };
            if let Some(child) = node.step(*byte).map_err(failed)?.child {
                position = child;
            } else if node.first_child_from(0).map_err(failed)?.is_some() || self.key_count == 0 {
                return Ok(None);
            } else {
                return payload(&node, position).map(Some);
            }
        }
    }

    /// All partitions, in the order of Data.db.
    ///
    /// # Errors
    /// A failed read, or a damaged trie.
    pub fn entries(&self, pages: &mut dyn Pages) -> Result<PartitionEntries> {
        let walk = Forward::all(self.trie, pages).map_err(|error| error.at(&self.path))?;
        Ok(PartitionEntries::new(self, walk, true))
    }

    /// The partitions from a byte-comparable key on, in the order of Data.db.
    ///
    /// Only the first of them may belong before that key, since the trie holds just the beginnings of keys: the
    /// caller compares its real key. All others are greater.
    ///
    /// # Errors
    /// As [`Partitions::entries`].
    pub fn entries_from(
        &self,
        pages: &mut dyn Pages,
        byte_comparable_key: &[u8],
    ) -> Result<PartitionEntries> {
        let walk = Forward::from(self.trie, pages, byte_comparable_key);
        Ok(PartitionEntries::new(self, walk.map_err(|error| error.at(&self.path))?, false))
    }
}

/// Goes through the partitions of a [`Partitions`]. It remembers a path of the trie and no more.
#[derive(Debug, Clone)]
pub struct PartitionEntries {
    path: Arc<Path>,
    walk: Forward,
    key_count: u64,
    key_count_at: u64,
    /// The node of the partition that was given last.
    node: u64,
    /// Whether the walk began at the first one, so that all are counted.
    whole: bool,
    /// How many were given.
    count: u64,
    /// The greatest positions so far.
    last_data: Option<PartitionPosition>,
    last_rows: Option<PartitionPosition>,
}

impl PartitionEntries {
    fn new(partitions: &Partitions, walk: Forward, whole: bool) -> Self {
        Self {
            path: Arc::clone(&partitions.path),
            walk,
            key_count: partitions.key_count,
            key_count_at: partitions.key_count_offset(),
            node: partitions.trie.root,
            whole,
            count: 0,
            last_data: None,
            last_rows: None,
        }
    }

    /// The next partition; `pages` are those of the same file.
    ///
    /// # Errors
    /// A failed read, a damaged trie, positions that do not ascend, or another number of partitions than the
    /// end of the file states.
    pub fn next_entry(&mut self, pages: &mut dyn Pages) -> Result<Option<PartitionEntry>> {
        self.advance(pages).map_err(|error| error.at(&self.path))
    }

    /// The beginning of the byte-comparable key of the partition that was given last: it is there to tell that
    /// key from its neighbours.
    pub fn prefix(&self) -> &[u8] {
        self.walk.path()
    }

    /// Where in the file the node of the partition lies that was given last.
    pub fn node(&self) -> u64 {
        self.node
    }

    fn advance(&mut self, pages: &mut dyn Pages) -> Result<Option<PartitionEntry>> {
        let (found, told) = (self.walk.next(pages)?, self.key_count);
        let Some(position) = found else {
            if self.whole && self.count != told {
                let count = self.count;
                let what = format!("the trie has {count} partitions, but the end of the file tells {told}");
                return Err(Error::corrupt(what).offset(self.key_count_at).advise(ADVICE));
            }
            return Ok(None);
        };
        self.node = position;
        let entry = payload(&self.walk.node(pages, position)?, position)?;
        let last = match entry.position {
            PartitionPosition::Data(_) => &mut self.last_data,
            PartitionPosition::Rows(_) => &mut self.last_rows,
        };
        if last.replace(entry.position).is_some_and(|last| last >= entry.position) {
            return Err(corrupt("the positions of partitions do not ascend", position));
        }
        self.count = self.count.saturating_add(1);
        if self.count > told {
            let what = format!("the trie has more partitions than the {told} that the end of the file tells");
            return Err(corrupt(what, position));
        }
        Ok(Some(entry))
    }
}

/// The payload of a node, which must have one.
fn payload(node: &Node<'_>, at: u64) -> Result<PartitionEntry> {
    let mut bytes = node.payload();
    let read = match node.payload_bits() {
        0 => Err(DecodeError::Invalid("a leaf of the trie has no position")),
        bits if bits < HASH_FLAG => bytes.sized_int(usize::from(bits)).map(|position| (None, position)),
        bits => bytes.u8().and_then(|hash_byte| {
            let size = usize::from(bits.abs_diff(HASH_FLAG)).saturating_add(1);
            Ok((Some(hash_byte), bytes.sized_int(size)?))
        }),
    };
    let (hash_byte, stored) = read.map_err(|error| broken(at, &error))?;
    let position = match u64::try_from(stored) {
        Ok(rows) => PartitionPosition::Rows(rows),
        Err(_) => PartitionPosition::Data((!stored).unsigned_abs()),
    };
    Ok(PartitionEntry { position, hash_byte })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{MemorySource, SourcePages};

    /// Four keys, as Cassandra wrote them: see docs/format/tries.md.
    const WRITTEN: [u8; 66] = *b"\x08\xdf\xff\x08\x22\xe4\x09\xaa\xfe\x83\x09\xb6\xfd\xfa\x50\x04\
        \x15\xa0\xb2\xed\x0e\x0b\x08\x04\x1a\x40\x00\x07mallory\x00\x05grace\
        \0\0\0\0\0\0\0\x1a\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\x18";

    fn opened(bytes: &[u8]) -> Result<(Partitions, SourcePages)> {
        let source = MemorySource::new("Partitions.db", bytes);
        Ok((Partitions::open(&source)?, SourcePages::new(Arc::new(source))))
    }

    fn all(bytes: &[u8]) -> Result<Vec<PartitionEntry>> {
        let (partitions, mut pages) = opened(bytes)?;
        let mut entries = partitions.entries(&mut pages)?;
        let mut all = Vec::new();
        while let Some(entry) = entries.next_entry(&mut pages)? {
            all.push(entry);
        }
        Ok(all)
    }

    fn changed(changes: &[(usize, u8)]) -> Vec<u8> {
        let mut bytes = WRITTEN.to_vec();
        changes.iter().for_each(|(at, byte)| bytes[*at] = *byte);
        bytes
    }

    #[test]
    fn positions_come_with_their_hashes_in_order() {
        let expected = [(0xDF, 0), (0x22, 27), (0xAA, 380), (0xB6, 517)].map(|(hash_byte, position)| {
            PartitionEntry { position: PartitionPosition::Data(position), hash_byte: Some(hash_byte) }
        });
        assert_eq!(all(&WRITTEN).unwrap(), expected);
        let (partitions, _) = opened(&WRITTEN).unwrap();
        assert_eq!(partitions.key_count(), 4);
        assert_eq!((partitions.first_key(), partitions.last_key()), (&b"mallory"[..], &b"grace"[..]));
    }

    #[test]
    fn a_search_needs_a_leaf_on_the_way_and_its_hash() {
        let (partitions, mut pages) = opened(&WRITTEN).unwrap();
        let mut find = |key: &[u8], hash| partitions.find(&mut pages, key, hash).unwrap();
        assert_eq!(find(b"\x40\xa0\x12\x34", 0x22), Some(PartitionPosition::Data(27)));
        assert_eq!(find(b"\x40\xa0", 0x22), Some(PartitionPosition::Data(27)));
        for (key, hash) in [(&b"\x40\xa0\x12"[..], 0x23), (b"\x40\xa1\x12", 0x22), (b"\x41\xa0", 0x22)] {
            assert_eq!(find(key, hash), None, "{key:02x?}");
        }
        assert_eq!((find(b"\x40", 0x22), find(b"", 0x22)), (None, None));
    }

    #[test]
    fn entries_begin_with_the_one_that_may_still_be_before_the_key() {
        let (partitions, mut pages) = opened(&WRITTEN).unwrap();
        let mut from = |key: &[u8]| {
            let mut entries = partitions.entries_from(&mut pages, key).unwrap();
            let first = entries.next_entry(&mut pages).unwrap();
            (first.map(|entry| entry.position), entries.prefix().to_vec())
        };
        assert_eq!(from(b""), (Some(PartitionPosition::Data(0)), b"\x40\x15".to_vec()));
        assert_eq!(from(b"\x40\xa0\xff"), (Some(PartitionPosition::Data(27)), b"\x40\xa0".to_vec()));
        assert_eq!(from(b"\x40\xa1"), (Some(PartitionPosition::Data(380)), b"\x40\xb2".to_vec()));
        assert_eq!(from(b"\x40\xee").0, None);
    }

    #[test]
    fn positions_may_come_without_a_hash_and_lead_to_rows() {
        let bytes = changed(&[(0, 0x02), (1, 0x7F), (2, 0xFF)]);
        let entry = PartitionEntry { position: PartitionPosition::Rows(0x7FFF), hash_byte: None };
        assert_eq!(all(&bytes).unwrap()[0], entry);
    }

    #[test]
    fn an_end_that_does_not_fit_the_file_is_an_error() {
        let (keys_at, count, root) = (0x2A, 0x32, 0x3A);
        for (changes, told) in [
            (&[(keys_at, 0x80)][..], "offset 42: the position of the first key of the end: "),
            (&[(keys_at + 7, 0x2B)], "offset 42: the position of the first key of the end: "),
            (&[(keys_at + 7, 0x19)], "offset 25: the first key of the keys: the bytes end too early"),
            (
                &[(keys_at + 7, 0x23), (0x24, 1)],
                "offset 38: the last key of the keys: the bytes end too early",
            ),
            (&[(0x24, 4)], "offset 41: the last key of the keys: there are bytes behind it"),
            (&[(count, 0x80)], "offset 50: the number of partitions of the end: "),
            (&[(count + 7, 14)], "offset 50: the number of partitions of the end: "),
            (&[(root, 0xFF)], "offset 58: the root of the trie of the end: "),
            (&[(root + 7, 0x1A)], "offset 58: the root of the trie of the end: "),
        ] {
            let error = opened(&changed(changes)).unwrap_err().to_string();
            assert!(error.starts_with(&format!("Partitions.db, {told}")), "{error}");
            assert!(error.ends_with(ADVICE), "{error}");
        }
        assert!(opened(&WRITTEN[..23]).unwrap_err().to_string().contains("cut off"));
    }

    #[test]
    fn partitions_that_are_met_twice_or_are_not_as_many_as_stated_are_an_error() {
        for (changes, told) in [
            (&[(0x15, 0x0E)][..], "offset 0: the positions of partitions do not ascend"),
            (&[(0x39, 5)], "the trie has 4 partitions, but the end of the file tells 5"),
            (&[(0x39, 3)], "offset 10: the trie has more partitions than the 3 that"),
            (&[(0, 0x00)], "offset 0: a node of the trie has neither children nor a payload"),
            (&[(0, 0x0F)], "offset 3: "),
        ] {
            let error = all(&changed(changes)).unwrap_err().to_string();
            assert!(error.starts_with("Partitions.db") && error.contains(told), "{error}");
        }
    }
}
