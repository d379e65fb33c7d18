//! What was recovered, and what was not.

use std::ops::Range;

/// A stretch of Data.db that gave no rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// What kind of loss it is.
    pub kind: LossKind,
    /// Where it lies in the uncompressed data. Nothing for a partition that is named as a part of a larger loss.
    pub data: Range<u64>,
    /// Where the chunks that it touches lie in Data.db.
    pub stored: Range<u64>,
    /// The serialized key of the partition that it is in, or in which it begins, where it is known.
    pub key: Option<Vec<u8>>,
    /// About so many rows were there, by the average size of a row of the SSTable.
    pub estimated_rows: u64,
    /// A range deletion was open in front of it and is closed there, or the deletion of a partition is not known: what
    /// it deleted may reappear.
    pub loses_deletion: bool,
    /// Why nothing could be read.
    pub cause: String,
}

/// What is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LossKind {
    /// Bytes that cannot be read, up to the next place at which reading could begin again.
    Gap,
    /// A partition that the index names, of which no row was recovered.
    Partition,
    /// The head of a partition; rows of it are recovered under the key that the index has.
    Head,
    /// A row with a value that is not valid for its type. It is in [`super::Stream::Suspect`].
    Invalid,
}

impl LossKind {
    /// A word for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Partition => "partition",
            Self::Head => "head",
            Self::Invalid => "invalid",
        }
    }
}

/// The sums over a salvage. What was lost in detail went to [`super::SalvageSink::lost`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SalvageReport {
    /// What is in the stream of recovered rows.
    pub recovered: Counts,
    /// What stood behind greater keys or clusterings.
    pub out_of_order: Counts,
    /// What is not vouched for.
    pub suspect: Counts,
    /// Stretches that gave no rows.
    pub gaps: u64,
    /// The bytes of the uncompressed data in them.
    pub lost_bytes: u64,
    /// About so many rows were in them.
    pub estimated_lost_rows: u64,
    /// Partitions that an index names and of which nothing was recovered.
    pub lost_partitions: u64,
    /// Rows with invalid values; they are among the suspect ones.
    pub invalid_rows: u64,
    /// Rows whose expiry overflowed.
    pub overflowed_rows: u64,
    /// Gaps at which a deletion was lost.
    pub lost_deletions: u64,
    /// What is odd without being a loss: missing components, checksums that cannot be compared.
    pub notes: Vec<String>,
}

/// What a stream holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Partitions of which there is a head.
    pub partitions: u64,
    /// Rows, static ones with cells included.
    pub rows: u64,
    /// Range tombstone markers.
    pub markers: u64,
}

impl SalvageReport {
    /// Whether everything was recovered, in order.
    pub fn is_complete(&self) -> bool {
        self.gaps == 0
            && self.lost_partitions == 0
            && self.out_of_order == Counts::default()
            && self.suspect == Counts::default()
    }
}
