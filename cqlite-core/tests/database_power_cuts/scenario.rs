//! A database on which all steps are done.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use cqlite_core::storage::commitlog::{SegmentCompression, SyncMode};
use cqlite_core::storage::fs::{FaultyFileSystem, FileSystem, MemoryFileSystem};
use cqlite_core::{Database, DatabaseBuilder};
use cqlite_sstable::Result;
use cqlite_sstable::compress::Compressor;

use super::steps::Step;

pub const ROOT: &str = "/db";

/// No mode syncs in between by itself within a test.
const NEVER: Duration = Duration::from_secs(3_600);

pub const MODES: [SyncMode; 5] = [
    SyncMode::Batch,
    SyncMode::Group { window: Duration::from_micros(100) },
    SyncMode::Periodic { interval: NEVER },
    SyncMode::Off,
    SyncMode::WriteBack { buffer_bytes: 3_000 },
];

/// How the commit log is written.
#[derive(Debug, Clone, Copy)]
pub struct Logged {
    pub mode: SyncMode,
    pub compression: Option<Compressor>,
}

impl Logged {
    /// Each mode, plain and compressed.
    pub fn all() -> Vec<Self> {
        let kinds = [None, Some(Compressor::Lz4)];
        kinds.iter().flat_map(|one| MODES.map(|mode| Self { mode, compression: *one })).collect()
    }

    /// Whether what is acknowledged survives a power cut.
    pub fn is_synced(self) -> bool {
        matches!(self.mode, SyncMode::Batch | SyncMode::Group { .. })
    }
}

pub type Files = FaultyFileSystem<MemoryFileSystem>;

pub fn builder(files: &(impl FileSystem + Clone + 'static), root: &str) -> Result<DatabaseBuilder> {
    Ok(Database::builder(Path::new(root))?
        .file_system(Arc::new(files.clone()))
        .memory(6 << 20)
        .reserved_disk(0)
        .commit_log_segment(16 << 10))
}

pub fn open(files: &Files, logged: Logged) -> Result<Database> {
    let compression = logged.compression.map(SegmentCompression::new);
    builder(files, ROOT)?.sync_mode(logged.mode).commit_log_compression(compression).open()
}

/// How far the steps are.
#[derive(Debug, Default)]
pub struct Progress {
    /// So many steps last whatever happens.
    pub lasting: AtomicUsize,
    /// So many steps were begun.
    pub begun: AtomicUsize,
    /// Nothing more is to be done.
    pub is_over: AtomicBool,
}

/// Does all steps, none of which may fail.
pub fn run(files: &Files, logged: Logged, steps: &[Step], progress: &Progress) -> Result<()> {
    let mut db = Some(open(files, logged)?);
    for (number, step) in steps.iter().enumerate() {
        progress.begun.store(number + 1, Ordering::SeqCst);
        if progress.is_over.load(Ordering::SeqCst) {
            return Ok(());
        }
        match (step, db.take()) {
            (Step::Reopen { closes }, Some(before)) => {
                if *closes {
                    before.close()?;
                } else {
                    drop(before);
                }
                db = Some(open(files, logged)?);
            }
            (step, Some(open)) => {
                step.run(&open)?;
                db = Some(open);
            }
            (_, None) => {}
        }
        if logged.is_synced() || step.lasts() {
            progress.lasting.store(number + 1, Ordering::SeqCst);
        }
    }
    Ok(())
}
