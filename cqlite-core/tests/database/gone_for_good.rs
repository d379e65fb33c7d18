//! What was deleted, truncated or dropped does not come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use cqlite_core::storage::commitlog::SyncMode;
use cqlite_core::storage::compaction::OverlappingTombstones;
use cqlite_core::storage::compaction::scheduler::CompactionRequest;
use cqlite_core::storage::store::WallClock;
use cqlite_core::{Database, DatabaseBuilder};

use super::rows::{all, delete, log_as_a_node, on, put, with_table};

const PURGED_AT_ONCE: &str =
    "CREATE TABLE h (k text, c int, s text static, v text, PRIMARY KEY (k, c)) WITH gc_grace_seconds = 0";

/// A clock that is set.
#[derive(Debug)]
struct SetClock(AtomicI64);

impl WallClock for SetClock {
    fn now_micros(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl SetClock {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_900_000_000_000_000)))
    }

    /// What was deleted before may be purged.
    fn go_on(&self) {
        self.0.fetch_add(10_000_000, Ordering::SeqCst);
    }
}

fn builder(place: &tempfile::TempDir, clock: &Arc<SetClock>) -> DatabaseBuilder {
    on(place.path()).sync_mode(SyncMode::Batch).clock(Arc::clone(clock) as _)
}

fn compact_all(db: &Database, id: cqlite_core::storage::TableId) {
    db.compact(id, &CompactionRequest::Major { splits: false }).unwrap();
}

#[test]
fn a_row_whose_sstable_is_emptied_is_not_replayed_from_a_log_that_a_cold_table_keeps() {
    let (place, clock) = (tempfile::tempdir().unwrap(), SetClock::new());
    let (db, cold) = with_table(builder(&place, &clock));
    let hot = db.create_table("ks", PURGED_AT_ONCE).unwrap();
    db.pause_compactions();
    db.write(&put(&db, &cold, "cold", 1, "x")).unwrap();
    db.write(&put(&db, &hot, "k", 1, "old")).unwrap();
    db.write(&put(&db, &cold, "cold", 2, "x")).unwrap();
    db.flush(hot.id()).unwrap();
    db.write(&delete(&db, &hot, "k", Some(1))).unwrap();
    db.write(&put(&db, &hot, "j", 1, "x")).unwrap();
    db.flush(hot.id()).unwrap();
    db.resume_compactions();
    clock.go_on();
    db.compact(hot.id(), &CompactionRequest::GarbageCollection(OverlappingTombstones::Row)).unwrap();
    compact_all(&db, hot.id());
    assert_eq!(all(&db, &hot), ["j=1:x"]);
    drop(db);
    let (db, cold) = with_table(builder(&place, &clock));
    assert_eq!(all(&db, &db.table("ks", "h").unwrap()), ["j=1:x"]);
    assert_eq!(all(&db, &cold), ["cold=1:x", "cold=2:x"]);
}

#[test]
fn a_table_of_which_a_compaction_leaves_nothing_is_empty_after_a_replay() {
    let (place, clock) = (tempfile::tempdir().unwrap(), SetClock::new());
    let (db, _) = with_table(builder(&place, &clock));
    let table = db.create_table("ks", PURGED_AT_ONCE).unwrap();
    let (later, earlier) = (delete(&db, &table, "k", None), |db: &Database| {
        let update = db.update(&table, b"k").timestamp(50);
        update.insert(&[&1_i32.to_be_bytes()], &[("v", Some(b"old"))]).unwrap().build().unwrap()
    });
    db.write(&later).unwrap();
    db.close().unwrap();
    let (db, _) = with_table(builder(&place, &clock));
    db.write(&earlier(&db)).unwrap();
    db.flush(table.id()).unwrap();
    clock.go_on();
    compact_all(&db, table.id());
    assert!(db.view().table(table.id()).unwrap().sstables().is_empty(), "nothing is left");
    drop(db);
    let (db, _) = with_table(builder(&place, &clock));
    assert!(all(&db, &table).is_empty());
}

#[test]
fn a_table_that_is_made_again_with_the_id_of_one_that_was_dropped_is_empty_after_a_replay() {
    let (place, clock) = (tempfile::tempdir().unwrap(), SetClock::new());
    let (db, other) = with_table(builder(&place, &clock));
    let statement = "CREATE TABLE again (k text, c int, s text static, v text, PRIMARY KEY (k, c)) \
                     WITH ID = 5a1c395e-b41f-11e5-9f22-ba0be0483c18";
    let table = db.create_table("ks", statement).unwrap();
    db.write(&put(&db, &other, "kept", 1, "x")).unwrap();
    db.write(&put(&db, &table, "flushed", 1, "x")).unwrap();
    db.flush(table.id()).unwrap();
    db.write(&put(&db, &table, "logged", 1, "x")).unwrap();
    db.drop_table("ks", "again").unwrap();
    let table = db.create_table("ks", statement).unwrap();
    assert!(all(&db, &table).is_empty());
    db.write(&put(&db, &table, "new", 1, "x")).unwrap();
    drop(db);
    let (db, other) = with_table(builder(&place, &clock));
    assert_eq!(all(&db, &table), ["new=1:x"]);
    assert_eq!(all(&db, &other), ["kept=1:x"]);
}

#[test]
fn what_the_database_itself_is_kept_in_is_not_truncated() {
    let (db, table) = with_table(Database::in_memory().unwrap());
    let own: Vec<_> = db.schema().tables().filter(|one| one.keyspace() != "ks").cloned().collect();
    assert!(!own.is_empty());
    for own in own {
        let refused = db.truncate(own.id()).unwrap_err().to_string();
        assert!(refused.contains("a table of the database itself"), "{refused}");
    }
    db.truncate(table.id()).unwrap();
}

#[test]
fn a_truncation_is_not_forgotten_when_a_node_writes_its_tokens_anew() {
    let (place, clock) = (tempfile::tempdir().unwrap(), SetClock::new());
    let (db, table) = with_table(builder(&place, &clock));
    db.write(&put(&db, &table, "a", 1, "old")).unwrap();
    db.truncate(table.id()).unwrap();
    let local = db.table("system", "local").unwrap();
    let tokens = db.update(&local, b"local").replace_elements(&[], "tokens", &[(b"1", Some(b""))]).unwrap();
    let tokens = tokens.build().unwrap();
    drop(db);
    let (log, kept) = (place.path().join("commitlog"), place.path().join("kept"));
    std::fs::rename(&log, &kept).unwrap();
    std::fs::create_dir(&log).unwrap();
    log_as_a_node(place.path(), &[tokens]);
    with_table(builder(&place, &clock)).0.close().unwrap();
    // What was written before the table was emptied is still in the log, as if the power had failed.
    std::fs::remove_dir_all(&log).unwrap();
    std::fs::rename(&kept, &log).unwrap();
    let (db, table) = with_table(builder(&place, &clock));
    assert!(all(&db, &table).is_empty());
}
