//! Where partitions begin, from the index alone.

use std::path::PathBuf;

use super::{Cursor, Partition, PartitionPositions, Sstable};
use crate::component::Component;
use crate::error::{Error, RESTORE, Result};
use crate::version::Format;

/// The positions at which the partitions of an SSTable begin, in the order of Data.db, as Index.db or Partitions.db
/// and Rows.db tell them. No row is read.
///
/// No checksum covers an index. What can be told is checked: that the first partition begins where the data
/// does, that the others follow one another within it, and that there are as many as Statistics.db counts.
pub struct CheckedPositions {
    positions: PartitionPositions,
    error_place: PathBuf,
    data_length: u64,
    /// How many there have to be, at least.
    counted: u64,
    count: u64,
    last: Option<u64>,
}

impl CheckedPositions {
    /// Where in the uncompressed data the next partition begins; none behind the last one.
    ///
    /// # Errors
    /// A failed read, a damaged index, or one that does not fit the data.
    pub fn next_position(&mut self) -> Result<Option<u64>> {
        let Some(position) = self.positions.next_position()? else {
            return if self.count < self.counted { Err(self.too_few()) } else { Ok(None) };
        };
        let least = self.last.map_or(0, |last| last.saturating_add(1));
        let fits = position >= least && position < self.data_length && (self.last.is_some() || position == 0);
        if !fits {
            let what =
                format!("it tells of a partition at position {position} of the data, where none can begin");
            return Err(Error::corrupt(what).at(&self.error_place).advise(RESTORE));
        }
        self.last = Some(position);
        self.count = self.count.saturating_add(1);
        Ok(Some(position))
    }

    fn too_few(&self) -> Error {
        let (count, counted) = (self.count, self.counted);
        let what = format!("it ends after {count} partitions, but Statistics.db counts {counted}");
        Error::corrupt(what).at(&self.error_place).advise(RESTORE)
    }
}

/// Reads the heads of partitions of which only the positions are known.
pub struct PartitionHeads {
    cursor: Cursor,
}

impl PartitionHeads {
    /// The head of the partition at `position` of the uncompressed data.
    ///
    /// # Errors
    /// A failed read, or no partition begins there.
    pub fn at(&mut self, position: u64) -> Result<Partition<'_>> {
        self.cursor.seek_partition(position)?;
        if !self.cursor.advance_partition()? {
            return Err(self.cursor.corrupt("the index tells of a partition where none begins"));
        }
        Ok(self.cursor.partition())
    }
}

impl Sstable {
    /// The positions of all partitions, from the index.
    ///
    /// # Errors
    /// If a component of the index is missing or cannot be read.
    pub fn partition_positions(&self) -> Result<CheckedPositions> {
        let (files, format) = (self.files(), self.version().format());
        let component = if format == Format::Big { Component::Index } else { Component::Partitions };
        let counted = self.statistics().stats.estimated_partition_size_bytes.count();
        Ok(CheckedPositions {
            positions: PartitionPositions::open(files, format)?,
            error_place: files.path(component),
            data_length: self.data_length(),
            counted: u64::try_from(counted).unwrap_or(0),
            count: 0,
            last: None,
        })
    }

    /// Reads heads of partitions here and there.
    ///
    /// # Errors
    /// If the checksums of an uncompressed Data.db cannot be read.
    pub fn partition_heads(&self) -> Result<PartitionHeads> {
        Ok(PartitionHeads { cursor: self.key_cursor()? })
    }
}
