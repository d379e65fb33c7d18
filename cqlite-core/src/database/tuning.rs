//! What of the options of a database can be changed while it is open.

use std::time::Duration;

use cqlite_sstable::Result;

use super::Database;
use crate::storage::commitlog::{CommitLog, SegmentCompression};
use crate::storage::compaction::scheduler::Scheduler;

impl Database {
    /// Gives memtables and decompressed chunks what they have of so much memory as [`super::DatabaseBuilder::memory`] says.
    pub fn set_memory(&self, bytes: usize) {
        self.set_memtable_memory(super::builder::memtable_share(bytes));
        self.set_chunk_cache(super::builder::cache_share(bytes));
    }

    /// Gives all memtables together so much memory from now on. When they take two fifths of it, the largest is flushed.
    pub fn set_memtable_memory(&self, bytes: usize) {
        self.store.set_memtable_bytes(bytes);
    }

    /// Gives decompressed chunks that are kept for the next reads so much memory from now on. What is too much then goes at once.
    pub fn set_chunk_cache(&self, bytes: u64) {
        self.store.set_chunk_cache_bytes(bytes);
    }

    /// How many compactions run at a time from now on. Those that run beyond that come to their end.
    ///
    /// # Errors
    /// If no more threads can be started.
    pub fn set_concurrent_compactions(&self, count: usize) -> Result<()> {
        self.store.scheduler().map_or(Ok(()), |scheduler| scheduler.set_concurrency(count))
    }

    /// How fast all compactions together read from now on, those that run among them; none for no limit.
    pub fn set_compaction_throughput(&self, bytes_per_second: Option<u64>) {
        self.store.scheduler().into_iter().for_each(|scheduler| scheduler.set_throughput(bytes_per_second));
    }

    /// How fast all compactions together may read.
    pub fn compaction_throughput(&self) -> Option<u64> {
        self.store.scheduler().and_then(Scheduler::throughput)
    }

    /// The time from sync to sync of the commit log, where its mode has one: the window of `Group`, the interval of `Periodic`.
    ///
    /// # Errors
    /// If the mode has none.
    pub fn set_commit_log_interval(&self, interval: Duration) -> Result<()> {
        self.store.log().map_or(Ok(()), |log| log.set_sync_interval(interval))
    }

    /// How large the commit log may be from now on, before what keeps its oldest segment is flushed.
    pub fn set_commit_log_size(&self, bytes: u64) {
        self.store.log().into_iter().for_each(|log| log.set_total_bytes(bytes));
    }

    /// Has new segments of the commit log compressed in another way. One that was made ahead stays as it is.
    ///
    /// # Errors
    /// As [`CommitLog::set_compression`].
    pub fn set_commit_log_compression(&self, compression: Option<SegmentCompression>) -> Result<()> {
        self.store.log().map_or(Ok(()), |log: &CommitLog| log.set_compression(compression))
    }
}
