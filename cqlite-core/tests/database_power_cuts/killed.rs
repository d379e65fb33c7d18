//! Power cuts after a process was killed: what it had written and not synced is read, and may be lost then.

use std::path::Path;
use std::sync::{Arc, Mutex};

use cqlite_core::Database;
use cqlite_core::catalog::{Keyspace, Replication};
use cqlite_core::storage::commitlog::SyncMode;
use cqlite_core::storage::fs::{Failure, Fault, FaultyFileSystem, FileSystem as _, MemoryFileSystem};
use cqlite_core::storage::mutation::Batch;
use cqlite_core::storage::read::ReadCommand;
use cqlite_sstable::compress::Compressor;

use super::scenario::{Files, Logged, ROOT, builder, open};
use super::state::KEYSPACE;

const TABLES: [&str; 2] = ["a", "b"];

fn row_counts(db: &Database) -> [usize; 2] {
    TABLES.map(|name| {
        let table = db.table(KEYSPACE, name).unwrap();
        db.read(&ReadCommand::all(table.id())).unwrap().row_count()
    })
}

#[test]
fn a_batch_that_is_replayed_from_a_log_that_was_never_synced_is_there_as_a_whole_or_not_at_all() {
    let mode = SyncMode::Periodic { interval: std::time::Duration::from_secs(3_600) };
    // A process that is killed syncs nothing; one whose sync failed leaves what the operating system dropped from what it writes.
    for (compression, has_failed) in [(None, false), (Some(Compressor::Lz4), true)] {
        let logged = Logged { mode, compression };
        let memory = MemoryFileSystem::new();
        memory.create_directory(Path::new(ROOT)).unwrap();
        memory.sync_directory(Path::new("/")).unwrap();
        let files: Files = FaultyFileSystem::new(memory.clone());
        let db = open(&files, logged).unwrap();
        db.create_keyspace(Keyspace::new(KEYSPACE, Replication::simple(1), true).unwrap()).unwrap();
        let batch: Batch = TABLES
            .iter()
            .map(|name| {
                let statement = format!("CREATE TABLE {name} (k text PRIMARY KEY, v text)");
                let table = db.create_table(KEYSPACE, &statement).unwrap();
                let update = db.update(&table, b"k").insert(&[], &[("v", Some(b"x"))]).unwrap();
                update.build().unwrap()
            })
            .collect();
        db.submit(&batch).unwrap().wait().unwrap();
        if has_failed {
            files.plan(Fault::ChangesFrom { number: 0, failure: Failure::BrokenDisk });
        } else {
            files.ignore_syncs(|_, _| true);
        }
        drop(db);

        let files: Files = FaultyFileSystem::new(memory.clone());
        let images = Arc::new(Mutex::new(Vec::new()));
        let (taken, of) = (Arc::clone(&images), memory.clone());
        files.observe(move |call| {
            if call.operation.is_change() {
                let what = format!("{:?} of {}", call.operation, call.path.display());
                // Nothing that was not synced is left, or some of it.
                let seed = call.number % 2 * (call.number + 2);
                taken.lock().unwrap().push((seed, what, of.crash_image(seed)));
            }
        });
        let db = open(&files, logged).unwrap();
        assert_eq!(row_counts(&db), [1, 1]);
        files.observe(|_| ());
        drop(db);
        let images = std::mem::take(&mut *images.lock().unwrap());
        assert!(images.len() > 100, "{}", images.len());
        for (seed, what, image) in images {
            let db = builder(&image, ROOT).unwrap().open().unwrap();
            let [a, b] = row_counts(&db);
            assert_eq!(a, b, "a power cut before {what}, seed {seed}");
        }
    }
}
