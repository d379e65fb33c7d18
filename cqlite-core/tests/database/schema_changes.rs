//! Changes of the schema.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use cqlite_core::Database;
use cqlite_core::catalog::{Keyspace, Replication};
use cqlite_core::storage::read::ReadCommand;
use cqlite_sstable::schema::Column;
use cqlite_sstable::types::CqlType;

use super::rows::{all, cell, clustering, key, on, put, row, with_table};

#[test]
fn tables_and_keyspaces_are_there_after_an_opening_until_they_are_dropped() {
    let place = tempfile::tempdir().unwrap();
    let (db, _) = with_table(on(place.path()));
    db.create_table("ks", "CREATE TABLE other (id uuid PRIMARY KEY, m map<text, int>)").unwrap();
    let again = db.create_table("ks", "CREATE TABLE other (id uuid PRIMARY KEY)");
    assert!(again.is_err());
    drop(db);
    let db = Database::open(place.path()).unwrap();
    let other = db.table("ks", "other").unwrap();
    assert_eq!(other.schema().regular_columns.len(), 1);
    db.drop_table("ks", "other").unwrap();
    assert!(db.table("ks", "other").is_err() && db.view().table(other.id()).is_err());
    drop(db);
    let db = Database::open(place.path()).unwrap();
    assert!(db.table("ks", "other").is_err() && db.table("ks", "t").is_ok());
    db.drop_keyspace("ks").unwrap();
    db.close().unwrap();
    assert!(Database::open(place.path()).unwrap().schema().keyspace("ks").is_none());
}

#[test]
fn columns_come_and_go_and_writes_of_the_schema_before_are_taken() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    db.write(&put(&db, &table, "a", 1, "flushed")).unwrap();
    db.flush(table.id()).unwrap();
    db.write(&put(&db, &table, "a", 2, "in memory")).unwrap();
    db.add_column("ks", "t", Column::new("u", CqlType::Text), false).unwrap();
    // Made by the schema of before.
    db.write(&put(&db, &table, "a", 3, "late")).unwrap();
    let new = db.table("ks", "t").unwrap();
    let (timestamp, values) = (db.next_timestamp(), clustering(4));
    let mut update = cqlite_core::storage::mutation::PartitionUpdateBuilder::new(new.layout(), b"a");
    let u = new.schema().regular_columns.iter().position(|column| column.name == "u").unwrap();
    update.row(&row(&values, timestamp, false), &[cell(u, timestamp, b"of u")]).unwrap();
    db.write(&update.build().unwrap()).unwrap();
    let lines = |db: &Database| {
        let page = db.read(&cqlite_core::storage::read::ReadCommand::key(new.id(), "a")).unwrap();
        let partition = page.partitions().next().unwrap();
        let v = 1 - u;
        let text = |bytes: Option<&[u8]>| {
            bytes.map_or("null".into(), |bytes| String::from_utf8(bytes.to_vec()).unwrap())
        };
        partition
            .rows()
            .map(|row| format!("{} {}", text(row.cells().value(v)), text(row.cells().value(u))))
            .collect::<Vec<_>>()
    };
    let expected = ["flushed null", "in memory null", "late null", "null of u"];
    assert_eq!(lines(&db), expected);
    drop(db);
    let db = Database::open(place.path()).unwrap();
    assert_eq!(lines(&db), expected);
    db.drop_column("ks", "t", "v").unwrap();
    db.add_column("ks", "t", Column::new("v", CqlType::Text), false).unwrap();
    let table = db.table("ks", "t").unwrap();
    let expected = ["null null", "null null", "null null", "null of u"];
    assert_eq!(lines(&db), expected, "what was dropped does not come back with the name");
    db.flush(table.id()).unwrap();
    assert_eq!(lines(&db), expected);
    drop(db);
    assert_eq!(lines(&Database::open(place.path()).unwrap()), expected);
}

#[test]
fn a_column_comes_back_with_values_of_the_same_length_only_and_is_empty_and_can_be_replayed() {
    let place = tempfile::tempdir().unwrap();
    let db = on(place.path()).open().unwrap();
    db.create_keyspace(Keyspace::new("ks", Replication::simple(1), true).unwrap()).unwrap();
    let table = db.create_table("ks", "CREATE TABLE numbers (k int PRIMARY KEY, v int, w int)").unwrap();
    let number = |value: i32| value.to_be_bytes();
    for k in 0..20 {
        let values = [("v", Some(&number(k)[..])), ("w", Some(&number(k)[..]))];
        db.write(&db.update(&table, &number(k)).insert(&[], &values).unwrap().build().unwrap()).unwrap();
    }
    db.drop_column("ks", "numbers", "v").unwrap();
    let come_back = |of: CqlType| db.add_column("ks", "numbers", Column::new("v", of), false);
    for other in [CqlType::Varint, CqlType::Blob, CqlType::BigInt] {
        let refused = come_back(other).unwrap_err();
        assert!(refused.to_string().contains("incompatible with previously dropped column 'v'"), "{refused}");
    }
    come_back(CqlType::Int).unwrap();
    let table = db.table("ks", "numbers").unwrap();
    let update = db.update(&table, &number(3)).set(&[], &[("v", Some(&number(4)[..]))]).unwrap();
    db.write(&update.build().unwrap()).unwrap();
    let counts = |db: &Database| {
        let page = db.read(&ReadCommand::all(table.id())).unwrap();
        let rows: Vec<_> = page.partitions().flat_map(|one| one.rows().collect::<Vec<_>>()).collect();
        (rows.len(), rows.iter().map(|row| row.cells().len()).sum::<usize>())
    };
    assert_eq!(counts(&db), (20, 21));
    drop(db);
    let db = on(place.path()).open().unwrap();
    assert_eq!(counts(&db), (20, 21));
    db.flush(table.id()).unwrap();
    assert_eq!(counts(&db), (20, 21));
}

#[test]
fn a_write_to_a_dropped_table_is_refused() {
    let (db, table) = with_table(Database::in_memory().unwrap());
    let late = put(&db, &table, "a", 1, "late");
    db.drop_table("ks", "t").unwrap();
    let refused = db.write(&late).unwrap_err();
    assert!(refused.to_string().contains("may have been dropped"), "{refused}");
}

#[test]
fn counters_count_exactly_with_many_threads() {
    let (db, _) = with_table(Database::in_memory().unwrap());
    let table = db.create_table("ks", "CREATE TABLE hits (page text PRIMARY KEY, n counter)").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for round in 0..500 {
                    db.add_to_counter(&table, b"home", &[], 0, if round % 2 == 0 { 3 } else { -1 }).unwrap();
                    if round == 250 {
                        db.flush(table.id()).unwrap();
                    }
                }
            });
        }
    });
    assert_eq!(db.add_to_counter(&table, b"home", &[], 0, 0).unwrap(), 2_000);
}

#[test]
fn a_conditional_write_is_made_once() {
    let (db, table) = with_table(Database::in_memory().unwrap());
    let made = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (db, table, made) = (&db, &table, &made);
            scope.spawn(move || {
                let read = cqlite_core::storage::read::ReadCommand::key(table.id(), "a");
                let mutation = put(db, table, "a", 1, &thread.to_string());
                let is_made = db.apply_if(&read, |page| Ok(page.is_empty()), &mutation).unwrap();
                made.fetch_add(usize::from(is_made), std::sync::atomic::Ordering::SeqCst);
            });
        }
    });
    assert_eq!(made.into_inner(), 1);
    assert_eq!(key(&db, &table, "a").len(), 1);
    assert_eq!(all(&db, &table).len(), 1);
}

#[test]
fn a_write_by_the_schema_of_the_moment_is_taken_while_that_changes() {
    let (db, table) = with_table(Database::in_memory().unwrap());
    let name = table.name().to_owned();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut written = 0_u32;
            while !is_over.load(Ordering::SeqCst) {
                let table = db.table("ks", &name).unwrap();
                // All columns that there are, the newest one among them.
                let columns = table.layout().header_columns(false).to_vec();
                let names = columns.iter().map(|column| std::str::from_utf8(&column.name).unwrap());
                let values: Vec<_> = names.map(|name| (name, Some(&b"x"[..]))).collect();
                let update = db.update(&table, b"a").insert(&[&1_i32.to_be_bytes()], &values).unwrap();
                db.write(&update.build().unwrap()).unwrap();
                written += 1;
            }
            written
        });
        for number in 0..40 {
            db.add_column("ks", &name, Column::new(format!("n{number}"), CqlType::Text), false).unwrap();
        }
        is_over.store(true, Ordering::SeqCst);
        assert!(writer.join().unwrap() > 0);
    });
}

#[test]
fn the_memory_of_a_table_that_is_altered_is_flushed() {
    let (db, table) = with_table(Database::in_memory().unwrap());
    for c in 0..50 {
        db.write(&put(&db, &table, "a", c, &"v".repeat(10_000))).unwrap();
    }
    let before = db.metrics().memtable_bytes;
    assert!(before > 500_000, "{before}");
    db.add_column("ks", table.name(), Column::new("n", CqlType::Text), false).unwrap();
    while db.metrics().memtable_bytes > before / 2 {
        thread::yield_now();
    }
}
