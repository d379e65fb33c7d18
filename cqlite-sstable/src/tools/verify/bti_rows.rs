//! An entry of Rows.db against the rows of its partition.

use super::row_step::{Head, Step};
use super::where_at::Where;
use super::{Check, Findings, Place};
use crate::component::{Component, RowBlock, RowBlocks, RowsEntry};
use crate::error::Result;
use crate::io::Pages;
use crate::row::ClusteringOrder;

const CHECK: Check = Check::RowIndex;

/// Follows the blocks of an entry of Rows.db beside the rows.
pub(super) struct BtiRows {
    /// Where in Rows.db the entry lies.
    entry_at: u64,
    blocks: RowBlocks,
    block: Option<RowBlock>,
    is_begun: bool,
    comparable: Vec<u8>,
    /// The separator in front of the block.
    separator: Vec<u8>,
}

impl BtiRows {
    /// Begins with the first block, and compares key and deletion.
    pub(super) fn open(
        (entry, entry_at): (&RowsEntry, u64),
        pages: &mut dyn Pages,
        key: &[u8],
        head: &Head,
        (at, findings): (&Where<'_>, &mut Findings),
    ) -> Result<Self> {
        if entry.key != key {
            tell(entry_at, "the entry has another key than the partition".to_owned(), at, findings);
        }
        if entry.deletion != head.deletion {
            tell(
                entry_at,
                "the deletion of the partition is another one in the index".to_owned(),
                at,
                findings,
            );
        }
        let mut blocks = entry.blocks(pages)?;
        let block = blocks.next_block(pages)?;
        if let Some(first) = block.filter(|first| first.start_offset != head.length) {
            let told = format!(
                "the first block begins at {}, but the rows do at {}",
                first.start_offset, head.length
            );
            tell(blocks.nodes()[0], told, at, findings);
        }
        Ok(Self { entry_at, blocks, block, is_begun: false, comparable: Vec::new(), separator: Vec::new() })
    }

    /// The next row or marker comes. False if the index is of no more use.
    pub(super) fn unfiltered(
        &mut self,
        step: &Step<'_>,
        order: &ClusteringOrder,
        pages: &mut dyn Pages,
        (at, findings): (&Where<'_>, &mut Findings),
    ) -> Result<bool> {
        let Some(block) = self.block else {
            tell(self.entry_at, format!("no block holds what begins at {}", step.start), at, findings);
            return Ok(false);
        };
        let [front, behind] = self.blocks.nodes();
        if !self.is_begun {
            if block.start_offset != step.start {
                let told = format!("a block begins at {}, but should at {}", block.start_offset, step.start);
                tell(front, told, at, findings);
                return Ok(false);
            }
            if block.open_deletion != step.open_before {
                let told = format!("another range deletion is open at {}, where a block begins", step.start);
                tell(front, told, at, findings);
            }
            self.write(step, order);
            if self.separator > self.comparable {
                let told =
                    format!("the separator in front of the block at {} is behind its first row", step.start);
                tell(front, told, at, findings);
            }
            self.is_begun = true;
        }
        if step.end < block.end_offset {
            return Ok(true);
        }
        if step.end > block.end_offset {
            let told = format!("a block ends at {}, within a row or in front of the end", block.end_offset);
            tell(behind, told, at, findings);
            return Ok(false);
        }
        self.write(step, order);
        if self.blocks.end_separator() <= self.comparable.as_slice() {
            let told = format!(
                "the separator behind the block that ends at {} is in front of its last row",
                step.end
            );
            tell(behind, told, at, findings);
        }
        self.separator.clear();
        self.separator.extend_from_slice(self.blocks.end_separator());
        self.block = self.blocks.next_block(pages)?;
        self.is_begun = false;
        Ok(true)
    }

    fn write(&mut self, step: &Step<'_>, order: &ClusteringOrder) {
        self.comparable.clear();
        order.write_byte_comparable(step.place, &mut self.comparable);
    }

    /// The partition ends.
    pub(super) fn finish(&self, at: &Where<'_>, findings: &mut Findings) {
        if let Some(block) = &self.block {
            let told = format!("the partition ends in front of the end of a block, {}", block.end_offset);
            let [_, behind] = self.blocks.nodes();
            tell(behind, told, at, findings);
        }
    }
}

fn tell(offset: u64, message: String, at: &Where<'_>, findings: &mut Findings) {
    at.tell_of((Component::Rows, Place::Offset(offset)), CHECK, message, findings);
}
