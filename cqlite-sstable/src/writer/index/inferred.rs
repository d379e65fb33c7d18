//! What an SSTable's index tells of the settings with which it was written.

use std::sync::Arc;

use super::IndexSettings;
use crate::component::{
    Component, IndexBlock, IndexEntries, PartitionPosition, Partitions, PromotedIndex, Rows, Summary,
};
use crate::error::Result;
use crate::io::{SourceExt as _, SourcePages};
use crate::reader::Sstable;
use crate::version::Format;

/// Sizes of blocks are set in these.
const KIBIBYTE: u64 = 1024;

/// No summary of a readable SSTable is larger.
const SUMMARY_LIMIT_BYTES: u64 = i32::MAX as u64;

impl IndexSettings {
    /// The settings with which this SSTable was written, as far as its index tells. No file records the size of blocks:
    /// it is the greatest number of KiB that each block but the last ones of partitions has. An index with these
    /// settings has the same blocks, but where rows are larger than a few KiB maybe those that end their partition.
    /// What cannot be told, and that of a missing or unreadable Summary.db, is as in [`IndexSettings::of_version`].
    ///
    /// The whole index is read.
    ///
    /// # Errors
    /// If Index.db, or Partitions.db or Rows.db, cannot be read.
    pub fn of_sstable(sstable: &Sstable) -> Result<Self> {
        let mut settings = Self::of_version(sstable.version());
        let shortest = match sstable.version().format() {
            Format::Big => shortest_of_big(sstable)?,
            Format::Bti => shortest_of_bti(sstable)?,
        };
        if let Some(shortest) = shortest {
            let whole = shortest.saturating_sub(shortest % KIBIBYTE);
            let block_bytes = if whole > 0 { whole } else { shortest.max(1) };
            settings.block_bytes = u32::try_from(block_bytes).unwrap_or(u32::MAX);
        }
        if let Some(interval) = min_index_interval(sstable) {
            settings.min_index_interval = interval;
        }
        Ok(settings)
    }
}

fn min_index_interval(sstable: &Sstable) -> Option<u32> {
    let bytes = sstable.files().open(Component::Summary).ok()?.read_all(SUMMARY_LIMIT_BYTES).ok()?;
    let interval = Summary::parse(&bytes).ok()?.min_index_interval;
    u32::try_from(interval).ok().filter(|interval| *interval > 0)
}

/// The width of the shortest block that is not the last one of its partition.
fn shortest_of_big(sstable: &Sstable) -> Result<Option<u64>> {
    let source = sstable.files().open(Component::Index)?;
    let mut entries = IndexEntries::new(Arc::clone(&source));
    let (mut shortest, mut block) = (None, IndexBlock::default());
    while let Some(entry) = entries.next_entry()? {
        if entry.promoted_length_bytes == 0 {
            continue;
        }
        let range = entry.promoted_offset..entry.end();
        let mut index = PromotedIndex::open(Arc::clone(&source), Arc::clone(sstable.layout()), range)?;
        for number in 0..index.len().saturating_sub(1) {
            index.read(number, &mut block)?;
            shortest = Some(shortest.map_or(block.width, |shortest: u64| shortest.min(block.width)));
        }
    }
    Ok(shortest)
}

fn shortest_of_bti(sstable: &Sstable) -> Result<Option<u64>> {
    let partitions_source = sstable.files().open(Component::Partitions)?;
    let rows_source = sstable.files().open(Component::Rows)?;
    let rows = Rows::new(&*rows_source);
    let partitions = Partitions::open(&*partitions_source)?;
    let (mut partition_pages, mut row_pages) =
        (SourcePages::new(partitions_source), SourcePages::new(rows_source));
    let mut entries = partitions.entries(&mut partition_pages)?;
    let mut shortest: Option<u64> = None;
    while let Some(entry) = entries.next_entry(&mut partition_pages)? {
        let PartitionPosition::Rows(at) = entry.position else { continue };
        let mut blocks = rows.entry(&mut row_pages, at)?.blocks(&mut row_pages)?;
        let mut width = None;
        while let Some(block) = blocks.next_block(&mut row_pages)? {
            // The one before is not the last.
            shortest = [shortest, width].into_iter().flatten().min();
            width = Some(block.end_offset.saturating_sub(block.start_offset));
        }
    }
    Ok(shortest)
}
