//! The files of what was compacted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cqlite_core::storage::compaction::scheduler::CompactionRequest;
use cqlite_sstable::Component;
use cqlite_sstable::reader::ReaderOptions;

use super::rows::{all, on, put, with_table};

#[test]
fn an_sstable_that_is_read_beside_a_compaction_keeps_its_files_until_nobody_reads_it() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    for row in [1, 2] {
        db.write(&put(&db, &table, "k", row, "x")).unwrap();
        db.flush(table.id()).unwrap();
    }
    // As a compaction of others has it, to know what it still deletes.
    let first = Arc::clone(db.view().table(table.id()).unwrap().sstables()[0].live());
    for _ in 0..2 {
        db.compact(table.id(), &CompactionRequest::Major { splits: false }).unwrap();
        db.write(&put(&db, &table, "k", 3, "x")).unwrap();
        db.flush(table.id()).unwrap();
    }
    let data = first.descriptor().file(Component::Data);
    let names =
        || std::fs::read_dir(data.parent().unwrap()).unwrap().flatten().map(|entry| entry.file_name());
    let sstables = || names().filter(|name| name.to_string_lossy().ends_with("-Data.db")).count();
    // It keeps what was compacted with it, and not the outputs that were compacted again, which go after it would have gone.
    wait_until(|| sstables() <= 4);
    assert!(first.may_have(first.first()).unwrap());
    let mut reader = first.sstable().reader(ReaderOptions::default()).unwrap();
    assert!(reader.find(&first.first().key).unwrap() && data.exists());
    drop((reader, first));
    wait_until(|| !data.exists());
    assert_eq!(all(&db, &table), ["k=1:x", "k=2:x", "k=3:x"]);
}

fn wait_until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}
