//! The promoted index of a partition: where its blocks of rows begin (`RowIndexEntry`, `IndexInfo`).
//!
//! ```text
//! uvint           bytes from the start of the partition to its first unfiltered
//! deletion time   of the partition
//! uvint32         number of blocks, at least 2
//! block x n       first prefix, last prefix, uvint offset, vint width - 65536, u8 1 or 0, [deletion time]
//! i32 x n         where each block begins, counted from the first
//! ```

use std::ops::Range;
use std::sync::Arc;

use crate::encoding::{Bytes, DecodeError, RowLayout, read_prefix};
use crate::error::{Error, RESTORE, Result};
use crate::io::{Source, SourceExt as _};
use crate::row::{DeletionTime, PrefixBuffer};

/// What widths are told relative to, whatever the table's block size is (`IndexInfo.Serializer.WIDTH_BASE`).
pub(super) const WIDTH_BASE: i64 = 64 * 1024;

/// An index up to this size is read at once, a longer one block by block.
const WHOLE_BYTES: u64 = 64 * 1024;

/// The bytes in front of the blocks: two vints and a deletion time.
const HEAD_BYTES: u64 = 9 + 12 + 9;

/// No block is described by more: two clusterings of at most 64 KiB for each value.
const BLOCK_LIMIT_BYTES: u64 = 16 * 1024 * 1024;

const OFFSET_BYTES: u64 = 4;

/// A block of rows and markers of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexBlock {
    /// The clustering of its first row or marker.
    pub first: PrefixBuffer,
    /// The clustering of its last row or marker.
    pub last: PrefixBuffer,
    /// Where it begins, counted from the start of the partition.
    pub start: u64,
    /// How many bytes it has. Those of the last block count the end of the partition.
    pub width: u64,
    /// The range deletion that is open behind its last row or marker; live if there is none.
    pub open_at_end: DeletionTime,
}

impl Default for IndexBlock {
    fn default() -> Self {
        Self {
            first: PrefixBuffer::bottom(),
            last: PrefixBuffer::bottom(),
            start: 0,
            width: 0,
            open_at_end: DeletionTime::LIVE,
        }
    }
}

/// The promoted index of one partition. Blocks are read when they are asked for.
#[derive(Debug)]
pub struct PromotedIndex {
    source: Arc<dyn Source>,
    layout: Arc<RowLayout>,
    /// Where in Index.db it lies.
    range: Range<u64>,
    header_length: u64,
    deletion: DeletionTime,
    count: u64,
    blocks_start: u64,
    /// Where the block that was read last is described.
    block_at: u64,
    /// Bytes of the file from `window_start` on.
    window: Vec<u8>,
    window_start: u64,
}

impl PromotedIndex {
    /// Reads the head of the promoted index at `range` of Index.db, as an [`super::IndexEntry`] tells it.
    ///
    /// # Errors
    /// If it cannot be read or contradicts the format.
    pub fn open(source: Arc<dyn Source>, layout: Arc<RowLayout>, range: Range<u64>) -> Result<Self> {
        let range_start = range.start;
        let mut index = Self {
            source,
            layout,
            range,
            header_length: 0,
            deletion: DeletionTime::LIVE,
            count: 0,
            blocks_start: 0,
            block_at: range_start,
            window: Vec::new(),
            window_start: 0,
        };
        index.read_head()?;
        Ok(index)
    }

    fn read_head(&mut self) -> Result<()> {
        let length = self.range.end.saturating_sub(self.range.start);
        let head = if length <= WHOLE_BYTES { length } else { HEAD_BYTES };
        let start = self.range.start;
        if self.range.end > self.source.len() {
            return Err(self.broken(start, "the promoted index runs past the end of the file"));
        }
        self.load(start..start.saturating_add(head))?;
        let mut bytes = Bytes::new(&self.window);
        let parsed = (|| {
            let header_length = bytes.uvint()?;
            let deletion = self.layout.deltas.partition_deletion(&mut bytes)?;
            Ok::<_, DecodeError>((header_length, deletion, bytes.length()? as u64))
        })();
        let read = bytes.position() as u64;
        let (header_length, deletion, count) =
            parsed.map_err(|error| self.broken(start, &error.to_string()))?;
        let left = length.saturating_sub(read);
        if count < 2 || count.saturating_mul(OFFSET_BYTES) > left {
            return Err(
                self.broken(start, &format!("{count} blocks do not fit a promoted index of {length} bytes"))
            );
        }
        (self.header_length, self.deletion, self.count) = (header_length, deletion, count);
        self.blocks_start = start.saturating_add(read);
        Ok(())
    }

    /// How many blocks there are: at least 2.
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether there are no blocks, which cannot be.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The bytes from the start of the partition to its first row or marker.
    pub fn header_length(&self) -> u64 {
        self.header_length
    }

    /// The deletion of the partition.
    pub fn partition_deletion(&self) -> DeletionTime {
        self.deletion
    }

    /// Where in Index.db it begins, for errors.
    pub fn offset(&self) -> u64 {
        self.range.start
    }

    /// Where in Index.db the block that was read last is described.
    pub fn block_offset(&self) -> u64 {
        self.block_at
    }

    /// Reads block `number` into `block`.
    ///
    /// # Errors
    /// If there is none of this number, it cannot be read, or it contradicts the format.
    pub fn read(&mut self, number: u64, block: &mut IndexBlock) -> Result<()> {
        let range = self.block_range(number)?;
        self.block_at = range.start;
        self.load(range.clone())?;
        let skipped = range.start.saturating_sub(self.window_start) as usize;
        let length = range.end.saturating_sub(range.start) as usize;
        let bytes = self.window.get(skipped..skipped.saturating_add(length)).unwrap_or_default();
        let mut bytes = Bytes::new(bytes);
        let parsed = (|| {
            read_prefix(&mut bytes, &self.layout.clustering, &mut block.first)?;
            read_prefix(&mut bytes, &self.layout.clustering, &mut block.last)?;
            block.start = bytes.uvint()?;
            let width = bytes.vint()?.wrapping_add(WIDTH_BASE);
            block.width =
                u64::try_from(width).map_err(|_| DecodeError::Invalid("a block has a negative width"))?;
            block.open_at_end = match bytes.u8()? {
                0 => DeletionTime::LIVE,
                1 => self.layout.deltas.partition_deletion(&mut bytes)?,
                _ => return Err(DecodeError::Invalid("the sign of an open marker is neither 0 nor 1")),
            };
            match bytes.remaining() {
                0 => Ok(()),
                _ => Err(DecodeError::Invalid("a block of the promoted index is shorter than its place")),
            }
        })();
        parsed.map_err(|error| self.broken(range.start, &error.to_string()))
    }

    /// Where in Index.db block `number` is described.
    fn block_range(&mut self, number: u64) -> Result<Range<u64>> {
        let offsets_start = self.range.end.saturating_sub(self.count.saturating_mul(OFFSET_BYTES));
        if number >= self.count {
            return Err(self.broken(offsets_start, &format!("there is no block {number} of {}", self.count)));
        }
        let place = offsets_start.saturating_add(number.saturating_mul(OFFSET_BYTES));
        let is_last = number.saturating_add(1) == self.count;
        let wanted = place..place.saturating_add(if is_last { OFFSET_BYTES } else { 2 * OFFSET_BYTES });
        self.load(wanted)?;
        let skipped = place.saturating_sub(self.window_start) as usize;
        let mut bytes = Bytes::new(self.window.get(skipped..).unwrap_or_default());
        let mut next = || bytes.i32().ok().and_then(|offset| u64::try_from(offset).ok());
        let (start, end) =
            (next(), if is_last { Some(offsets_start.saturating_sub(self.blocks_start)) } else { next() });
        let limit = offsets_start.saturating_sub(self.blocks_start);
        match (start, end) {
            (Some(start), Some(end))
                if start < end && end <= limit && end.saturating_sub(start) <= BLOCK_LIMIT_BYTES =>
            {
                Ok(self.blocks_start.saturating_add(start)..self.blocks_start.saturating_add(end))
            }
            _ => {
                Err(self
                    .broken(place, &format!("the offset of block {number} leads out of the promoted index")))
            }
        }
    }

    /// Makes the bytes of `range` present in the window.
    fn load(&mut self, range: Range<u64>) -> Result<()> {
        let window_end = self.window_start.saturating_add(self.window.len() as u64);
        if self.window_start <= range.start && range.end <= window_end && !self.window.is_empty() {
            return Ok(());
        }
        let size = range.end.min(self.source.len()).saturating_sub(range.start);
        self.window.resize(size as usize, 0);
        self.window_start = range.start;
        self.source.read_exact(&mut self.window, range.start)
    }

    fn broken(&self, offset: u64, what: &str) -> Error {
        Error::corrupt(what).at(self.source.path()).offset(offset).advise(RESTORE)
    }
}
