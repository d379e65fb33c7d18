//! Rows.db: tries of the blocks of wide partitions of a BTI SSTable (`io.sstable.format.bti.RowIndexReader`).
//!
//! ```text
//! for each partition of two blocks or more:
//!     nodes of its trie
//!     u16 length, key                            Partitions.db points here
//!     uvint position in Data.db, vint root of the trie, counted from the end of the key
//!     uvint32 number of blocks, deletion of the partition
//! ```
//! The strings of a trie are separators: in byte-comparable form, greater than all in the block before and not
//! greater than anything in their own. The first is empty; one more than there are blocks ends the last.
//! No checksum covers the file.

mod writer;

pub(crate) use writer::RowsWriter;

use std::path::Path;
use std::sync::Arc;

use super::field_reader::FieldReader;
use super::trie::{ADVICE, Backward, Forward, Node, Trie, broken, corrupt};
use crate::encoding::{Bytes, DecodeError, newer_deletion_time};
use crate::error::{Error, Result};
use crate::io::{Pages, Source};
use crate::row::DeletionTime;

/// This bit of a payload tells that a deletion follows the offset.
const OPEN_DELETION_FLAG: u8 = 8;
/// What can follow the key in an entry: three vints and a deletion.
const FIELDS_BYTES: u64 = 9 + 9 + 5 + 12;
/// A node with an offset takes no less.
const LEAST_SEPARATOR_BYTES: u64 = 2;

/// A Rows.db, read page by page through [`Pages`] of the same file.
#[derive(Debug, Clone)]
pub struct Rows {
    path: Arc<Path>,
    length: u64,
}

/// An entry of Rows.db: a partition with an index of its rows (`TrieIndexEntry`).
#[derive(Debug, Clone)]
pub struct RowsEntry {
    /// The partition key.
    pub key: Vec<u8>,
    /// Where the partition begins in the uncompressed Data.db.
    pub data_position: u64,
    /// How many blocks its rows are in.
    pub block_count: u32,
    /// The deletion of the partition.
    pub deletion: DeletionTime,
    path: Arc<Path>,
    /// Its trie ends where the entry begins.
    trie: Trie,
}

/// A stretch of rows and markers of a partition. Offsets count from the start of the partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowBlock {
    /// Where its first row or marker begins.
    pub start_offset: u64,
    /// Where the next block begins; for the last one, the end-of-partition byte.
    pub end_offset: u64,
    /// The range deletion that is open at its start; [`DeletionTime::LIVE`] if none is.
    pub open_deletion: DeletionTime,
}

/// What stands at a separator.
#[derive(Debug, Clone, Copy)]
struct Separator {
    offset: u64,
    open_deletion: DeletionTime,
}

impl Rows {
    /// Takes length and path of the file; nothing is read.
    pub fn new(source: &dyn Source) -> Self {
        Self { path: source.path().into(), length: source.len() }
    }

    /// The entry at a position that Partitions.db tells.
    ///
    /// # Errors
    /// A failed read, or [`crate::ErrorKind::Corrupt`] if there is no sound entry.
    pub fn entry(&self, pages: &mut dyn Pages, position: u64) -> Result<RowsEntry> {
        self.read_entry(pages, position).map_err(|error| error.at(&self.path).advise(ADVICE))
    }

    fn read_entry(&self, pages: &mut dyn Pages, position: u64) -> Result<RowsEntry> {
        let left = self.length.checked_sub(position).filter(|left| *left > 2);
        let Some(left) = left else {
            let length = self.length;
            let told = format!("Partitions.db points here, but the file has only {length} bytes");
            return Err(Error::corrupt(told).offset(position));
        };
        let mut key_length = [0; 2];
        pages.read_exact(&mut key_length, position)?;
        let key_length = u64::from(u16::from_be_bytes(key_length));
        let length = left.min(key_length.saturating_add(2).saturating_add(FIELDS_BYTES));
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        pages.read_exact(&mut bytes, position)?;
        let mut fields = FieldReader::new("the entry", &bytes, position);
        let key = fields.read("the partition key", Bytes::short_prefixed)?.to_vec();
        let base = fields.offset();
        let data_position = fields.read("the position in Data.db", Bytes::uvint)?;
        let root_at = fields.offset();
        let from_base = fields.read("the root of the trie", Bytes::vint)?;
        let root = base.checked_add_signed(from_base).filter(|root| *root < position);
        let root = root.ok_or_else(|| {
            fields.broken("the root of the trie", root_at, &"it does not lie before the entry")
        })?;
        let count_at = fields.offset();
        let count = fields.read("the number of blocks", Bytes::uvint32)?;
        let block_count = u32::try_from(count)
            .ok()
            .filter(|count| *count > 0 && u64::from(*count) < position / LEAST_SEPARATOR_BYTES);
        let block_count = block_count.ok_or_else(|| {
            let told = format!("{count} blocks cannot lie in a trie of less than {position} bytes");
            fields.broken("the number of blocks", count_at, &told)
        })?;
        let deletion = fields.read("the deletion of the partition", newer_deletion_time)?;
        let trie = Trie { root, end: position };
        let path = Arc::clone(&self.path);
        Ok(RowsEntry { key, data_position, block_count, deletion, path, trie })
    }
}

impl RowsEntry {
    /// The block in which reading begins for what is not less than `bound`, a clustering or bound in byte-comparable
    /// form (`RowIndexReader.separatorFloor`). None if all rows and markers are less.
    ///
    /// # Errors
    /// A failed read, or a damaged trie.
    pub fn floor(&self, pages: &mut dyn Pages, bound: &[u8]) -> Result<Option<RowBlock>> {
        self.blocks_from(pages, bound)?.next_block(pages)
    }

    /// All blocks in order.
    ///
    /// # Errors
    /// As [`RowsEntry::floor`].
    pub fn blocks(&self, pages: &mut dyn Pages) -> Result<RowBlocks> {
        self.blocks_from(pages, &[])
    }

    /// The blocks from that of [`RowsEntry::floor`] on, in order.
    ///
    /// # Errors
    /// As [`RowsEntry::floor`].
    pub fn blocks_from(&self, pages: &mut dyn Pages, bound: &[u8]) -> Result<RowBlocks> {
        self.seek(pages, bound).map_err(|error| error.at(&self.path))
    }

    fn seek(&self, pages: &mut dyn Pages, bound: &[u8]) -> Result<RowBlocks> {
        let nothing = || corrupt("the trie has no separator for the first block", self.trie.root);
        let position = self.trie.floor(pages, bound)?.ok_or_else(nothing)?;
        let start = separator(&self.trie.node(pages, position)?, position)?;
        let walk = Forward::after(self.trie, pages, bound)?;
        let blocks = Blocks { path: Arc::clone(&self.path), block_count: self.block_count, count: 0 };
        let whole = position == self.trie.root;
        Ok(RowBlocks { blocks, walk, start, nodes: [position; 2], whole, done: false })
    }

    /// All blocks, the last one first.
    pub fn blocks_backward(&self) -> RowBlocksBackward {
        let blocks = Blocks { path: Arc::clone(&self.path), block_count: self.block_count, count: 0 };
        RowBlocksBackward { blocks, walk: Backward::all(self.trie), end: None, whole: true, done: false }
    }

    /// The blocks that can hold what is not greater than `bound`, the last one first.
    ///
    /// # Errors
    /// As [`RowsEntry::floor`].
    pub fn blocks_backward_from(&self, pages: &mut dyn Pages, bound: &[u8]) -> Result<RowBlocksBackward> {
        self.seek_backward(pages, bound).map_err(|error| error.at(&self.path))
    }

    fn seek_backward(&self, pages: &mut dyn Pages, bound: &[u8]) -> Result<RowBlocksBackward> {
        let end = match Forward::after(self.trie, pages, bound)?.next(pages)? {
            Some(position) => Some(separator(&self.trie.node(pages, position)?, position)?.offset),
            None => None,
        };
        let walk = Backward::up_to(self.trie, pages, bound)?;
        let blocks = Blocks { path: Arc::clone(&self.path), block_count: self.block_count, count: 0 };
        Ok(RowBlocksBackward { blocks, walk, whole: end.is_none(), end, done: false })
    }
}

/// What both directions share: how many blocks there are, and how many were given.
#[derive(Debug, Clone)]
struct Blocks {
    path: Arc<Path>,
    block_count: u32,
    count: u32,
}

impl Blocks {
    /// The block between two separators. `at` is the position of a node of the trie.
    fn next(&mut self, start: Separator, end_offset: u64, at: u64) -> Result<Option<RowBlock>> {
        if start.offset >= end_offset {
            return Err(corrupt("the offsets of blocks do not ascend", at));
        }
        self.count = self.count.saturating_add(1);
        let told = self.block_count;
        if self.count > told {
            let what = format!("the trie has more blocks than the {told} that its entry tells");
            return Err(corrupt(what, at));
        }
        Ok(Some(RowBlock { start_offset: start.offset, end_offset, open_deletion: start.open_deletion }))
    }

    /// The end of a walk over blocks, of all if `whole`.
    fn finish(&self, whole: bool, root: u64) -> Result<Option<RowBlock>> {
        let (count, told) = (self.count, self.block_count);
        if whole && count != told {
            return Err(corrupt(format!("the trie has {count} blocks, but its entry tells {told}"), root));
        }
        Ok(None)
    }
}

/// Goes through blocks in order.
#[derive(Debug, Clone)]
pub struct RowBlocks {
    blocks: Blocks,
    walk: Forward,
    start: Separator,
    /// The nodes of the separators in front of the block that was given last and behind it.
    nodes: [u64; 2],
    whole: bool,
    done: bool,
}

impl RowBlocks {
    /// The next block; `pages` are those of the same file.
    ///
    /// # Errors
    /// A failed read, a damaged trie, offsets that do not ascend, or another number of blocks than the entry
    /// states.
    pub fn next_block(&mut self, pages: &mut dyn Pages) -> Result<Option<RowBlock>> {
        self.advance(pages).map_err(|error| error.at(&self.blocks.path))
    }

    /// The separator behind the block that was given last: greater than all in it, not greater than anything in
    /// the next one.
    pub fn end_separator(&self) -> &[u8] {
        self.walk.path()
    }

    /// Where in the file the nodes of two separators lie: of the one in front of the block that was given last, which
    /// tells of the block, and of the one behind it.
    pub fn nodes(&self) -> [u64; 2] {
        self.nodes
    }

    fn advance(&mut self, pages: &mut dyn Pages) -> Result<Option<RowBlock>> {
        if self.done {
            return Ok(None);
        }
        let Some(position) = self.walk.next(pages)? else {
            self.done = true;
            return self.blocks.finish(self.whole, self.walk.root());
        };
        let next = separator(&self.walk.node(pages, position)?, position)?;
        let start = std::mem::replace(&mut self.start, next);
        let [_, before] = self.nodes;
        self.nodes = [before, position];
        self.blocks.next(start, next.offset, position)
    }
}

/// Goes through blocks from the last to the first.
#[derive(Debug, Clone)]
pub struct RowBlocksBackward {
    blocks: Blocks,
    walk: Backward,
    /// The offset of the separator that was met last.
    end: Option<u64>,
    whole: bool,
    done: bool,
}

impl RowBlocksBackward {
    /// The block before the one that was given last; `pages` are those of the same file.
    ///
    /// # Errors
    /// As [`RowBlocks::next_block`].
    pub fn next_block(&mut self, pages: &mut dyn Pages) -> Result<Option<RowBlock>> {
        self.advance(pages).map_err(|error| error.at(&self.blocks.path))
    }

    fn advance(&mut self, pages: &mut dyn Pages) -> Result<Option<RowBlock>> {
        while !self.done {
            let Some(position) = self.walk.next(pages)? else {
                self.done = true;
                return self.blocks.finish(self.whole, self.walk.root());
            };
            let start = separator(&self.walk.node(pages, position)?, position)?;
            if let Some(end_offset) = self.end.replace(start.offset) {
                return self.blocks.next(start, end_offset, position);
            }
        }
        Ok(None)
    }
}

/// The payload of a node, which must have one.
fn separator(node: &Node<'_>, at: u64) -> Result<Separator> {
    read_separator(node).map_err(|error| broken(at, &error))
}

fn read_separator(node: &Node<'_>) -> Result<Separator, DecodeError> {
    let bits = node.payload_bits();
    let mut bytes = node.payload();
    let size = usize::from(bits & !OPEN_DELETION_FLAG);
    if size == 0 {
        return Err(DecodeError::Invalid("a separator of the trie has no offset"));
    }
    let offset = u64::try_from(bytes.sized_int(size)?);
    let offset = offset.map_err(|_| DecodeError::Invalid("the offset of a block is negative"))?;
    let open_deletion = match bits & OPEN_DELETION_FLAG {
        0 => DeletionTime::LIVE,
        _ => newer_deletion_time(&mut bytes)?,
    };
    Ok(Separator { offset, open_deletion })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{MemorySource, SourcePages};

    /// Five blocks, as Cassandra wrote them: see docs/format/tries.md.
    const WRITTEN: [u8; 89] = *b"\x0a\x10\xa8\x00\x06\x0a\x24\x18\x1e\x40\x0a\x6b\x01\x7d\xc4\
        \x0a\x21\x28\x00\x06\x0a\x24\x18\x1e\x40\x0a\x6b\x01\x7d\xc4\x50\x02\x83\xf1\x1e\x0f\
        \x0a\x31\xa8\x00\x06\x0a\x24\x18\x1e\x40\x0a\x6b\x01\x7d\xc4\x02\x42\x33\x50\x02\x5f\xcd\x12\x03\
        \x02\x52\xcc\x50\x03\x00\x01\x03\x21\x09\x03\x18\x00\x12\x80\x21\x40\x02\x28\
        \x00\x04\x00\x00\x00\x01\x00\x13\x05\x80";
    const ENTRY: u64 = 0x4F;
    const STARTS: [u64; 6] = [40, 4264, 8488, 12712, 16947, 21196];

    fn changed(changes: &[(usize, u8)]) -> (Rows, SourcePages) {
        let mut bytes = WRITTEN.to_vec();
        changes.iter().for_each(|(at, byte)| bytes[*at] = *byte);
        let source = MemorySource::new("Rows.db", bytes);
        (Rows::new(&source), SourcePages::new(Arc::new(source)))
    }

    fn forward(entry: &RowsEntry, pages: &mut dyn Pages, bound: &[u8]) -> Result<Vec<RowBlock>> {
        let mut blocks = entry.blocks_from(pages, bound)?;
        let mut all = Vec::new();
        while let Some(block) = blocks.next_block(pages)? {
            all.push(block);
        }
        assert!(blocks.next_block(pages)?.is_none());
        Ok(all)
    }

    fn backward(pages: &mut dyn Pages, mut blocks: RowBlocksBackward) -> Result<Vec<RowBlock>> {
        let mut all = Vec::new();
        while let Some(block) = blocks.next_block(pages)? {
            all.push(block);
        }
        assert!(blocks.next_block(pages)?.is_none());
        all.reverse();
        Ok(all)
    }

    #[test]
    fn an_entry_and_its_blocks_are_read_in_both_directions() {
        let (rows, mut pages) = changed(&[]);
        let entry = rows.entry(&mut pages, ENTRY).unwrap();
        assert_eq!((&entry.key[..], entry.data_position, entry.block_count), (&[0, 0, 0, 1][..], 0, 5));
        assert!(entry.deletion.is_live());
        let open = DeletionTime::build(0x0006_0A24_181E_400A, 0x6B01_7DC4);
        let expected: Vec<_> = STARTS
            .windows(2)
            .map(|pair| RowBlock {
                start_offset: pair[0],
                end_offset: pair[1],
                open_deletion: if [40, 16947].contains(&pair[0]) { DeletionTime::LIVE } else { open },
            })
            .collect();
        assert_eq!(forward(&entry, &mut pages, b"").unwrap(), expected);
        assert_eq!(backward(&mut pages, entry.blocks_backward()).unwrap(), expected);
        for (bound, number) in [
            (&b"\x40"[..], 0),
            (b"\x40\x80\x00\x00\x82\xff", 0),
            (b"\x40\x80\x00\x00\x83", 1),
            (b"\x40\x80\x00\x00\xf0\xff", 1),
            (b"\x40\x80\x00\x01", 2),
            (b"\x40\x80\x00\x02\x00", 4),
            (b"\x40\x80\x00\x03", 5),
            (b"\xff", 5),
        ] {
            assert_eq!(entry.floor(&mut pages, bound).unwrap().as_ref(), expected.get(number));
            assert_eq!(forward(&entry, &mut pages, bound).unwrap(), expected[number..]);
            let blocks = entry.blocks_backward_from(&mut pages, bound).unwrap();
            assert_eq!(backward(&mut pages, blocks).unwrap(), expected[..5.min(number + 1)]);
        }
    }

    #[test]
    fn an_entry_that_does_not_fit_the_file_is_an_error() {
        for (changes, position, told) in [
            (&[][..], 89, "offset 89: Partitions.db points here, but the file has only 89 bytes"),
            (&[], u64::MAX, "Partitions.db points here, but the file has only 89 bytes"),
            (&[(0x4F, 1)], ENTRY, "offset 79: the partition key of the entry: the bytes end too early"),
            (&[(0x56, 0)], ENTRY, "offset 86: the root of the trie of the entry: it does not lie before"),
            (&[(0x56, 0xFF)], ENTRY, "offset 86: the root of the trie of the entry: "),
            (&[(0x57, 0)], ENTRY, "offset 87: the number of blocks of the entry: 0 blocks"),
            (&[(0x57, 0x7F)], ENTRY, "offset 87: the number of blocks of the entry: 127 blocks"),
            (&[(0x58, 0x81)], ENTRY, "offset 88: the deletion of the partition of the entry: "),
        ] {
            let (rows, mut pages) = changed(changes);
            let error = rows.entry(&mut pages, position).unwrap_err().to_string();
            assert!(error.starts_with("Rows.db, offset ") && error.contains(told), "{error}");
            assert!(error.ends_with(ADVICE), "{error}");
        }
    }

    #[test]
    fn blocks_that_are_met_twice_or_are_not_as_many_as_stated_are_an_error() {
        for (changes, told) in [
            (&[(0x23, 0x1E)][..], "the offsets of blocks do not ascend"),
            (&[(0x57, 6)], "the trie has 5 blocks, but its entry tells 6"),
            (&[(0x57, 4)], "the trie has more blocks than the 4 that its entry tells"),
            (&[(0x33, 0x00)], "offset 51: a node of the trie has neither children nor a payload"),
            (&[(0x33, 0x08)], "offset 51: a separator of the trie has no offset"),
            (&[(0x34, 0x80)], "offset 51: the offset of a block is negative"),
            (&[(0x27, 0x81)], "offset 36: the flags of a partition deletion are none that exist"),
        ] {
            let (rows, mut pages) = changed(changes);
            let entry = rows.entry(&mut pages, ENTRY).unwrap();
            for read in [forward(&entry, &mut pages, b""), backward(&mut pages, entry.blocks_backward())] {
                let error = read.unwrap_err().to_string();
                assert!(error.starts_with("Rows.db, offset ") && error.contains(told), "{error}");
            }
        }
        let (rows, mut pages) = changed(&[(0x4B, 0x20)]);
        let entry = rows.entry(&mut pages, ENTRY).unwrap();
        let error = entry.floor(&mut pages, b"\x40").unwrap_err();
        assert_eq!(error.message(), "the trie has no separator for the first block");
    }
}
