//! What the rows do not tell about an SSTable.

use super::IntervalSet;

/// What Statistics.db says that cannot be collected from rows: it is chosen, or kept from the SSTables that the rows
/// came from.
#[derive(Debug, Clone, PartialEq)]
pub struct StatisticsSettings {
    /// The class name of the partitioner that orders the partitions.
    pub partitioner: String,
    /// The chance of a false positive that the bloom filter was built for; 1 if there is no filter.
    pub bloom_filter_fp_chance: f64,
    /// The stored bytes of all chunks by the bytes they have when decompressed; none if Data.db is not compressed.
    pub compression_ratio: Option<f64>,
    /// The level in leveled compaction.
    pub sstable_level: i32,
    /// When the data was repaired, in milliseconds since 1970; 0 if it was not.
    pub repaired_at_millis: i64,
    /// The session (a time UUID) of a repair that is not yet finished.
    pub pending_repair: Option<[u8; 16]>,
    /// Whether the data is a transient replica's.
    pub is_transient: bool,
    /// The host whose commit log the intervals mean.
    pub originating_host_id: Option<[u8; 16]>,
    /// The writes in the commit log of that host that are in the SSTable.
    pub commit_log_intervals: IntervalSet,
    /// Which part of the node's token space the SSTable spans, from 0 to 1; none if unknown.
    pub token_space_coverage: Option<f64>,
}

impl StatisticsSettings {
    /// Those of an SSTable that belongs to no node: on level 0, not repaired, of no commit log, not compressed.
    pub fn new(partitioner: impl Into<String>, bloom_filter_fp_chance: f64) -> Self {
        Self {
            partitioner: partitioner.into(),
            bloom_filter_fp_chance,
            compression_ratio: None,
            sstable_level: 0,
            repaired_at_millis: 0,
            pending_repair: None,
            is_transient: false,
            originating_host_id: None,
            commit_log_intervals: IntervalSet::default(),
            token_space_coverage: None,
        }
    }
}
