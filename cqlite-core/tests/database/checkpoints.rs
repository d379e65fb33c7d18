//! Copies of the database that are made in the background.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cqlite_core::{CheckpointOptions, Database, Event, EventListener};

use super::rows::{all, on, put, with_table};

#[derive(Debug, Default)]
struct Told {
    made: Mutex<Vec<PathBuf>>,
    failed: Mutex<Vec<String>>,
}

impl EventListener for Told {
    fn tell(&self, event: &Event) {
        match event {
            Event::Checkpointed { directory } => self.made.lock().unwrap().push(directory.clone()),
            Event::Failed { error } => self.failed.lock().unwrap().push(error.clone()),
            _ => {}
        }
    }
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn begun(
    directory: &Path,
    options: CheckpointOptions,
) -> (Database, Arc<cqlite_core::catalog::Table>, Arc<Told>) {
    let told = Arc::new(Told::default());
    let (db, table) = with_table(on(directory).checkpoints(options).listener(Arc::clone(&told) as _));
    (db, table, told)
}

#[test]
fn checkpoints_are_made_by_time_and_each_opens_and_the_newest_are_kept() {
    let place = tempfile::tempdir().unwrap();
    let interval = Some(Duration::from_millis(1));
    let options = CheckpointOptions { interval, kept: 2, ..CheckpointOptions::default() };
    let (db, table, told) = begun(place.path(), options);
    db.write(&put(&db, &table, "a", 1, "x")).unwrap();
    let made = || told.made.lock().unwrap().clone();
    let before = made().len();
    until("four checkpoints", || made().len() >= before + 4);
    until("no more than two", || db.checkpoints().unwrap().len() == 2);
    let expected = all(&db, &table);
    db.close().unwrap();
    let made = made();
    let left: Vec<PathBuf> =
        std::fs::read_dir(place.path().join("checkpoints")).unwrap().map(|one| one.unwrap().path()).collect();
    assert!(left.len() <= 3, "{left:?}");
    let (db, table) = with_table(on(made.last().unwrap()));
    assert_eq!(all(&db, &table), expected);
    assert!(!made[0].exists());
}

#[test]
fn a_checkpoint_is_made_when_enough_was_written_and_not_before() {
    let place = tempfile::tempdir().unwrap();
    let options = CheckpointOptions { log_bytes: Some(1 << 20), ..CheckpointOptions::default() };
    let (db, table, told) = begun(place.path(), options);
    let value = "x".repeat(10_000);
    let write = |c| db.write(&put(&db, &table, "a", c, &value)).unwrap();
    (0..50).for_each(write);
    let flushes = || db.metrics().flushes.count;
    // The thread that makes checkpoints has looked at it when it has flushed.
    db.set_memtable_memory(1 << 18);
    (50..55).for_each(write);
    until("a flush in the background", || flushes() > 0 && db.metrics().memtable_bytes < 1 << 18);
    assert_eq!(told.made.lock().unwrap().len(), 0);
    (55..130).for_each(write);
    until("a checkpoint", || told.made.lock().unwrap().len() == 1);
    assert_eq!(db.checkpoints().unwrap(), *told.made.lock().unwrap());
}

#[test]
fn what_a_crash_left_of_a_checkpoint_is_none_and_goes_with_the_next() {
    let place = tempfile::tempdir().unwrap();
    let left = place.path().join("checkpoints/17/data.unfinished/ks");
    let foreign = place.path().join("checkpoints/mine");
    for directory in [&left, &foreign] {
        std::fs::create_dir_all(directory).unwrap();
    }
    std::fs::create_dir_all(place.path().join("data")).unwrap();
    let interval = Some(Duration::from_millis(1));
    let options = CheckpointOptions { interval, kept: 2, ..CheckpointOptions::default() };
    let (db, _, told) = begun(place.path(), options);
    assert!(db.checkpoints().unwrap().iter().all(|one| !one.ends_with("17")));
    until("a checkpoint", || told.made.lock().unwrap().len() > 1);
    db.close().unwrap();
    assert!(!place.path().join("checkpoints/17").exists() && foreign.exists());
}

#[test]
fn a_checkpoint_that_fails_is_told_and_the_database_goes_on() {
    let place = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(place.path().join("data")).unwrap();
    std::fs::write(place.path().join("checkpoints"), b"a file in its way").unwrap();
    let interval = Some(Duration::from_millis(1));
    let (db, table, told) =
        begun(place.path(), CheckpointOptions { interval, ..CheckpointOptions::default() });
    until("a failure", || !told.failed.lock().unwrap().is_empty());
    assert!(told.failed.lock().unwrap()[0].contains("checkpoints"), "{:?}", told.failed);
    db.write(&put(&db, &table, "a", 1, "x")).unwrap();
    db.flush(table.id()).unwrap();
    assert_eq!(all(&db, &table), ["a=1:x"]);
    db.close().unwrap();
}
