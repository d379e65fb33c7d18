//! Random options of a database.

use std::sync::Arc;
use std::time::Duration;

use cqlite_core::storage::commitlog::{SegmentCompression, SyncMode};
use cqlite_core::storage::fs::MemoryFileSystem;
use cqlite_core::{Database, DatabaseBuilder};
use cqlite_sstable::compress::Compressor;
use cqlite_sstable::{Format, Version};

use super::dice::Dice;
use super::session::SetClock;

/// Options, and whether there is a commit log among them.
pub struct RandomOptions {
    pub builder: DatabaseBuilder,
    pub has_log: bool,
}

/// Random options of a database in a directory.
pub fn random_options(
    dice: &mut Dice,
    directory: &str,
    files: &Arc<MemoryFileSystem>,
    clock: &Arc<SetClock>,
) -> RandomOptions {
    let versions = [("nb", Format::Big), ("oa", Format::Big), ("da", Format::Bti)];
    let (letters, format) = *dice.one_of(&versions);
    let modes = [
        SyncMode::Batch,
        SyncMode::Group { window: Duration::ZERO },
        SyncMode::Periodic { interval: Duration::from_millis(20) },
        SyncMode::Off,
        SyncMode::WriteBack { buffer_bytes: 1 << 14 },
    ];
    let compressors = [
        None,
        None,
        Some(Compressor::Lz4),
        Some(Compressor::Zstd),
        Some(Compressor::Snappy),
        Some(Compressor::Deflate),
    ];
    let mut builder = Database::builder(directory)
        .unwrap()
        .file_system(Arc::clone(files) as _)
        .clock(Arc::clone(clock) as _)
        .sync_mode(*dice.one_of(&modes))
        .commit_log_segment(*dice.one_of(&[1 << 16, 1 << 17, 1 << 20]))
        .commit_log_size(*dice.one_of(&[1 << 17, 1 << 19, 1 << 30]))
        .commit_log_compression(dice.one_of(&compressors).map(SegmentCompression::new))
        .memtable_memory(*dice.one_of(&[1 << 18, 1 << 19, 1 << 22]))
        .chunk_cache(*dice.one_of(&[0, 1 << 14, 1 << 22]))
        .concurrent_compactions(1 + dice.below(2))
        .reserved_disk(0)
        .sstable_version(Version::parse(letters, format).unwrap());
    if dice.once_in(3) {
        builder = builder.uuid_sstable_ids();
    }
    let has_log = !dice.once_in(8);
    if !has_log {
        builder = builder.without_commit_log();
    }
    RandomOptions { builder, has_log }
}
