//! Snapshots, backups, compactions.

use std::path::{Path, PathBuf};

use cqlite_core::Database;
use cqlite_core::storage::compaction::scheduler::CompactionRequest;

use super::rows::{all, delete, key, on, put, with_table};

#[test]
fn a_backup_opens_at_once_and_has_what_there_was() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(&place.path().join("db")));
    for c in 0..100 {
        db.write(&put(&db, &table, &format!("k{}", c % 9), c, "x")).unwrap();
    }
    let expected = all(&db, &table);
    let backup = place.path().join("backup");
    db.backup(&backup).unwrap();
    assert!(db.backup(&backup).is_err());
    db.write(&delete(&db, &table, "k1", None)).unwrap();
    db.close().unwrap();
    let restored = Database::open(&backup).unwrap();
    assert_eq!(all(&restored, &restored.table("ks", "t").unwrap()), expected);
}

#[test]
fn a_snapshot_is_laid_out_as_a_node_does_it() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    db.write(&put(&db, &table, "a", 1, "x")).unwrap();
    db.snapshot("monday").unwrap();
    let directory = db.view().table(table.id()).unwrap().table().directory().join("snapshots/monday");
    let mut names: Vec<_> = std::fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names[0], "manifest.json");
    assert!(
        names.iter().any(|name| name == "schema.cql") && names.iter().any(|name| name == "nb-1-big-Data.db"),
        "{names:?}"
    );
    assert!(db.snapshot("monday").is_err());
    assert!(db.clear_snapshot("monday").unwrap() && !directory.exists());
}

#[test]
fn a_compaction_leaves_the_same_rows_and_removes_its_inputs() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    db.pause_compactions();
    for round in 0..5 {
        for c in 0..50 {
            db.write(&put(&db, &table, &format!("k{}", c % 7), c, &format!("{round}"))).unwrap();
        }
        db.write(&delete(&db, &table, "k2", Some(2))).unwrap();
        db.flush(table.id()).unwrap();
    }
    let expected = all(&db, &table);
    db.resume_compactions();
    let view = db.view();
    db.compact(table.id(), &CompactionRequest::Major { splits: false }).unwrap();
    assert_eq!(all(&db, &table), expected);
    assert_eq!(db.view().table(table.id()).unwrap().sstables().len(), 1);
    assert_eq!(key(&db, &table, "k2").len() + 1, key(&db, &table, "k3").len());
    drop(view);
    drop(db);
    let (db, table) = with_table(on(place.path()));
    assert_eq!(all(&db, &table), expected);
    assert_eq!(db.view().table(table.id()).unwrap().sstables().len(), 1);
}

#[test]
fn a_thousand_flushed_rows_in_little_memory_are_compacted_in_the_background() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()).memtable_memory(1 << 20));
    for c in 0..20_000 {
        db.write(&put(&db, &table, &format!("k{}", c % 100), c, "some value of a few bytes")).unwrap();
    }
    assert!(
        db.metrics().tables.iter().any(|one| one.id == table.id() && one.flushes >= 4),
        "{:?}",
        db.metrics()
    );
    db.wait_idle();
    assert_eq!(all(&db, &table).len(), 20_000);
    assert_eq!(db.last_error(), None);
    db.close().unwrap();
}

#[test]
fn a_backup_that_was_not_ended_is_made_anew() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(&place.path().join("db")));
    db.write(&put(&db, &table, "a", 1, "x")).unwrap();
    let backup = place.path().join("backup");
    let left = backup.join("data.unfinished/ks/t-0");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("nb-1-big-Data.db"), b"a part").unwrap();
    db.backup(&backup).unwrap();
    let (restored, table) = with_table(on(&backup));
    assert_eq!(all(&restored, &table), ["a=1:x"]);
    assert!(!backup.join("data.unfinished").exists());
}

#[test]
fn flushed_sstables_are_backed_up_if_the_database_and_the_table_want_it() {
    for (backs_up, parameter, expected) in
        [(true, "true", true), (true, "false", false), (false, "true", false)]
    {
        let place = tempfile::tempdir().unwrap();
        let builder = on(place.path());
        let (db, _) = with_table(if backs_up { builder.incremental_backups() } else { builder });
        let create = format!(
            "CREATE TABLE b (k text, c int, v text, PRIMARY KEY (k, c)) WITH incremental_backups = {parameter}"
        );
        let table = db.create_table("ks", &create).unwrap();
        db.write(&put(&db, &table, "a", 1, "v")).unwrap();
        db.flush(table.id()).unwrap();
        let backups = db.view().table(table.id()).unwrap().table().directory().join("backups");
        let names: Vec<_> =
            std::fs::read_dir(&backups).into_iter().flatten().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(
            names.iter().any(|name| name.to_string_lossy().ends_with("-Data.db")),
            expected,
            "{names:?}"
        );
    }
}

/// A node keeps an index as a table in a directory below.
fn indexed(directory: &Path) -> PathBuf {
    let index = directory.join(".by_v");
    std::fs::create_dir(&index).unwrap();
    for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), index.join(entry.file_name())).unwrap();
        }
    }
    index
}

#[test]
fn snapshots_and_backups_have_what_a_node_wrote_of_secondary_indexes() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(&place.path().join("db")));
    db.write(&put(&db, &table, "a", 1, "x")).unwrap();
    db.flush(table.id()).unwrap();
    let directory = db.view().table(table.id()).unwrap().table().directory().clone();
    let index = indexed(&directory);
    let names = |directory: &std::path::Path| {
        let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
        names.collect::<std::collections::BTreeSet<_>>()
    };
    db.snapshot("monday").unwrap();
    let snapshot = directory.join("snapshots/monday");
    assert_eq!(names(&snapshot.join(".by_v")), names(&index));
    let manifest = std::fs::read_to_string(snapshot.join("manifest.json")).unwrap();
    assert!(manifest.contains(".by_v/nb-1-big-Data.db"), "{manifest}");
    let backup = place.path().join("backup");
    db.backup(&backup).unwrap();
    let below = directory.strip_prefix(place.path().join("db")).unwrap();
    assert_eq!(names(&backup.join(below).join(".by_v")), names(&index));
}

#[test]
fn the_indexes_of_a_table_that_is_dropped_are_removed_with_it_and_foreign_files_stay() {
    for (drops_keyspace, has_foreign) in [(false, false), (false, true), (true, false), (true, true)] {
        let place = tempfile::tempdir().unwrap();
        let (db, table) = with_table(on(place.path()));
        db.write(&put(&db, &table, "a", 1, "x")).unwrap();
        db.flush(table.id()).unwrap();
        let directory = db.view().table(table.id()).unwrap().table().directory().clone();
        let index = indexed(&directory);
        let foreign = [index.join("nb-1-big-Data.db.bak"), directory.join("nb-1-big-Index.db.bak")];
        if has_foreign {
            foreign.iter().for_each(|path| std::fs::write(path, b"mine").unwrap());
        }
        if drops_keyspace {
            db.drop_keyspace("ks").unwrap();
        } else {
            db.drop_table("ks", "t").unwrap();
        }
        db.close().unwrap();
        assert!(foreign.iter().all(|path| path.exists() == has_foreign));
        let left = |directory: &Path| {
            let entries = std::fs::read_dir(directory).into_iter().flatten();
            let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            names.filter(|name| name.ends_with(".db") || name.ends_with(".log")).collect::<Vec<_>>()
        };
        assert_eq!(left(&index), Vec::<String>::new());
        assert_eq!((left(&directory), index.exists()), (Vec::new(), has_foreign));
    }
}

#[test]
fn foreign_files_beside_an_sstable_outlive_it() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    let directory = db.view().table(table.id()).unwrap().table().directory().clone();
    db.pause_compactions();
    let mut foreign = Vec::new();
    for round in 1..=2 {
        db.write(&put(&db, &table, "a", round, "x")).unwrap();
        db.flush(table.id()).unwrap();
        for name in ["Data.db.bak", "notes.txt", "Statistics.db.orig"] {
            foreign.push(directory.join(format!("nb-{round}-big-{name}")));
        }
    }
    foreign.iter().for_each(|path| std::fs::write(path, b"mine").unwrap());
    let expected = all(&db, &table);
    db.resume_compactions();
    db.compact(table.id(), &CompactionRequest::Major { splits: false }).unwrap();
    db.close().unwrap();
    assert!(!directory.join("nb-1-big-Data.db").exists() && !directory.join("nb-2-big-TOC.txt").exists());
    let (db, table) = with_table(on(place.path()));
    assert_eq!(all(&db, &table), expected);
    db.truncate(table.id()).unwrap();
    db.close().unwrap();
    assert!(foreign.iter().all(|path| path.exists()));
    let (db, table) = with_table(on(place.path()));
    assert!(all(&db, &table).is_empty());
}
