//! A process that may have few files open.

use cqlite_core::Database;
use cqlite_sstable::Result;
use rustix::process::{Resource, Rlimit, setrlimit};

use super::process::in_child;
use super::stage::{Rows, open, put_numbered, rows, table};

const TABLES: usize = 12;

fn limit(files: u64) {
    setrlimit(Resource::Nofile, Rlimit { current: Some(files), maximum: Some(files) }).unwrap();
}

/// Writes to several tables, flushes and compacts them, and reads them.
fn use_it(db: &Database, round: usize) -> Result<Vec<Rows>> {
    (0..TABLES)
        .map(|number| {
            let table = table(db, &format!("t{number}"));
            put_numbered(db, &table, round * 10..round * 10 + 10);
            db.flush(table.id())?;
            Ok(rows(db, &table))
        })
        .collect()
}

#[test]
fn with_few_descriptors_many_sstables_are_read_and_written() {
    in_child("descriptors::with_few_descriptors_many_sstables_are_read_and_written", || {
        let place = tempfile::tempdir().unwrap();
        limit(64);
        let (db, _) = open(Database::builder(place.path()).unwrap().commit_log_segment(1 << 20));
        for round in 0..4 {
            let found = use_it(&db, round).unwrap();
            assert!(found.iter().all(|rows| rows.len() == (round + 1) * 10), "{found:?}");
        }
        assert_eq!(db.last_error(), None);
        db.close().unwrap();
        let (db, table) = open(Database::builder(place.path()).unwrap());
        assert!(rows(&db, &table).is_empty());
        assert_eq!(rows(&db, &db.table("ks", "t3").unwrap()).len(), 40);
    });
}

#[test]
fn with_too_few_descriptors_the_error_says_what_to_do_and_nothing_is_lost() {
    in_child("descriptors::with_too_few_descriptors_the_error_says_what_to_do_and_nothing_is_lost", || {
        let place = tempfile::tempdir().unwrap();
        let builder = || Database::builder(place.path()).unwrap().commit_log_segment(1 << 20);
        let (db, table) = open(builder());
        put_numbered(&db, &table, 0..10);
        drop(db);
        let before = rustix::process::getrlimit(Resource::Nofile);
        let mut refused = 0;
        for files in 4..24 {
            setrlimit(Resource::Nofile, Rlimit { current: Some(files), ..before }).unwrap();
            if let Err(error) = builder().open() {
                assert!(
                    error.advice().is_some_and(|advice| advice.contains("ulimit -n")),
                    "{files}: {error}"
                );
                refused += 1;
            }
        }
        assert!(refused > 0);
        setrlimit(Resource::Nofile, before).unwrap();
        let (db, table) = open(builder());
        assert_eq!(rows(&db, &table).len(), 10);
    });
}
