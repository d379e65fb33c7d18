//! A database with threads that flush and compact.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cqlite_core::Database;
use cqlite_core::catalog::{Keyspace, Replication, Table};
use cqlite_core::storage::TableId;
use cqlite_core::storage::commitlog::{SegmentCompression, SyncMode};
use cqlite_core::storage::compaction::OverlappingTombstones;
use cqlite_core::storage::compaction::scheduler::CompactionRequest;
use cqlite_core::storage::fs::{FileSystem, MemoryFileSystem};
use cqlite_core::storage::store::Health;
use cqlite_sstable::compress::Compressor;

const DIRECTORY: &str = "/db";

/// How often each test is played.
pub fn seeds() -> u64 {
    std::env::var("CQLITE_CONCURRENCY_SEEDS").map_or(3, |given| given.parse().expect("a number"))
}

/// A database in memory, with options by a seed.
pub struct Stage {
    pub db: Database,
    files: Arc<MemoryFileSystem>,
    seed: u64,
}

impl Stage {
    pub fn new(seed: u64) -> Self {
        let files = Arc::new(MemoryFileSystem::new());
        files.create_directory(DIRECTORY.as_ref()).unwrap();
        let db = Self::open(&files, seed);
        db.create_keyspace(Keyspace::new("ks", Replication::simple(1), true).unwrap()).unwrap();
        Self { db, files, seed }
    }

    fn open(files: &Arc<MemoryFileSystem>, seed: u64) -> Database {
        let modes = [
            SyncMode::Batch,
            SyncMode::Periodic { interval: Duration::from_millis(5) },
            SyncMode::WriteBack { buffer_bytes: 1 << 12 },
            SyncMode::Group { window: Duration::from_micros(200) },
            SyncMode::Off,
        ];
        let compression = seed.is_multiple_of(2).then(|| SegmentCompression::new(Compressor::Lz4));
        Database::builder(DIRECTORY)
            .unwrap()
            .file_system(Arc::clone(files) as _)
            .sync_mode(modes[(seed % 5) as usize])
            .commit_log_segment(1 << 17)
            .commit_log_size(1 << 20)
            .commit_log_compression(compression)
            .memtable_memory(4 << 20)
            .concurrent_compactions(2)
            .reserved_disk(0)
            .open()
            .unwrap()
    }

    /// A table that forgets deletions at once, and compacts by another strategy with each seed.
    pub fn table(&self, name: &str, columns: &str) -> Arc<Table> {
        let strategies = [
            "'class': 'SizeTieredCompactionStrategy', 'min_threshold': '2'",
            "'class': 'LeveledCompactionStrategy', 'sstable_size_in_mb': '1'",
            "'class': 'UnifiedCompactionStrategy', 'scaling_parameters': 'T2'",
            "'class': 'TimeWindowCompactionStrategy', 'min_threshold': '2'",
        ];
        let strategy = strategies[(self.seed % 4) as usize];
        let options = format!("gc_grace_seconds = 0 AND compaction = {{{strategy}}}");
        self.db.create_table("ks", &format!("CREATE TABLE {name} ({columns}) WITH {options}")).unwrap()
    }

    /// Has `work` done by so many threads, while others flush and compact these tables.
    pub fn play(&self, tables: &[TableId], threads: usize, work: impl Fn(usize) + Sync) {
        let has_ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| self.flush_again_and_again(tables, &has_ended));
            scope.spawn(|| self.compact_again_and_again(tables, &has_ended));
            let workers: Vec<_> = (0..threads)
                .map(|thread| {
                    let work = &work;
                    scope.spawn(move || work(thread))
                })
                .collect();
            let outcomes: Vec<_> = workers.into_iter().map(|worker| worker.join()).collect();
            has_ended.store(true, Ordering::SeqCst);
            outcomes.into_iter().for_each(|outcome| outcome.unwrap());
        });
        assert_eq!((self.db.health(), self.db.last_error()), (Health::Sound, None));
    }

    fn flush_again_and_again(&self, tables: &[TableId], has_ended: &AtomicBool) {
        while !has_ended.load(Ordering::SeqCst) {
            tables.iter().for_each(|table| self.db.flush(*table).unwrap());
            std::thread::sleep(Duration::from_millis(3));
        }
    }

    fn compact_again_and_again(&self, tables: &[TableId], has_ended: &AtomicBool) {
        let garbage = CompactionRequest::GarbageCollection(OverlappingTombstones::Cell);
        for round in 0.. {
            if has_ended.load(Ordering::SeqCst) {
                return;
            }
            let major = CompactionRequest::Major { splits: false };
            let request = if round % 3 == 0 { &garbage } else { &major };
            for table in tables {
                // It is ended where the table is emptied.
                if let Err(error) = self.db.compact(*table, request) {
                    assert!(error.to_string().contains("the compaction was stopped"), "{error}");
                }
            }
            std::thread::sleep(Duration::from_millis(4));
        }
    }

    /// The same database, opened anew without having been closed.
    pub fn reopened(self) -> Database {
        let Self { db, files, seed } = self;
        drop(db);
        Self::open(&files, seed + 1)
    }
}
