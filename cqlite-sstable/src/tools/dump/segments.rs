//! Where the data is cut for threads to print parts of it.

use std::ops::Range;

use crate::reader::{PartitionPositions, Sstable};

/// A stretch of the uncompressed data that should begin with a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    /// How many there are in front of it.
    pub(super) number: u64,
    /// Where in the uncompressed data it lies.
    pub(super) range: Range<u64>,
    /// Whether it ends with the data.
    pub(super) is_last: bool,
}

/// Cuts the data where the index says that partitions begin.
///
/// No checksum covers an index: it is only a hint. Whoever prints a segment finds out where it really ends, and
/// only if that is where the next one begins, what was printed of that is right.
pub(super) struct Segments {
    positions: PartitionPositions,
    number: u64,
    start: u64,
    data_length: u64,
}

impl Segments {
    /// The segments of an SSTable, if it has an index with a place for each partition.
    pub(super) fn open(sstable: &Sstable) -> Option<Self> {
        let positions = PartitionPositions::open(sstable.files(), sstable.version().format()).ok()?;
        Some(Self { positions, number: 0, start: 0, data_length: sstable.data_length() })
    }

    /// The next segment: as many partitions as it takes for `bytes`. Where the index cannot be read, all that is
    /// left.
    pub(super) fn next(&mut self, bytes: u64) -> Option<Segment> {
        if self.start >= self.data_length {
            return None;
        }
        let possible = self.start.saturating_add(bytes.max(1))..self.data_length;
        let end = loop {
            match self.positions.next_position() {
                Ok(Some(position)) if possible.contains(&position) => break position,
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break self.data_length,
            }
        };
        let range = self.start..end;
        let segment = Segment { number: self.number, range, is_last: end == self.data_length };
        self.number = self.number.saturating_add(1);
        self.start = end;
        Some(segment)
    }
}
