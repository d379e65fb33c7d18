//! A reader that goes on beside a writer.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use cqlite_core::Database;
use cqlite_core::storage::compaction::scheduler::CompactionRequest;
use cqlite_core::storage::fs::{FaultyFileSystem, FileSystem as _, MemoryFileSystem};
use cqlite_core::storage::read::ReadCommand;

use super::rows::{all, put, with_table};

/// A file system in memory, and one that is the same and keeps the paths of files that are opened.
fn files() -> (MemoryFileSystem, FaultyFileSystem<MemoryFileSystem>, Arc<Mutex<Vec<String>>>) {
    let memory = MemoryFileSystem::new();
    memory.create_directory(Path::new("/db")).unwrap();
    let (observed, seen) = (FaultyFileSystem::new(memory.clone()), Arc::new(Mutex::new(Vec::new())));
    let paths = Arc::clone(&seen);
    observed.observe(move |call| paths.lock().unwrap().push(call.path.display().to_string()));
    (memory, observed, seen)
}

#[test]
fn a_reader_that_is_refreshed_shows_whatever_the_writer_did_meanwhile() {
    let (memory, observed, _) = files();
    let (db, table) = with_table(
        Database::builder("/db").unwrap().file_system(Arc::new(memory)).commit_log_segment(1 << 16),
    );
    let mut reader =
        Database::builder("/db").unwrap().file_system(Arc::new(observed)).open_read_only().unwrap();
    let number = AtomicU64::new(0);
    let write = |count: u64| {
        for _ in 0..count {
            let number = number.fetch_add(1, Ordering::Relaxed);
            db.write(&put(
                &db,
                &table,
                &format!("k{}", number % 7),
                number as i32 % 50,
                &format!("{number}"),
            ))
            .unwrap();
        }
        db.sync().unwrap();
    };
    let compact = || db.compact(table.id(), &CompactionRequest::Major { splits: false }).map(drop).unwrap();
    let steps: [&dyn Fn(); 9] = [
        &|| write(10),
        &|| db.flush(table.id()).unwrap(),
        &|| write(300),
        &|| (0..2).for_each(|_| (write(5), db.flush(table.id()).unwrap()).1),
        &compact,
        &|| db.flush_and_trim_log().unwrap(),
        &|| write(3),
        &|| db.truncate(table.id()).unwrap(),
        &|| write(2),
    ];
    for (number, step) in steps.iter().enumerate() {
        let before = all(&reader, &table);
        let view = reader.view();
        step();
        assert_eq!(all(&reader, &table), before, "step {number}");
        let (is_told, now) = (reader.refresh().unwrap(), all(&db, &table));
        assert_eq!(all(&reader, &table), now, "step {number}");
        assert!(is_told || now == before, "step {number}");
        let seen = view.read(&ReadCommand::all(table.id())).unwrap();
        assert_eq!(seen.row_count(), before.len(), "what was got before stays");
    }
    let statement = "CREATE TABLE later (k text, c int, s text static, v text, PRIMARY KEY (k, c))";
    let later = db.create_table("ks", statement).unwrap();
    db.write(&put(&db, &later, "a", 1, "x")).unwrap();
    assert!(reader.table("ks", "later").is_err());
    assert!(reader.refresh().unwrap());
    let known = reader.table("ks", "later").unwrap();
    assert_eq!(all(&reader, &known), ["a=1:x"]);
    db.close().unwrap();
    reader.refresh().unwrap();
    assert_eq!(all(&reader, &known), ["a=1:x"]);
}

#[test]
fn a_refresh_opens_no_sstable_where_none_is_new_and_only_a_reader_has_one() {
    let (memory, observed, seen) = files();
    let (mut db, table) = with_table(Database::builder("/db").unwrap().file_system(Arc::new(memory)));
    let refused = db.refresh().unwrap_err();
    assert!(refused.to_string().contains("only a database that was opened to be read"), "{refused}");
    db.write(&put(&db, &table, "a", 1, "x")).unwrap();
    db.flush(table.id()).unwrap();
    let mut reader =
        Database::builder("/db").unwrap().file_system(Arc::new(observed)).open_read_only().unwrap();
    db.write(&put(&db, &table, "a", 2, "y")).unwrap();
    seen.lock().unwrap().clear();
    assert!(reader.refresh().unwrap());
    assert!(!reader.refresh().unwrap());
    let touched = seen.lock().unwrap().clone();
    assert!(touched.iter().any(|path| path.ends_with(".log")), "{touched:?}");
    assert!(!touched.iter().any(|path| path.ends_with(".db")), "{touched:?}");
    assert_eq!(all(&reader, &table), ["a=1:x", "a=2:y"]);
}
