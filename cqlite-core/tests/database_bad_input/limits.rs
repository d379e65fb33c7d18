//! Writes that are larger than they may be.

use cqlite_core::Database;
use cqlite_core::storage::fs::MemoryFileSystem;
use cqlite_core::storage::mutation::{Batch, Mutation};
use cqlite_sstable::ErrorKind;

use super::stage::{builder, numbered, open, put_numbered, rows};

/// A segment of 64 KiB: a mutation may have half of it.
const MUTATION_LIMIT_BYTES: usize = 32 << 10;

fn mutation(db: &Database, key: &str, bytes: usize) -> Mutation {
    let table = db.table("ks", "t").unwrap();
    let value = vec![b'x'; bytes];
    db.update(&table, key.as_bytes()).insert(&[], &[("v", Some(&value))]).unwrap().build().unwrap()
}

#[test]
fn a_mutation_over_its_limit_is_refused_with_both_figures_and_changes_nothing() {
    let (db, table) = open(builder(&MemoryFileSystem::new()));
    put_numbered(&db, &table, 0..3);
    let large = mutation(&db, "large", MUTATION_LIMIT_BYTES);
    let refused = db.write(&large).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    let told = refused.to_string();
    let bytes = large.bytes().len() + 12;
    assert!(told.contains(&format!("{bytes} bytes")) && told.contains("32768 are the most"), "{told}");
    assert!(refused.advice().is_some());
    put_numbered(&db, &table, 3..5);
    assert_eq!(rows(&db, &table), numbered(0..5));
}

#[test]
fn a_batch_over_its_limit_is_refused_with_both_figures_and_changes_nothing() {
    let (db, table) = open(builder(&MemoryFileSystem::new()));
    let mut batch = Batch::default();
    (0..4).for_each(|number| batch.push(mutation(&db, &format!("b{number}"), 20_000)));
    let bytes: usize = batch.mutations().iter().map(|one| one.bytes().len() + 12).sum();
    let refused = db.submit(&batch).map(|_| ()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    let told = refused.to_string();
    assert!(told.contains(&format!("{bytes} bytes")) && told.contains("a segment of 65536"), "{told}");
    put_numbered(&db, &table, 0..5);
    assert_eq!(rows(&db, &table), numbered(0..5));
}

#[test]
fn a_value_over_256_mebibytes_is_refused_with_both_figures() {
    let (db, table) = open(Database::in_memory().unwrap());
    let value = vec![0; (256 << 20) + 1];
    let refused = db.update(&table, b"k").insert(&[], &[("v", Some(&value))]).map(|_| ()).unwrap_err();
    let told = refused.to_string();
    assert!(told.contains("268435457") && told.contains("268435456"), "{told}");
}

#[test]
fn a_value_of_256_mebibytes_is_named_too_large_for_a_commit_log_of_the_usual_size() {
    let (db, table) = open(builder(&MemoryFileSystem::new()).commit_log_segment(32 << 20));
    let value = vec![b'x'; 256 << 20];
    let update = db.update(&table, b"k").insert(&[], &[("v", Some(&value))]).unwrap().build().unwrap();
    let told = db.write(&update).unwrap_err().to_string();
    assert!(told.contains("16777216 are the most"), "{told}");
    assert!(rows(&db, &table).is_empty());
}

#[test]
fn a_key_over_its_limit_is_refused_with_both_figures() {
    let (db, table) = open(builder(&MemoryFileSystem::new()));
    let key = vec![b'k'; 65_536];
    let refused = db.update(&table, &key).insert(&[], &[("v", Some(b"x"))]).unwrap().build().unwrap_err();
    let told = refused.to_string();
    assert!(told.contains("65536") && told.contains("65535"), "{told}");
}
