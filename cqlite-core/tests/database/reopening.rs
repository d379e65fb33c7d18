//! What there is after an opening.

use std::sync::{Arc, Mutex};

use cqlite_core::storage::commitlog::SyncMode;
use cqlite_core::{Database, Event, EventListener};

use super::rows::{all, key, on, put, put_static, with_table};

#[test]
fn what_was_written_is_there_after_a_drop_and_after_a_close() {
    let place = tempfile::tempdir().unwrap();
    let mut expected = Vec::new();
    for round in 0..6 {
        let (db, table) = with_table(on(place.path()).sync_mode(SyncMode::Batch));
        assert_eq!(all(&db, &table), expected, "round {round}");
        for c in 0..50 {
            db.write(&put(&db, &table, &format!("k{}", c % 7), c, &format!("{round}"))).unwrap();
        }
        db.write(&put_static(&db, &table, "k3", &format!("s{round}"))).unwrap();
        expected = all(&db, &table);
        match round % 3 {
            0 => drop(db),
            1 => db.close().unwrap(),
            _ => {
                db.flush(table.id()).unwrap();
                drop(db);
            }
        }
    }
}

#[test]
fn a_close_leaves_an_empty_log_and_one_process_writes() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    db.write(&put(&db, &table, "a", 1, "x")).unwrap();
    let refused = Database::open(place.path()).unwrap_err();
    assert!(refused.to_string().contains("another process has the database open"), "{refused}");
    let reader = Database::open_read_only(place.path()).unwrap();
    assert_eq!(key(&reader, &table, "a"), ["a=1:x"], "the end of the log is read");
    assert!(reader.write(&put(&db, &table, "a", 1, "y")).is_err());
    drop(reader);
    db.close().unwrap();
    assert_eq!(std::fs::read_dir(place.path().join("commitlog")).unwrap().count(), 0);
    let reader = Database::open_read_only(place.path()).unwrap();
    assert_eq!(key(&reader, &table, "a"), ["a=1:x"]);
}

#[test]
fn a_directory_of_another_kind_is_refused_and_left_alone() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("letter.txt"), "dear").unwrap();
    let refused = Database::open(place.path()).unwrap_err();
    assert!(refused.to_string().contains("letter.txt"), "{refused}");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    let refused = Database::open_read_only(place.path().join("none")).unwrap_err();
    assert!(refused.to_string().contains("there is no database"), "{refused}");
}

#[derive(Debug, Default)]
struct Told(Mutex<Vec<Event>>);

impl EventListener for Told {
    fn tell(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

#[test]
fn a_missing_table_directory_is_told_of() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    let directory = db.view().table(table.id()).unwrap().table().directory().clone();
    db.close().unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    let told = Arc::new(Told::default());
    let (db, table) = with_table(on(place.path()).listener(told.clone()));
    assert!(all(&db, &table).is_empty());
    let events = told.0.lock().unwrap();
    assert!(events.iter().any(
        |event| matches!(event, Event::MissingDirectory { directory: named, .. } if *named == directory)
    ));
}

#[test]
fn a_truncated_table_is_empty_after_every_opening() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()).sync_mode(SyncMode::Batch));
    for c in 0..20 {
        db.write(&put(&db, &table, "a", c, "old")).unwrap();
        if c == 10 {
            db.flush(table.id()).unwrap();
        }
    }
    db.truncate(table.id()).unwrap();
    assert!(all(&db, &table).is_empty());
    db.write(&put(&db, &table, "a", 100, "new")).unwrap();
    drop(db);
    let (db, table) = with_table(on(place.path()));
    assert_eq!(all(&db, &table), ["a=100:new"]);
}

#[test]
fn timestamps_go_on_behind_those_that_are_there() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    let ahead = db.next_timestamp() + 3_600_000_000;
    let mut update = cqlite_core::storage::mutation::PartitionUpdateBuilder::new(table.layout(), b"a");
    let values = super::rows::clustering(1);
    update.row(&super::rows::row(&values, ahead, false), &[super::rows::cell(0, ahead, b"ahead")]).unwrap();
    db.write(&update.build().unwrap()).unwrap();
    drop(db);
    let (db, table) = with_table(on(place.path()));
    assert!(db.next_timestamp() > ahead);
    db.write(&put(&db, &table, "a", 1, "later")).unwrap();
    assert_eq!(key(&db, &table, "a"), ["a=1:later"]);
}

#[test]
fn reads_of_a_damaged_sstable_say_so_and_others_go_on() {
    let place = tempfile::tempdir().unwrap();
    let (db, table) = with_table(on(place.path()));
    db.pause_compactions();
    for round in 0..2 {
        for c in 0..100 {
            db.write(&put(&db, &table, &format!("k{c}"), round, &"x".repeat(100))).unwrap();
        }
        db.flush(table.id()).unwrap();
    }
    let directory = db.view().table(table.id()).unwrap().table().directory().clone();
    db.close().unwrap();
    let data = directory.join("nb-1-big-Data.db");
    let mut bytes = std::fs::read(&data).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xFF;
    std::fs::write(&data, bytes).unwrap();

    let (db, table) = with_table(on(place.path()));
    db.pause_compactions();
    let read = |k: &str| db.read(&cqlite_core::storage::read::ReadCommand::key(table.id(), k));
    let failed: Vec<String> =
        (0..100).filter_map(|c| read(&format!("k{c}")).err()).map(|error| error.to_string()).collect();
    assert!(
        !failed.is_empty() && failed.iter().all(|error| error.contains("nb-1-big-Data.db")),
        "{failed:?}"
    );
    assert!(read("never there").is_err() || db.metrics().tables.iter().any(|one| one.damaged_sstables == 1));
    assert!(db.backup(place.path().join("backup")).is_err(), "a backup without it would have fewer rows");
    assert!(db.last_error().unwrap().contains("nb-1-big-Data.db"));
    let other = db.create_table("ks", "CREATE TABLE other (k text PRIMARY KEY, v text)").unwrap();
    let update = db.update(&other, b"a").insert(&[], &[("v", Some(b"x"))]).unwrap();
    db.write(&update.build().unwrap()).unwrap();
    assert_eq!(
        db.read(&cqlite_core::storage::read::ReadCommand::key(other.id(), "a")).unwrap().row_count(),
        1
    );
}

#[test]
fn a_damaged_schema_does_not_open_as_an_empty_one() {
    let place = tempfile::tempdir().unwrap();
    let (db, _) = with_table(on(place.path()));
    db.close().unwrap();
    let mut damaged = 0;
    for entry in std::fs::read_dir(place.path().join("data/system_schema")).unwrap() {
        let directory = entry.unwrap().path();
        if directory.to_str().unwrap().contains("tables-") {
            for file in std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()) {
                if file.to_str().unwrap().ends_with("-Statistics.db") {
                    std::fs::write(file, b"nothing of the kind").unwrap();
                    damaged += 1;
                }
            }
        }
    }
    assert!(damaged > 0);
    let refused = Database::open(place.path()).unwrap_err();
    assert!(refused.to_string().contains("Statistics.db"), "{refused}");
}
