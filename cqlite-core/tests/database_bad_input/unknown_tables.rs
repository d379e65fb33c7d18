//! Commit logs with writes to tables that nobody knows.

use cqlite_core::storage::fs::MemoryFileSystem;
use cqlite_core::storage::mutation::{Batch, Mutation};
use cqlite_core::storage::replay::ReplayPolicy;

use super::stage::{
    Told, builder, files, numbered, open, put, put_numbered, read_file, rows, table, write_file,
};

const POLICIES: [ReplayPolicy; 3] = [ReplayPolicy::Refuse, ReplayPolicy::Stop, ReplayPolicy::Skip];

/// A database with a log in which a table is written to that the catalogue does not have.
fn with_unknown_table() -> (MemoryFileSystem, cqlite_core::storage::TableId) {
    let fs = MemoryFileSystem::new();
    open(builder(&fs)).0.close().unwrap();
    let without = fs.crash_image(1);
    let (db, known) = open(builder(&fs));
    let unknown = table(&db, "other");
    db.flush_and_trim_log().unwrap();
    put_numbered(&db, &known, 0..5);
    put(&db, &unknown, "a", "lost");
    put(&db, &unknown, "b", "lost");
    put_numbered(&db, &known, 5..10);
    drop(db);
    for segment in files(&fs, "/db/commitlog".as_ref(), ".log") {
        write_file(&without, &segment, &read_file(&fs, &segment));
    }
    (without, unknown.id())
}

#[test]
fn writes_to_a_table_that_nobody_knows_are_left_out_and_counted_under_each_policy() {
    let (fs, unknown) = with_unknown_table();
    for policy in POLICIES {
        let (fs, told) = (fs.crash_image(1), Told::default());
        let listener = std::sync::Arc::new(told.clone());
        let (db, known) = open(builder(&fs).on_log_corruption(policy).listener(listener));
        assert_eq!(rows(&db, &known), numbered(0..10), "{policy:?}");
        let report = told.replay().unwrap();
        assert_eq!(report.unknown_tables, [(unknown, 2)].into(), "{policy:?}");
        assert!(report.is_incomplete() && report.damage_count == 0);
    }
}

#[test]
fn a_mutation_of_two_tables_survives_that_one_of_them_is_dropped() {
    let fs = MemoryFileSystem::new();
    let (db, known) = open(builder(&fs));
    let dropped = table(&db, "other");
    db.flush_and_trim_log().unwrap();
    put_numbered(&db, &known, 0..3);
    let mut batch = Batch::default();
    for table in [&dropped, &known] {
        let update = db.update(table, b"k3").insert(&[], &[("v", Some(b"v3"))]).unwrap();
        batch.push(update.build().unwrap());
    }
    db.submit(&batch).unwrap().wait().unwrap();
    let both = [&dropped, &known]
        .map(|table| db.update(table, b"k4").insert(&[], &[("v", Some(b"v4"))]).unwrap().build().unwrap());
    db.write(&Mutation::joined(both).unwrap()).unwrap();
    db.drop_table("ks", "other").unwrap();
    drop(db);
    let (db, known) = open(builder(&fs));
    assert_eq!(rows(&db, &known), numbered(0..5));
}
