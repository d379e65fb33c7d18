//! A thousand tables.

use cqlite_core::Database;
use cqlite_core::catalog::{Keyspace, Replication};
use cqlite_core::storage::fs::MemoryFileSystem;
use cqlite_sstable::Partitioner;

use super::process::{figure, in_child};
use super::stage::{builder, put, rows};

const TABLES: usize = 1_000;

/// What the process may have while it is there: the files of the database, which are in memory, among it.
const MOST_KIBIBYTES: u64 = 384 << 10;

const MOST_THREADS: u64 = 16;

fn make_tables(db: &Database) {
    db.create_keyspace(Keyspace::new("ks", Replication::simple(1), true).unwrap()).unwrap();
    db.alter_keyspace("ks", |before| {
        let mut keyspace = before.clone();
        for number in 0..TABLES {
            let statement = format!("CREATE TABLE t{number} (k text PRIMARY KEY, v text)");
            keyspace = keyspace.with_table(keyspace.table_from_cql(&statement, &Partitioner::Murmur3)?)?;
        }
        Ok(keyspace)
    })
    .unwrap();
}

fn check_rows(db: &Database, value: &str) {
    for number in 0..TABLES {
        let table = db.table("ks", &format!("t{number}")).unwrap();
        assert_eq!(rows(db, &table), [("k".to_owned(), value.to_owned())].into(), "t{number}");
    }
}

fn check_process() {
    assert!(figure("Threads") <= MOST_THREADS, "{}", figure("Threads"));
    assert!(figure("VmHWM") <= MOST_KIBIBYTES, "{} KiB", figure("VmHWM"));
}

#[test]
fn a_thousand_tables_are_written_flushed_replayed_and_read_with_few_threads_and_little_memory() {
    in_child(
        "many_tables::a_thousand_tables_are_written_flushed_replayed_and_read_with_few_threads_and_little_memory",
        || {
            let fs = MemoryFileSystem::new();
            let open = || builder(&fs).commit_log_segment(1 << 20).open().unwrap();
            let db = open();
            make_tables(&db);
            let write = |db: &Database, value: &str| {
                for number in 0..TABLES {
                    put(db, &db.table("ks", &format!("t{number}")).unwrap(), "k", value);
                }
            };
            write(&db, "flushed");
            assert!(db.metrics().memtable_bytes < 16 << 20, "{}", db.metrics().memtable_bytes);
            db.flush_and_trim_log().unwrap();
            assert!(db.metrics().tables.iter().filter(|table| table.sstables > 0).count() >= TABLES);
            check_rows(&db, "flushed");
            check_process();
            write(&db, "in the log");
            drop(db);
            let db = open();
            check_rows(&db, "in the log");
            check_process();
            db.close().unwrap();
            let db = open();
            check_rows(&db, "in the log");
            check_process();
        },
    );
}
