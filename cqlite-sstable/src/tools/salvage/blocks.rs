//! Where in a partition reading can begin again.

use std::ops::Range;
use std::sync::Arc;

use super::known::{Known, RowsPlace};
use crate::component::{Component, IndexBlock, PromotedIndex, RowBlocks, Rows};
use crate::error::Result;
use crate::io::SourcePages;
use crate::reader::Sstable;
use crate::row::{DeletionTime, PrefixBuffer};

/// A place in a partition at which a row or marker begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// Where, in the uncompressed data.
    pub(super) position: u64,
    /// The range deletion that is open there; none if it is not known.
    pub(super) open: Option<DeletionTime>,
    /// The place of the row or marker, where the index tells it.
    pub(super) first: Option<PrefixBuffer>,
}

/// The blocks of one partition in order.
pub(super) struct Blocks {
    start: u64,
    deletion: DeletionTime,
    walk: Walk,
}

enum Walk {
    Promoted { index: Box<PromotedIndex>, next: u64, open: Option<DeletionTime> },
    Trie { blocks: Box<RowBlocks>, pages: SourcePages },
}

impl Blocks {
    /// The blocks of a partition, if it has an index of its rows that can be read.
    pub(super) fn open(sstable: &Sstable, known: &Known) -> Result<Option<Self>> {
        let (deletion, walk) = match &known.rows {
            RowsPlace::None => return Ok(None),
            RowsPlace::Promoted(range) => promoted(sstable, range)?,
            RowsPlace::Trie(offset) => {
                let source = sstable.files().open(Component::Rows)?;
                let mut pages = SourcePages::new(Arc::clone(&source));
                let entry = Rows::new(&*source).entry(&mut pages, *offset)?;
                let blocks = Box::new(entry.blocks(&mut pages)?);
                (entry.deletion, Walk::Trie { blocks, pages })
            }
        };
        Ok(Some(Self { start: known.position, deletion, walk }))
    }

    /// The deletion of the partition.
    pub(super) fn partition_deletion(&self) -> DeletionTime {
        self.deletion
    }

    /// The next block; blocks that cannot be read are left out.
    pub(super) fn next_block(&mut self) -> Result<Option<Block>> {
        match &mut self.walk {
            Walk::Promoted { index, next, open } => {
                let mut block = IndexBlock::default();
                while *next < index.len() {
                    let number = *next;
                    *next = next.saturating_add(1);
                    if index.read(number, &mut block).is_err() {
                        *open = None;
                        continue;
                    }
                    let position = self.start.saturating_add(block.start);
                    let open = open.replace(block.open_at_end);
                    return Ok(Some(Block { position, open, first: Some(block.first) }));
                }
                Ok(None)
            }
            Walk::Trie { blocks, pages } => Ok(blocks.next_block(pages)?.map(|block| Block {
                position: self.start.saturating_add(block.start_offset),
                open: Some(block.open_deletion),
                first: None,
            })),
        }
    }
}

fn promoted(sstable: &Sstable, range: &Range<u64>) -> Result<(DeletionTime, Walk)> {
    let source = sstable.files().open(Component::Index)?;
    let index = PromotedIndex::open(source, Arc::clone(sstable.layout()), range.clone())?;
    let deletion = index.partition_deletion();
    Ok((deletion, Walk::Promoted { index: Box::new(index), next: 0, open: Some(DeletionTime::LIVE) }))
}
