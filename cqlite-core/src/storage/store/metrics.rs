//! What is counted and measured.

use std::time::Duration;

use super::Latency;
use crate::storage::TableId;
use crate::storage::commitlog::CommitLogMetrics;

/// What a database counts and measures. Counts only grow, as long as it is open.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Metrics {
    /// The commit log; none without one.
    pub commit_log: Option<CommitLogMetrics>,
    /// What the segments of the commit log take on the disk.
    pub commit_log_bytes: u64,
    /// What memtables take that are not in SSTables yet.
    pub memtable_bytes: u64,
    /// What memtables take that are in SSTables, and kept for views.
    pub pinned_bytes: u64,
    /// For how long the oldest view is there.
    pub oldest_view_age: Option<Duration>,
    /// What decompressed chunks take that are kept.
    pub chunk_cache_bytes: u64,
    /// How often a chunk was looked for that was kept.
    pub chunk_cache_hits: u64,
    /// How often a chunk was looked for that was not.
    pub chunk_cache_misses: u64,
    /// Writes, from the log to the memtables; waiting for their acknowledgement left out.
    pub writes: Latency,
    /// Reads.
    pub reads: Latency,
    /// Flushes of memtables.
    pub flushes: Latency,
    /// Writes that were slowed down, as memory was nearly full.
    pub stalled_writes: u64,
    /// For how long they were, all together.
    pub stalled_time: Duration,
    /// Compactions that are still to be done, as the strategies estimate.
    pub pending_compactions: u64,
    /// Bytes that are still to be compacted: the debt.
    pub pending_compaction_bytes: u64,
    /// Each table.
    pub tables: Vec<TableMetrics>,
}

/// What is known of one table.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TableMetrics {
    /// The id.
    pub id: TableId,
    /// What its memtables take.
    pub memtable_bytes: u64,
    /// Live SSTables.
    pub sstables: u64,
    /// The bytes of their files.
    pub disk_bytes: u64,
    /// The uncompressed bytes of their data.
    pub data_bytes: u64,
    /// SSTables that were flushed.
    pub flushes: u64,
    /// The bytes of their Data.db: what was written for the first time.
    pub flushed_bytes: u64,
    /// SSTables that turned out damaged, and are not read.
    pub damaged_sstables: u64,
}
