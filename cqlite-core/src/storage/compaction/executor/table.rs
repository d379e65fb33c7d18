//! What a compaction has to know of its table.

use cqlite_sstable::Version;
use cqlite_sstable::compress::CompressionParameters;
use cqlite_sstable::schema::TableSchema;

use super::super::{CompactionParameters, Strategy};

/// What a compaction has to know of its table.
#[derive(Debug, Clone)]
pub struct CompactedTable {
    /// The columns, those that were dropped among them.
    pub schema: TableSchema,
    /// How it is compacted.
    pub parameters: CompactionParameters,
    /// How SSTables are compressed, if they are.
    pub compression: Option<CompressionParameters>,
    /// The chance of a false positive of bloom filters; there are none if it is 1.
    pub bloom_filter_fp_chance: f64,
    /// For how long tombstones have to be kept.
    pub gc_grace_seconds: i64,
    /// The version of what is written.
    pub version: Version,
    /// Bytes of a block in the index of a partition's rows; none for the default of Cassandra.
    pub index_block_bytes: Option<u32>,
    /// The node's own id: the intervals of the commit log that the inputs have mean its log, if they name it.
    pub host_id: Option<[u8; 16]>,
}

impl CompactedTable {
    /// What was deleted or expired before this second is old enough to go.
    pub fn gc_before_seconds(&self, now_seconds: i64) -> i64 {
        now_seconds.saturating_sub(self.gc_grace_seconds)
    }

    /// Whether expired SSTables go, whatever else there is (`unsafe_aggressive_sstable_expiration`).
    pub(super) fn ignores_overlaps(&self) -> bool {
        match &self.parameters.strategy {
            Strategy::TimeWindow(windows) => windows.ignores_overlaps,
            Strategy::Unified(unified) => unified.ignores_overlaps,
            Strategy::SizeTiered(_) | Strategy::Leveled(_) => false,
        }
    }
}
