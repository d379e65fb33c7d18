//! The engines side by side, behind one trait, so that every workload is the same code for all of them.

mod cqlite_engine;
mod fjall_engine;
mod records;
#[cfg(feature = "rocksdb")]
mod rocksdb_engine;
mod slow_file_system;

use std::path::Path;
use std::time::Instant;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::key::Key;
use crate::result::Result;

pub use cqlite_engine::{CqliteEngine, FLUSH_SHARE};
pub use fjall_engine::FjallEngine;
pub use records::Records;
#[cfg(feature = "rocksdb")]
pub use rocksdb_engine::RocksdbEngine;

/// What an engine is opened with. What is `None` stays the engine's own default.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Settings {
    /// The cache of blocks.
    pub cache_bytes: Option<u64>,
    /// The size at which a memtable is flushed.
    pub memtable_bytes: Option<u64>,
    /// LZ4 in all levels, blocks of 4 KiB and bloom filters of 10 bits a key, instead of the engine's defaults.
    pub same_tables: bool,
    /// How large the log may become before memtables are flushed to shorten it.
    pub log_bytes: Option<u64>,
    /// How many bytes a second may be written into SSTables, as on a slow device.
    pub sstable_bytes_per_second: Option<u64>,
}

/// A block of an SSTable before compression, where `Settings::same_tables` asks for it.
pub const BLOCK_BYTES: u32 = 4096;
/// Bits of a bloom filter for each key, where `Settings::same_tables` asks for it.
pub const BLOOM_BITS: f32 = 10.0;

/// What an engine did in the background since it was opened, by its own statistics.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Activity {
    /// Memtables that became SSTables.
    pub flushes: u64,
    /// Whether a compaction has finished.
    pub compacted: bool,
}

/// One engine on one directory.
pub trait Engine: Send + Sync {
    /// Writes one key; after it the operating system has it, the disk need not.
    fn put(&self, key: &Key, value: &[u8]) -> Result<()>;

    /// Writes one key and returns when it is on disk.
    fn put_synced(&self, key: &Key, value: &[u8]) -> Result<()>;

    /// Writes all of the keys or none, and returns when they are on disk.
    fn put_batch_synced(&self, entries: &[(Key, Vec<u8>)]) -> Result<()>;

    /// Puts the value of a key in place of what is in `value`, or says that there is none.
    fn get(&self, key: &Key, value: &mut Vec<u8>) -> Result<bool>;

    /// Shows all keys and values in the engine's order.
    fn scan(&self, visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<()>;

    /// Flushes what is in memory and waits until no flush and no compaction is left to do. The moment when that was so
    /// may lie before the return, if it takes time to be sure.
    fn settle(&self) -> Result<Instant>;

    /// What happened in the background so far.
    fn activity(&self) -> Result<Activity>;

    /// Bytes of the SSTables that are in use, by the engine's own statistics: files that it has replaced and not yet
    /// removed are not among them.
    fn sstable_bytes(&self) -> Result<u64>;

    /// Closes the engine and reports what went wrong with it.
    fn close(self: Box<Self>) -> Result<()>;
}

/// What YCSB asks of an engine of keys and values beside that.
pub trait Ordered {
    /// Writes all of the keys or none; after it the operating system has them, the disk need not.
    fn put_batch(&self, entries: &[(Key, Vec<u8>)]) -> Result<()>;

    /// Shows so many keys and values, from this key on, and returns how many there were.
    fn scan_from(&self, first: &Key, limit: u64, visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<u64>;
}

/// The engines that can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineName {
    /// CQLite itself.
    Cqlite,
    /// fjall, an LSM engine in Rust.
    Fjall,
    /// RocksDB, through its C interface.
    #[cfg(feature = "rocksdb")]
    Rocksdb,
}

impl EngineName {
    /// The name as it is given and printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cqlite => "cqlite",
            Self::Fjall => "fjall",
            #[cfg(feature = "rocksdb")]
            Self::Rocksdb => "rocksdb",
        }
    }

    /// Whether the engine is one that CQLite is compared with.
    pub fn is_peer(self) -> bool {
        match self {
            Self::Cqlite => false,
            Self::Fjall => true,
            #[cfg(feature = "rocksdb")]
            Self::Rocksdb => true,
        }
    }

    /// Whether `Settings::sstable_bytes_per_second` has an effect.
    pub fn can_be_slowed(self) -> bool {
        !matches!(self, Self::Fjall)
    }

    /// Opens the engine, or makes it, if the directory has nothing.
    pub fn open(self, directory: &Path, settings: &Settings) -> Result<Box<dyn Engine>> {
        Ok(match self {
            Self::Cqlite => Box::new(CqliteEngine::open(directory, settings)?),
            Self::Fjall => Box::new(FjallEngine::open(directory, settings)?),
            #[cfg(feature = "rocksdb")]
            Self::Rocksdb => Box::new(RocksdbEngine::open(directory, settings)?),
        })
    }
}
