//! The kinds of checks.

/// Which kind of check a [`super::Finding`] comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// Which files there are, against TOC.txt.
    Components,
    /// Checksums: of Data.db as a whole, of its chunks, of Statistics.db.
    Checksums,
    /// Whether bytes can be decoded at all.
    Format,
    /// The order of partitions.
    PartitionOrder,
    /// The order of rows and range tombstone markers in a partition.
    RowOrder,
    /// That range tombstone markers come in pairs.
    Markers,
    /// The partition index against Data.db: Index.db, or Partitions.db.
    PartitionIndex,
    /// The index of the rows in a partition against Data.db: in Index.db, or Rows.db.
    RowIndex,
    /// Summary.db against Index.db.
    Summary,
    /// Filter.db against the keys.
    Filter,
    /// Statistics.db against the rows.
    Statistics,
    /// Values against their types.
    Values,
}

impl Check {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Components => "components",
            Self::Checksums => "checksums",
            Self::Format => "format",
            Self::PartitionOrder => "partition_order",
            Self::RowOrder => "row_order",
            Self::Markers => "markers",
            Self::PartitionIndex => "partition_index",
            Self::RowIndex => "row_index",
            Self::Summary => "summary",
            Self::Filter => "filter",
            Self::Statistics => "statistics",
            Self::Values => "values",
        }
    }
}
