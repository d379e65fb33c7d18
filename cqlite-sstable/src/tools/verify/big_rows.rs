//! A promoted index against the rows of its partition.

use std::ops::Range;
use std::sync::Arc;

use super::row_step::{Head, Step, is_same};
use super::where_at::Where;
use super::{Check, Findings, Place};
use crate::component::{Component, IndexBlock, PromotedIndex};
use crate::encoding::RowLayout;
use crate::error::Result;
use crate::io::Source;

const CHECK: Check = Check::RowIndex;

/// Follows the blocks of a promoted index beside the rows.
pub(super) struct BigRows {
    index: PromotedIndex,
    number: u64,
    block: IndexBlock,
    is_begun: bool,
}

impl BigRows {
    /// Opens the promoted index at `range`, and compares its head with the partition's.
    pub(super) fn open(
        source: Arc<dyn Source>,
        layout: Arc<RowLayout>,
        range: Range<u64>,
        head: &Head,
        (at, findings): (&Where<'_>, &mut Findings),
    ) -> Result<Self> {
        let mut index = PromotedIndex::open(source, layout, range)?;
        let mut block = IndexBlock::default();
        index.read(0, &mut block)?;
        let opened = Self { index, number: 0, block, is_begun: false };
        if opened.index.header_length() != head.length {
            let stated = opened.index.header_length();
            let told = format!(
                "the rows are said to begin {stated} bytes behind the partition, but do at {}",
                head.length
            );
            opened.tell_of_head(told, at, findings);
        }
        if opened.index.partition_deletion() != head.deletion {
            opened.tell_of_head(
                "the deletion of the partition is another one in the index".to_owned(),
                at,
                findings,
            );
        }
        Ok(opened)
    }

    /// Tells of the head.
    fn tell_of_head(&self, message: String, at: &Where<'_>, findings: &mut Findings) {
        at.tell_of((Component::Index, Place::Offset(self.index.offset())), CHECK, message, findings);
    }

    /// Tells of the block.
    fn tell(&self, message: String, at: &Where<'_>, findings: &mut Findings) {
        at.tell_of((Component::Index, Place::Offset(self.index.block_offset())), CHECK, message, findings);
    }

    fn end(&self) -> u64 {
        self.block.start.saturating_add(self.block.width)
    }

    fn is_last(&self) -> bool {
        self.number.saturating_add(1) == self.index.len()
    }

    /// The next row or marker comes. False if the index is of no more use.
    pub(super) fn unfiltered(
        &mut self,
        step: &Step<'_>,
        at: &Where<'_>,
        findings: &mut Findings,
    ) -> Result<bool> {
        let number = self.number;
        if !self.is_begun {
            if self.block.start != step.start {
                let told =
                    format!("block {number} begins at {}, but should at {}", self.block.start, step.start);
                self.tell(told, at, findings);
                return Ok(false);
            }
            if !is_same(self.block.first.as_prefix(), step.place) {
                self.tell(
                    format!("the first clustering of block {number} is not that of its first row"),
                    at,
                    findings,
                );
            }
            self.is_begun = true;
        }
        // The last block ends with the end of the partition, of one byte, unless it was full before that.
        let (is_last, end) = (self.is_last(), self.end());
        let least = if is_last { end.saturating_sub(1) } else { end };
        if step.end < least {
            return Ok(true);
        }
        if step.end > end {
            self.tell(
                format!("block {number} ends at {end}, within a row or in front of the end"),
                at,
                findings,
            );
            return Ok(false);
        }
        if !is_same(self.block.last.as_prefix(), step.place) {
            self.tell(
                format!("the last clustering of block {number} is not that of its last row"),
                at,
                findings,
            );
        }
        if self.block.open_at_end != step.open_behind {
            self.tell(format!("another range deletion is open behind block {number}"), at, findings);
        }
        self.is_begun = false;
        self.number = number.saturating_add(1);
        if !is_last {
            self.index.read(self.number, &mut self.block)?;
        }
        Ok(true)
    }

    /// The partition ends.
    pub(super) fn finish(&self, at: &Where<'_>, findings: &mut Findings) {
        if self.number != self.index.len() {
            self.tell(
                format!("the partition ends in front of the end of block {}", self.number),
                at,
                findings,
            );
        }
    }
}
