//! How a store works.

use std::path::PathBuf;
use std::sync::Arc;

use cqlite_sstable::Version;

use super::WallClock;

/// How a store works.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Where keyspaces and tables have their directories.
    pub data_directory: PathBuf,
    /// The version of SSTables that are written.
    pub version: Version,
    /// Whether new SSTables have time UUIDs for ids, and not numbers.
    pub has_uuid_ids: bool,
    /// What all memtables together may take.
    pub memtable_bytes: usize,
    /// What decompressed chunks may take that are kept for the next reads.
    pub chunk_cache_bytes: u64,
    /// As long as the disk has less room than this, writes are refused.
    pub reserved_disk_bytes: u64,
    /// Whether SSTables that are flushed are linked into `backups` of their tables, but for tables that do not want it.
    pub incremental_backups: bool,
    /// Whether nothing may be written, not even to clean up.
    pub is_read_only: bool,
    /// The time of day.
    pub clock: Arc<dyn WallClock>,
}
