//! The state of an earlier moment, out of a backup and the archive of the commit log.

use std::path::Path;
use std::sync::{Arc, Mutex};

use cqlite_core::storage::commitlog::{DirectoryArchive, restore_segments};
use cqlite_core::storage::fs::DiskFileSystem;
use cqlite_core::{Database, DatabaseBuilder, Event, EventListener};

use super::rows::{all, delete, on, put, with_table};

fn archived(directory: &Path, archive: &Path) -> DatabaseBuilder {
    let archive = DirectoryArchive::new(Arc::new(DiskFileSystem), archive, None);
    on(directory).commit_log_segment(16 << 10).archive(Arc::new(archive))
}

fn restored(backup: &Path, to: &Path, archive: &Path, point: Option<i64>) -> Vec<String> {
    let db = Database::open(backup).unwrap();
    db.backup(to).unwrap();
    db.close().unwrap();
    restore_segments(&DiskFileSystem, archive, &to.join("commitlog")).unwrap();
    let builder = match point {
        Some(point) => on(to).restore_point(point),
        None => on(to),
    };
    let (db, table) = with_table(builder);
    let found = all(&db, &table);
    db.close().unwrap();
    let (db, table) = with_table(on(to));
    assert_eq!(all(&db, &table), found, "what was restored stays");
    found
}

#[test]
fn a_backup_and_the_archived_log_give_each_later_moment() {
    let place = tempfile::tempdir().unwrap();
    let [live, archive, backup] = ["live", "archive", "backup"].map(|name| place.path().join(name));
    std::fs::create_dir(&archive).unwrap();
    let (db, table) = with_table(archived(&live, &archive));
    let write = |from: i32, v: &str| {
        (from..from + 200).for_each(|c| db.write(&put(&db, &table, &format!("k{}", c % 9), c, v)).unwrap());
    };
    write(0, "before the backup");
    db.backup(&backup).unwrap();
    let mut moments = Vec::new();
    for round in 0..4 {
        write(round * 100, &format!("round {round}"));
        db.write(&delete(&db, &table, &format!("k{round}"), None)).unwrap();
        if round == 1 {
            db.flush_and_trim_log().unwrap();
        }
        moments.push((db.next_timestamp(), all(&db, &table)));
    }
    db.truncate(table.id()).unwrap();
    db.write(&put(&db, &table, "after", 1, "a mistake")).unwrap();
    let last = all(&db, &table);
    db.close().unwrap();
    assert!(std::fs::read_dir(&archive).unwrap().count() > 4);

    for (number, (point, expected)) in moments.iter().enumerate() {
        let to = place.path().join(format!("restored{number}"));
        assert_eq!(restored(&backup, &to, &archive, Some(*point)), *expected, "moment {number}");
    }
    assert_eq!(last, ["after=1:a mistake"]);
    let found = restored(&backup, &place.path().join("latest"), &archive, None);
    assert!(found.contains(&"after=1:a mistake".to_owned()), "{found:?}");
}

#[test]
fn an_archive_that_fails_keeps_the_segments_and_is_counted() {
    let place = tempfile::tempdir().unwrap();
    let [live, archive] = ["live", "archive"].map(|name| place.path().join(name));
    let (db, table) = with_table(archived(&live, &archive));
    for c in 0..400 {
        db.write(&put(&db, &table, "a", c, &"x".repeat(100))).unwrap();
    }
    db.flush_and_trim_log().unwrap();
    while db.metrics().commit_log.unwrap().failed_archives == 0 {
        std::thread::yield_now();
    }
    let segments = || std::fs::read_dir(live.join("commitlog")).unwrap().count();
    assert!(segments() > 2);
    std::fs::create_dir(&archive).unwrap();
    db.close().unwrap();
    assert_eq!(segments(), 0);
    assert!(std::fs::read_dir(&archive).unwrap().count() > 2);
}

#[derive(Debug, Default)]
struct Failures(Mutex<Vec<String>>);

impl EventListener for Failures {
    fn tell(&self, event: &Event) {
        if let Event::Failed { error } = event {
            self.0.lock().unwrap().push(error.clone());
        }
    }
}

#[test]
fn a_database_opens_though_its_archive_fails_and_nothing_is_lost_to_the_archive() {
    let place = tempfile::tempdir().unwrap();
    let [live, archive, backup] = ["live", "archive", "backup"].map(|name| place.path().join(name));
    let aside = live.join("commitlog/unarchived");
    let (db, table) = with_table(archived(&live, &archive));
    db.backup(&backup).unwrap();
    let mut written = 0;
    let mut write = |db: &Database| {
        for _ in 0..200 {
            db.write(&put(db, &table, "a", written, &"x".repeat(100))).unwrap();
            written += 1;
        }
    };
    write(&db);
    drop(db);
    let mut kept = 0;
    for _ in 0..2 {
        let failures = Arc::new(Failures::default());
        let (db, _) = with_table(archived(&live, &archive).listener(Arc::clone(&failures) as _));
        let now = std::fs::read_dir(&aside).unwrap().count();
        assert!(now > kept, "{now}");
        kept = now;
        let metrics = db.metrics();
        assert!(metrics.unarchived_segments >= kept as u64, "{metrics:?}");
        let told = || db.last_error().is_some_and(|told| told.contains("cannot be archived"));
        assert!(told(), "{:?}", db.last_error());
        assert!(failures.0.lock().unwrap().iter().any(|failure| failure.contains("cannot be archived")));
        write(&db);
        db.flush(table.id()).unwrap();
        assert!(told(), "that something else goes well does not hide it");
        drop(db);
    }
    std::fs::create_dir(&archive).unwrap();
    let (db, table) = with_table(archived(&live, &archive));
    db.resume();
    let expected = all(&db, &table);
    assert_eq!(expected.len(), 600);
    while db.metrics().unarchived_segments > 0 {
        std::thread::yield_now();
    }
    assert_eq!((db.last_error(), aside.exists()), (None, false));
    db.close().unwrap();
    assert_eq!(restored(&backup, &place.path().join("restored"), &archive, None), expected);
}
