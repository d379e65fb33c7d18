//! A scan of all of an SSTable that is compared with all that tells of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Cursor, ScanOptions, Sstable};
use crate::error::Result;
use crate::row::{Partition, RowItem, Unfiltered, UnfilteredPartitions};

/// After so many rows and markers of one partition it is told how far the scan is.
const ROWS_A_STEP: u32 = 64;

/// A scan that tells how far it is, and at its end compares what can only then be compared: the digest and the count of
/// the partitions.
pub struct CheckedScan {
    sstable: Arc<Sstable>,
    cursor: Cursor,
    read: Arc<AtomicU64>,
    counted: u64,
    rows: u32,
}

impl CheckedScan {
    /// Over all of `sstable`. The bytes of its data that were passed, uncompressed, are added to `read`, which may be that
    /// of other scans, too.
    ///
    /// # Errors
    /// As [`Sstable::scan`].
    pub fn new(sstable: Arc<Sstable>, options: ScanOptions, read: Arc<AtomicU64>) -> Result<Self> {
        let cursor = sstable.scan(options)?;
        Ok(Self { sstable, cursor, read, counted: 0, rows: 0 })
    }

    fn count_to(&mut self, position: u64) {
        let more = position.saturating_sub(self.counted);
        self.counted = self.counted.max(position);
        self.read.fetch_add(more, Ordering::Relaxed);
    }
}

impl UnfilteredPartitions for CheckedScan {
    fn advance_partition(&mut self) -> Result<bool> {
        if self.cursor.advance_partition()? {
            self.count_to(self.cursor.partition_position());
            return Ok(true);
        }
        self.count_to(self.sstable.data_length());
        self.sstable.finish_scan(&mut self.cursor)?;
        Ok(false)
    }

    fn partition(&self) -> Partition<'_> {
        self.cursor.partition()
    }

    fn advance_unfiltered(&mut self) -> Result<bool> {
        self.rows = self.rows.wrapping_add(1);
        if self.rows.is_multiple_of(ROWS_A_STEP) {
            self.count_to(self.cursor.position());
        }
        self.cursor.advance_unfiltered()
    }

    fn unfiltered(&self) -> Unfiltered<'_> {
        self.cursor.unfiltered()
    }

    fn advance_item(&mut self) -> Result<bool> {
        self.cursor.advance_item()
    }

    fn item(&self) -> RowItem<'_> {
        self.cursor.item()
    }
}
