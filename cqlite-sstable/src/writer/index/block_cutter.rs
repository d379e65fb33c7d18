//! Where blocks of rows begin and end (`SortedTablePartitionWriter`).

use crate::component::CutBlock;
use crate::row::{ClusteringPrefix, DeletionTime, PrefixBuffer};

/// Cuts the rows and markers of one partition after another into blocks. A partition that fits one block has none.
#[derive(Debug)]
pub(super) struct BlockCutter {
    block_bytes: u64,
    partition_start: u64,
    /// Where the current block begins, if it has begun.
    block_start: Option<u64>,
    /// Whether a block of this partition has ended.
    has_blocks: bool,
    first: PrefixBuffer,
    /// Of the current block, if there was one before it: nothing else needs it.
    last: PrefixBuffer,
    open_at_start: DeletionTime,
    open: DeletionTime,
}

impl BlockCutter {
    /// Ends a block as soon as it has `block_bytes`.
    pub(super) fn new(block_bytes: u32) -> Self {
        Self {
            block_bytes: u64::from(block_bytes),
            partition_start: 0,
            block_start: None,
            has_blocks: false,
            first: PrefixBuffer::bottom(),
            last: PrefixBuffer::bottom(),
            open_at_start: DeletionTime::LIVE,
            open: DeletionTime::LIVE,
        }
    }

    /// Begins a partition.
    #[inline]
    pub(super) fn start_partition(&mut self, position: u64) {
        self.partition_start = position;
        self.block_start = None;
        self.has_blocks = false;
        self.open = DeletionTime::LIVE;
    }

    /// Takes a row or marker that lies from `start` to `end`. The block that ends with it, if one does.
    #[inline]
    pub(super) fn push<'a>(
        &'a mut self,
        place: ClusteringPrefix<'a>,
        start: u64,
        end: u64,
        open_behind: DeletionTime,
    ) -> Option<CutBlock<'a>> {
        let block_start = match self.block_start {
            Some(block_start) => block_start,
            None => {
                self.first.set(place);
                self.open_at_start = self.open;
                *self.block_start.insert(start)
            }
        };
        self.open = open_behind;
        if end.saturating_sub(block_start) >= self.block_bytes {
            self.block_start = None;
            self.has_blocks = true;
            return Some(self.block(place, block_start, end));
        }
        if self.has_blocks {
            self.last.set(place);
        }
        None
    }

    /// The block that ends with the partition, `end` being behind its last byte: none if the one before was full, or
    /// if it would be the only one.
    #[inline]
    pub(super) fn finish_partition(&mut self, end: u64) -> Option<CutBlock<'_>> {
        let block_start = self.block_start.take().filter(|_| self.has_blocks)?;
        Some(self.block(self.last.as_prefix(), block_start, end))
    }

    fn block<'a>(&'a self, last: ClusteringPrefix<'a>, block_start: u64, end: u64) -> CutBlock<'a> {
        CutBlock {
            first: self.first.as_prefix(),
            last,
            start: block_start.saturating_sub(self.partition_start),
            width: end.saturating_sub(block_start),
            open_at_start: self.open_at_start,
            open_at_end: self.open,
        }
    }
}
