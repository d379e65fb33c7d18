//! Writing Rows.db (`RowIndexWriter`, `TrieIndexEntry`), in the layout of [`super`].

use std::cmp::Ordering;

use super::super::CutBlock;
use super::super::trie::{TriePayload, TrieWriter, not_ascending, shared_bytes};
use super::OPEN_DELETION_FLAG;
use crate::encoding::{sized_int_bytes, write_deletion_time, write_sized_int, write_uvint, write_vint};
use crate::error::{Error, Result};
use crate::io::SequentialFile;
use crate::row::{ClusteringOrder, DeletionTime};

/// What the newer form of a deletion takes if it is not live.
const DELETION_BYTES: usize = 12;

/// Makes the tries of blocks of one partition after another.
#[derive(Debug)]
pub(crate) struct RowsWriter {
    order: ClusteringOrder,
    trie: TrieWriter<Stored>,
    /// The last row or marker of the block before, byte-comparable.
    last: Vec<u8>,
    first: Vec<u8>,
    /// The separator in front of the last block.
    separator: Vec<u8>,
}

/// What stands at a separator: where a block begins, and the range deletion that is open there.
#[derive(Debug, Clone, Copy, Default)]
struct Stored {
    offset: i64,
    open_deletion: Option<[u8; DELETION_BYTES]>,
}

impl Stored {
    fn new(offset: u64, open_deletion: DeletionTime) -> Result<Self> {
        let offset = offset as i64;
        if sized_int_bytes(offset) >= usize::from(OPEN_DELETION_FLAG) {
            return Err(Error::unsupported("the partition exceeds 32 PiB").advise("write it as BIG"));
        }
        if open_deletion.is_live() {
            return Ok(Self { offset, open_deletion: None });
        }
        let mut bytes = Vec::with_capacity(DELETION_BYTES);
        write_deletion_time(open_deletion, true, &mut bytes)?;
        Ok(Self { offset, open_deletion: bytes.first_chunk().copied() })
    }
}

impl TriePayload for Stored {
    fn bits(&self) -> u8 {
        let flag = if self.open_deletion.is_some() { OPEN_DELETION_FLAG } else { 0 };
        flag | sized_int_bytes(self.offset) as u8
    }

    fn bytes(&self) -> usize {
        let deletion_bytes = if self.open_deletion.is_some() { DELETION_BYTES } else { 0 };
        sized_int_bytes(self.offset).saturating_add(deletion_bytes)
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_sized_int(self.offset, sized_int_bytes(self.offset), out);
        out.extend(self.open_deletion.iter().flatten());
    }
}

impl RowsWriter {
    /// For clusterings in this order.
    pub(crate) fn new(order: ClusteringOrder) -> Self {
        Self { order, trie: TrieWriter::new(), last: Vec::new(), first: Vec::new(), separator: Vec::new() }
    }

    /// Adds the next block of the partition. One that begins with a marker where the one before ended with another marker,
    /// which nothing can separate, becomes a part of that one.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] if blocks are not in order; a file that cannot be written; an open deletion
    /// that the version cannot hold.
    pub(crate) fn add(&mut self, block: &CutBlock<'_>, file: &mut SequentialFile) -> Result<()> {
        self.first.clear();
        self.order.write_byte_comparable(block.first, &mut self.first);
        let is_first_block = self.trie.count() == 0;
        let order = if is_first_block { Ordering::Greater } else { self.first.cmp(&self.last) };
        match order {
            Ordering::Greater => {
                self.separator.clear();
                if !is_first_block {
                    self.separate(shared_bytes(&self.last, &self.first));
                }
                self.trie.add(&self.separator, Stored::new(block.start, block.open_at_start)?, file)?;
            }
            Ordering::Equal if block.first.0.is_start() => {}
            _ => return Err(not_ascending().at(file.path())),
        }
        self.last.clear();
        self.order.write_byte_comparable(block.last, &mut self.last);
        Ok(())
    }

    /// Makes the least string that is greater than the last row or marker in the byte at `shared`
    /// (`ByteSource.separatorGt`), or in the first one behind it that is not FF (`RowIndexWriter.nudge`).
    fn separate(&mut self, shared: usize) {
        let filled = self.last.iter().skip(shared).take_while(|byte| **byte == u8::MAX).count();
        let at = shared.saturating_add(filled);
        self.separator.clear();
        self.separator.extend_from_slice(self.last.get(..at).unwrap_or(&self.last));
        self.separator.push(self.last.get(at).map_or(0, |byte| byte.saturating_add(1)));
    }

    /// Writes the rest of the trie and the entry of the partition, its key, start and deletion: where the entry begins.
    /// None if it has less than two blocks; they are forgotten. `rows_end` is the offset of the end-of-partition byte.
    ///
    /// # Errors
    /// As [`RowsWriter::add`].
    pub(crate) fn finish_partition(
        &mut self,
        (key, data_position, deletion): (&[u8], u64, DeletionTime),
        rows_end: u64,
        file: &mut SequentialFile,
    ) -> Result<Option<u64>> {
        let block_count = self.trie.count();
        if block_count == 0 {
            return Ok(None);
        }
        let mut entry = None;
        if block_count > 1 {
            let shared = shared_bytes(&self.last, &self.separator);
            self.separate(shared);
            self.trie.add(&self.separator, Stored::new(rows_end, DeletionTime::LIVE)?, file)?;
            let root = self.trie.finish(file)?;
            entry = Some(file.position());
            let key_length = key.len() as u16;
            file.buffer().extend_from_slice(&key_length.to_be_bytes());
            file.buffer().extend_from_slice(key);
            let base = file.position();
            let out = file.buffer();
            write_uvint(data_position, out);
            write_vint((root as i64).wrapping_sub(base as i64), out);
            write_uvint(block_count, out);
            write_deletion_time(deletion, true, out)?;
            file.settle()?;
        }
        self.trie.reset();
        Ok(entry)
    }
}
