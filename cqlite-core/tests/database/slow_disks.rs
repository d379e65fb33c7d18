//! Writers beside a disk that stands still.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use cqlite_core::Database;
use cqlite_core::storage::commitlog::{SegmentCompression, SyncMode};
use cqlite_core::storage::fs::{FaultyFileSystem, FileSystem as _, MemoryFileSystem, Operation};
use cqlite_core::storage::store::Health;
use cqlite_sstable::compress::Compressor;

use super::rows::{put, with_table};

#[test]
fn while_flushes_stand_still_writers_wait_and_memory_is_not_exceeded() {
    const BUDGET: u64 = 8 << 20;
    const WRITERS: u64 = 8;
    let memory = MemoryFileSystem::new();
    memory.create_directory(Path::new("/db")).unwrap();
    let files = FaultyFileSystem::new(memory);
    let is_still = Arc::new(AtomicBool::new(false));
    let still = Arc::clone(&is_still);
    files.observe(move |call| {
        let is_flush =
            call.operation == Operation::Write && call.path.to_string_lossy().ends_with("-Data.db");
        while is_flush && still.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
        }
    });
    let builder = Database::builder("/db").unwrap().file_system(Arc::new(files)).reserved_disk(0);
    let (db, table) = with_table(builder.memtable_memory(BUDGET as usize));
    is_still.store(true, Ordering::SeqCst);
    let value = "v".repeat(1 << 20);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (db, table, value) = (&db, &table, &value);
            scope.spawn(move || {
                for number in 0..10 {
                    db.write(&put(db, table, &format!("{writer}"), number, value)).unwrap();
                }
            });
        }
        // So long that all writers wait.
        thread::sleep(Duration::from_secs(2));
        let held = db.metrics().memtable_bytes;
        is_still.store(false, Ordering::SeqCst);
        assert!(held > BUDGET / 2, "{held} bytes: nobody had to wait");
        // Each of them may have had its own write under way.
        assert!(held <= BUDGET + (WRITERS + 1) * (1 << 20), "{held}");
    });
    let read = cqlite_core::storage::read::ReadCommand::key(table.id(), b"7");
    assert!(db.read(&read).unwrap().row_count() > 0);
}

#[test]
fn writes_are_refused_before_a_compressed_log_fills_the_disk_and_go_on_when_there_is_room() {
    let memory = MemoryFileSystem::new();
    memory.create_directory(Path::new("/db")).unwrap();
    let compression = SegmentCompression::new(Compressor::Lz4);
    let builder = Database::builder("/db").unwrap().file_system(Arc::new(memory.clone()));
    let builder = builder.commit_log_compression(Some(compression)).reserved_disk(256 << 10);
    let (db, table) = with_table(builder.sync_mode(SyncMode::Batch).commit_log_segment(1 << 20));
    db.pause_compactions();
    memory.set_capacity(1 << 20);
    // What does not get smaller.
    let mut state = 1_u64;
    let mut letter = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'!' + (state >> 33) as u8 % 90)
    };
    let refused = (0..400).find_map(|number| {
        let value: String = (0..4_000).map(|_| letter()).collect();
        db.write(&put(&db, &table, &number.to_string(), 1, &value)).err()
    });
    let refused = refused.unwrap().to_string();
    assert!(refused.contains("too little room on the disk"), "{refused}");
    memory.set_capacity(u64::MAX);
    let start = std::time::Instant::now();
    while db.health() != Health::Sound {
        assert!(!matches!(db.health(), Health::ReadOnly { .. }), "{:?}", db.health());
        assert!(start.elapsed() < std::time::Duration::from_secs(60), "writing does not go on by itself");
        std::thread::yield_now();
    }
    db.write(&put(&db, &table, "last", 1, "x")).unwrap();
}

#[test]
fn a_flush_that_fails_is_told_of_until_it_goes_well_whatever_becomes_of_other_tables() {
    let memory = MemoryFileSystem::new();
    memory.create_directory(Path::new("/db")).unwrap();
    let builder = Database::builder("/db").unwrap().file_system(Arc::new(memory.clone())).reserved_disk(0);
    let (db, other) = with_table(builder);
    let statement = "CREATE TABLE failing (k text, c int, s text static, v text, PRIMARY KEY (k, c)) \
                     WITH memtable_flush_period_in_ms = 1";
    let failing = db.create_table("ks", statement).unwrap();
    let directory = db.view().table(failing.id()).unwrap().table().directory().clone();
    let away = directory.with_file_name("away");
    memory.rename(&directory, &away).unwrap();
    db.write(&put(&db, &failing, "a", 1, "x")).unwrap();
    let wait_until = |is_told: bool| {
        let start = std::time::Instant::now();
        while db.last_error().is_some() != is_told {
            assert!(start.elapsed() < Duration::from_secs(60), "{:?}", db.last_error());
            thread::sleep(Duration::from_millis(1));
        }
    };
    wait_until(true);
    let told = db.last_error();
    for number in 0..5 {
        db.write(&put(&db, &other, "a", number, "x")).unwrap();
        db.flush(other.id()).unwrap();
        assert_eq!(db.last_error(), told);
    }
    memory.rename(&away, &directory).unwrap();
    wait_until(false);
    assert!(!db.view().table(failing.id()).unwrap().sstables().is_empty());
}
