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
    /// Segments of the commit log that are complete and that the archive has not taken yet: where that fails, they are kept.
    pub unarchived_segments: u64,
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
    /// How often the keys of an Index.db among which a key has to be were looked for and were kept: about 128 keys together, in the
    /// same memory as chunks. Tries are not kept: they are read as they are.
    pub key_cache_hits: u64,
    /// How often such keys were not kept.
    pub key_cache_misses: u64,
    /// How often a partition was looked for by its key.
    pub key_lookups: u64,
    /// SSTables in which such a partition was found.
    pub sstables_found: u64,
    /// How often a bloom filter said that such a partition is not in its SSTable.
    pub filter_rejections: u64,
    /// How often one said that it may be there.
    pub filter_passes: u64,
    /// How often that was wrong: what is left of the filters' work for the index.
    pub filter_false_positives: u64,
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
    /// What they would be if each partition were in one SSTable alone, about: by how many keys all SSTables have together, as their
    /// sketches tell, and how many each has. None if a sketch is missing.
    pub compacted_data_bytes: Option<u64>,
    /// SSTables that were flushed.
    pub flushes: u64,
    /// The bytes of their Data.db: what was written for the first time.
    pub flushed_bytes: u64,
    /// Compactions that have taken their place.
    pub compactions: u64,
    /// The bytes of the Data.db that they wrote: what was written again.
    pub compacted_bytes: u64,
    /// SSTables that turned out damaged, and are not read.
    pub damaged_sstables: u64,
}

impl Metrics {
    /// How often each byte was written that was flushed, by flushes and compactions of all tables since the opening; none before
    /// anything was flushed.
    pub fn write_amplification(&self) -> Option<f64> {
        let sum = |bytes: fn(&TableMetrics) -> u64| self.tables.iter().map(bytes).sum::<u64>();
        amplification(sum(|one| one.flushed_bytes), sum(|one| one.compacted_bytes))
    }

    /// How often each byte is there, in all tables together, about; none without any, and if that of a table is not known.
    pub fn space_amplification(&self) -> Option<f64> {
        let least: Option<u64> = self.tables.iter().map(|one| one.compacted_data_bytes).sum();
        let there: u64 = self.tables.iter().map(|one| one.data_bytes).sum();
        least.filter(|least| *least > 0).map(|least| there as f64 / least as f64)
    }

    /// In how many SSTables a partition was found on the average that was asked for by its key; none before any was.
    pub fn read_amplification(&self) -> Option<f64> {
        (self.key_lookups > 0).then(|| self.sstables_found as f64 / self.key_lookups as f64)
    }

    /// Which share of the chunks that were looked for was kept; none before any was looked for.
    pub fn chunk_cache_hit_rate(&self) -> Option<f64> {
        rate(self.chunk_cache_hits, self.chunk_cache_misses)
    }

    /// Which share of the keys that were looked for was kept; none before any was looked for, and with tries.
    pub fn key_cache_hit_rate(&self) -> Option<f64> {
        rate(self.key_cache_hits, self.key_cache_misses)
    }
}

impl TableMetrics {
    /// As [`Metrics::write_amplification`], of this table.
    pub fn write_amplification(&self) -> Option<f64> {
        amplification(self.flushed_bytes, self.compacted_bytes)
    }

    /// The uncompressed bytes of the data that there are, for each byte that there would be if each partition were in one SSTable
    /// alone: from 1 up to the number of SSTables that overlap. Where partitions grow row by row, and none is written twice, it
    /// says too much. None without data, and if it is not known.
    pub fn space_amplification(&self) -> Option<f64> {
        let least = self.compacted_data_bytes.filter(|least| *least > 0)?;
        Some(self.data_bytes as f64 / least as f64)
    }
}

fn rate(hits: u64, misses: u64) -> Option<f64> {
    let all = hits.saturating_add(misses);
    (all > 0).then(|| hits as f64 / all as f64)
}

fn amplification(flushed_bytes: u64, compacted_bytes: u64) -> Option<f64> {
    let written = flushed_bytes.saturating_add(compacted_bytes);
    (flushed_bytes > 0).then(|| written as f64 / flushed_bytes as f64)
}
