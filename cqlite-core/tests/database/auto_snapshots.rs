//! Snapshots that are taken before something goes.

use std::path::{Path, PathBuf};

use cqlite_core::catalog::Table;
use cqlite_core::storage::lifecycle::Manifest;
use cqlite_core::{Database, DatabaseBuilder};

use super::rows::{all, on, put, with_table};

fn directory(db: &Database, table: &Table) -> PathBuf {
    db.view().table(table.id()).unwrap().table().directory().clone()
}

/// The names of the snapshots of a table.
fn tags(directory: &Path) -> Vec<String> {
    let snapshots = std::fs::read_dir(directory.join("snapshots")).into_iter().flatten();
    let mut tags: Vec<_> = snapshots.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    tags.sort();
    tags
}

/// Whether a name is `<prefix>-<millis>-<table>`.
fn is_named(tag: &str, prefix: &str, table: &str) -> bool {
    let millis = tag.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(table));
    let millis = millis.and_then(|rest| rest.strip_prefix('-')?.strip_suffix('-')?.parse::<i64>().ok());
    millis.is_some_and(|millis| millis > 1_700_000_000_000)
}

fn with_rows(builder: DatabaseBuilder) -> (Database, std::sync::Arc<Table>) {
    let (db, table) = with_table(builder);
    db.write(&put(&db, &table, "a", 1, "flushed")).unwrap();
    db.flush(table.id()).unwrap();
    db.write(&put(&db, &table, "a", 2, "in memory")).unwrap();
    (db, table)
}

#[test]
fn what_is_emptied_and_dropped_can_be_taken_back_from_a_snapshot() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_rows(on(place.path()).auto_snapshot(true));
    let (directory, expected) = (directory(&db, &table), all(&db, &table));
    db.truncate(table.id()).unwrap();
    db.write(&put(&db, &table, "b", 3, "later")).unwrap();
    db.drop_table("ks", "t").unwrap();
    let tags = tags(&directory);
    assert_eq!(tags.len(), 2, "{tags:?}");
    assert!(is_named(&tags[0], "dropped", "t") && is_named(&tags[1], "truncated", "t"), "{tags:?}");

    for (tag, expected) in [(&tags[1], expected), (&tags[0], vec!["b=3:later".to_owned()])] {
        let snapshot = directory.join("snapshots").join(tag);
        let manifest = std::fs::read(snapshot.join("manifest.json")).unwrap();
        let files = Manifest::parse(&manifest).unwrap().files;
        let schema = std::fs::read_to_string(snapshot.join("schema.cql")).unwrap();
        assert!(schema.contains("CREATE TABLE") && schema.contains("ks.t"), "{schema}");
        let descriptors: Vec<_> = files
            .iter()
            .map(|name| cqlite_sstable::Descriptor::from_file(&snapshot.join(name)).unwrap())
            .collect();
        let other = tempfile::tempdir().unwrap();
        let (restored, table) = with_table(on(other.path()));
        restored.ingest(table.id(), &descriptors, Default::default()).unwrap();
        assert_eq!(all(&restored, &table), expected, "{tag}");
    }
    assert!(db.clear_snapshot(&tags[0]).unwrap(), "that of a table that is not there any more");
    assert!(!directory.join("snapshots").join(&tags[0]).exists());
}

#[test]
fn no_snapshot_is_taken_unless_both_the_database_and_the_table_want_it() {
    for (of_database, of_table) in [(None, true), (Some(false), true), (Some(true), false)] {
        let place = tempfile::tempdir().unwrap();
        let builder = match of_database {
            Some(wanted) => on(place.path()).auto_snapshot(wanted),
            None => on(place.path()),
        };
        let (db, _) = with_table(builder);
        let create = format!(
            "CREATE TABLE u (k text, c int, v text, PRIMARY KEY (k, c)) WITH allow_auto_snapshot = {of_table}"
        );
        let table = db.create_table("ks", &create).unwrap();
        db.write(&put(&db, &table, "a", 1, "x")).unwrap();
        let directory = directory(&db, &table);
        db.truncate(table.id()).unwrap();
        db.drop_table("ks", "u").unwrap();
        assert_eq!(tags(&directory), Vec::<String>::new(), "{of_database:?} {of_table}");
    }
}

#[test]
fn a_table_of_which_no_snapshot_can_be_taken_is_neither_emptied_nor_dropped() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_rows(on(place.path()).auto_snapshot(true));
    let (directory, expected) = (directory(&db, &table), all(&db, &table));
    std::fs::write(directory.join("snapshots"), b"a file in its way").unwrap();
    db.truncate(table.id()).unwrap_err();
    db.drop_table("ks", "t").unwrap_err();
    db.drop_keyspace("ks").unwrap_err();
    assert_eq!(all(&db, &table), expected);
    db.write(&put(&db, &table, "a", 3, "writes are taken again")).unwrap();
    std::fs::remove_file(directory.join("snapshots")).unwrap();
    for _ in 0..3 {
        db.truncate(table.id()).unwrap();
    }
    assert_eq!(tags(&directory).len(), 3, "each has a name of its own");
}
