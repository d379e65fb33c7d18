//! The blocks of a partition's rows, whatever tells where they begin.

use crate::component::{IndexBlock, PromotedIndex, RowBlock, RowBlocksBackward, RowsEntry};
use crate::error::{Error, RESTORE, Result};
use crate::io::SourcePages;
use crate::row::{ClusteringOrder, ClusteringPrefix, DeletionTime};

/// A stretch of a partition at whose start reading can begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// Where it begins, counted from the start of the partition.
    pub(super) start: u64,
    /// Where it ends; none if that is where the partition ends.
    pub(super) end: Option<u64>,
    /// The range deletion that is open at its start.
    pub(super) open: DeletionTime,
}

/// What tells where the rows of one partition lie.
#[derive(Debug)]
pub(super) enum RowIndex {
    /// Nothing: they are one block.
    None(Block),
    /// The promoted index of the partition in Index.db.
    Promoted(Box<PromotedIndex>, Box<IndexBlock>),
    /// Its trie in Rows.db.
    Trie(Box<(RowsEntry, SourcePages)>),
}

/// Goes over blocks from the last to the first.
#[derive(Debug)]
pub(super) enum BlocksBackward {
    Single(Option<Block>),
    /// So many blocks are still to come.
    Promoted(u64),
    Trie(Box<RowBlocksBackward>),
}

impl RowIndex {
    pub(super) fn none(rows_start: u64) -> Self {
        Self::None(Block { start: rows_start, end: None, open: DeletionTime::LIVE })
    }

    pub(super) fn promoted(index: PromotedIndex) -> Self {
        Self::Promoted(Box::new(index), Box::default())
    }

    pub(super) fn trie(entry: RowsEntry, pages: SourcePages) -> Self {
        Self::Trie(Box::new((entry, pages)))
    }

    /// The block in which what is not less than `start` begins.
    pub(super) fn block_of_start(
        &mut self,
        start: ClusteringPrefix<'_>,
        order: &ClusteringOrder,
    ) -> Result<Block> {
        match self {
            Self::None(block) => Ok(*block),
            Self::Promoted(index, block) => {
                let (mut low, mut high) = (0, index.len().saturating_sub(1));
                while low < high {
                    let middle = low.midpoint(high);
                    index.read(middle, block)?;
                    if order.compare(block.last.as_prefix(), start).is_lt() {
                        low = middle.saturating_add(1);
                    } else {
                        high = middle;
                    }
                }
                promoted_block(index, block, low)
            }
            Self::Trie(trie) => {
                let (entry, pages) = &mut **trie;
                let mut form = Vec::new();
                order.write_byte_comparable(start, &mut form);
                if let Some(block) = entry.floor(pages, &form)? {
                    return Ok(trie_block(block));
                }
                // Everything is less: the last block ends without finding it.
                match entry.blocks_backward().next_block(pages)? {
                    Some(block) => Ok(trie_block(block)),
                    None => {
                        Err(Error::corrupt("the index of the rows of a partition is empty").advise(RESTORE))
                    }
                }
            }
        }
    }

    /// The blocks that can hold what is not greater than `end`, the last one first.
    pub(super) fn blocks_backward(
        &mut self,
        end: ClusteringPrefix<'_>,
        order: &ClusteringOrder,
    ) -> Result<BlocksBackward> {
        match self {
            Self::None(block) => Ok(BlocksBackward::Single(Some(*block))),
            Self::Promoted(index, block) => {
                let (mut low, mut high) = (0, index.len());
                while low < high {
                    let middle = low.midpoint(high);
                    index.read(middle, block)?;
                    if order.compare(block.first.as_prefix(), end).is_le() {
                        low = middle.saturating_add(1);
                    } else {
                        high = middle;
                    }
                }
                Ok(BlocksBackward::Promoted(low.max(1)))
            }
            Self::Trie(trie) => {
                let (entry, pages) = &mut **trie;
                let mut form = Vec::new();
                order.write_byte_comparable(end, &mut form);
                Ok(BlocksBackward::Trie(Box::new(entry.blocks_backward_from(pages, &form)?)))
            }
        }
    }

    /// The block in front of the one that was given last.
    pub(super) fn previous_block(&mut self, blocks: &mut BlocksBackward) -> Result<Option<Block>> {
        match (self, blocks) {
            (_, BlocksBackward::Single(block)) => Ok(block.take()),
            (Self::Promoted(index, block), BlocksBackward::Promoted(left)) => match left.checked_sub(1) {
                Some(number) => {
                    *left = number;
                    promoted_block(index, block, number).map(Some)
                }
                None => Ok(None),
            },
            (Self::Trie(trie), BlocksBackward::Trie(blocks)) => {
                let (_, pages) = &mut **trie;
                Ok(blocks.next_block(pages)?.map(trie_block))
            }
            _ => Ok(None),
        }
    }
}

/// Block `number` with the deletion that is open behind the one before.
fn promoted_block(index: &mut PromotedIndex, block: &mut IndexBlock, number: u64) -> Result<Block> {
    let open = match number.checked_sub(1) {
        Some(before) => {
            index.read(before, block)?;
            block.open_at_end
        }
        None => DeletionTime::LIVE,
    };
    index.read(number, block)?;
    let is_last = number.saturating_add(1) == index.len();
    let end = if is_last { None } else { Some(block.start.saturating_add(block.width)) };
    Ok(Block { start: block.start, end, open })
}

fn trie_block(block: RowBlock) -> Block {
    Block { start: block.start_offset, end: Some(block.end_offset), open: block.open_deletion }
}
