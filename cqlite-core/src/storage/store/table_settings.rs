//! How the SSTables of a table are written and compacted.

use cqlite_sstable::compress::CompressionParameters;

use crate::storage::compaction::CompactionParameters;

/// What of a table's parameters the storage goes by (`schema.TableParams`).
#[derive(Debug, Clone)]
pub struct TableSettings {
    /// How Data.db is compressed, if it is.
    pub compression: Option<CompressionParameters>,
    /// The chance of a false positive of the bloom filter; no filter if it is 1.
    pub bloom_filter_fp_chance: f64,
    /// How many partitions there are from one entry of the summary to the next.
    pub min_index_interval: u32,
    /// How long tombstones stay at least, in seconds.
    pub gc_grace_seconds: i32,
    /// How SSTables are compacted.
    pub compaction: CompactionParameters,
}
