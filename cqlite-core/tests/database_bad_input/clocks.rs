//! Clocks that jump.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use cqlite_core::storage::fs::MemoryFileSystem;
use cqlite_core::storage::store::WallClock;
use cqlite_sstable::{Format, Version};

use super::stage::{builder, open, put, rows};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600;

/// 2026-11-22
const NOW: i64 = 1_795_305_600;

/// A clock that is set.
#[derive(Debug, Default, Clone)]
struct Set(Arc<AtomicI64>);

impl Set {
    fn at(seconds: i64) -> Self {
        let clock = Self::default();
        clock.set(seconds);
        clock
    }

    fn set(&self, seconds: i64) {
        self.0.store(seconds * SECOND, Ordering::SeqCst);
    }
}

impl WallClock for Set {
    fn now_micros(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn what_is_written_after_a_clock_went_back_wins() {
    let (fs, clock) = (MemoryFileSystem::new(), Set::at(NOW));
    let (db, table) = open(builder(&fs).clock(Arc::new(clock.clone())));
    put(&db, &table, "a", "before");
    put(&db, &table, "b", "before");
    clock.set(NOW - HOUR);
    put(&db, &table, "a", "after");
    let deletion = db.update(&table, b"b").delete_partition().unwrap().build().unwrap();
    db.write(&deletion).unwrap();
    let expected = [("a".to_owned(), "after".to_owned())].into();
    assert_eq!(rows(&db, &table), expected);
    db.flush(table.id()).unwrap();
    assert_eq!(rows(&db, &table), expected);
    drop(db);

    clock.set(NOW - 1_000 * HOUR);
    let (db, table) = open(builder(&fs).clock(Arc::new(clock.clone())));
    assert_eq!(rows(&db, &table), expected);
    put(&db, &table, "a", "much later");
    assert_eq!(rows(&db, &table)["a"], "much later");
}

#[test]
fn a_table_that_was_dropped_stays_so_and_one_made_after_the_clock_went_back_is_there() {
    let (fs, clock) = (MemoryFileSystem::new(), Set::at(NOW));
    let (db, _) = open(builder(&fs).clock(Arc::new(clock.clone())));
    db.drop_table("ks", "t").unwrap();
    clock.set(NOW - HOUR);
    db.create_table("ks", "CREATE TABLE t2 (k text PRIMARY KEY, v text)").unwrap();
    db.create_table("ks", "CREATE TABLE t (k text PRIMARY KEY, w text)").unwrap();
    drop(db);
    let db = builder(&fs).clock(Arc::new(clock)).open().unwrap();
    assert!(db.table("ks", "t2").is_ok());
    assert!(db.table("ks", "t").unwrap().layout().header_columns(false).iter().any(|one| one.name == b"w"));
}

#[test]
fn a_time_to_live_runs_by_the_clock_of_its_write_and_ends_when_the_clock_is_there() {
    let (fs, clock) = (MemoryFileSystem::new(), Set::at(NOW));
    let (db, table) = open(builder(&fs).clock(Arc::new(clock.clone())));
    let write = |key: &str, ttl| {
        let update = db.update(&table, key.as_bytes()).ttl(ttl).unwrap();
        db.write(&update.insert(&[], &[("v", Some(b"x"))]).unwrap().build().unwrap()).unwrap();
    };
    let keys = || rows(&db, &table).into_keys().collect::<Vec<_>>();
    write("before", 100);
    clock.set(NOW - HOUR);
    write("after", 100);
    assert_eq!(keys(), ["after", "before"]);
    db.flush(table.id()).unwrap();
    clock.set(NOW - HOUR + 100);
    assert_eq!(keys(), ["before"]);
    clock.set(NOW + 100);
    assert_eq!(keys(), Vec::<String>::new());
}

#[test]
fn an_expired_value_that_a_compaction_has_met_does_not_come_back_with_the_clock() {
    let (fs, clock) = (MemoryFileSystem::new(), Set::at(NOW));
    let (db, table) = open(builder(&fs).clock(Arc::new(clock.clone())));
    let update = db.update(&table, b"a").ttl(100).unwrap();
    db.write(&update.insert(&[], &[("v", Some(b"x"))]).unwrap().build().unwrap()).unwrap();
    put(&db, &table, "b", "stays");
    db.flush(table.id()).unwrap();
    clock.set(NOW + 200);
    db.compact(
        table.id(),
        &cqlite_core::storage::compaction::scheduler::CompactionRequest::Major { splits: false },
    )
    .unwrap();
    clock.set(NOW);
    // That the row was there is a marker of its own, which compactions keep as it is, as in Cassandra.
    assert_eq!(
        rows(&db, &table),
        [("a", ""), ("b", "stays")].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
    );
}

/// Local deletion times of a commit log that Cassandra 4 can read end in 2038, and so do those of SSTables before `oa`.
#[test]
fn a_time_to_live_that_ends_after_2038_is_refused_with_that_day_and_nothing_gets_stuck() {
    for (letters, format) in [("nb", Format::Big), ("oa", Format::Big), ("da", Format::Bti)] {
        let (fs, clock) = (MemoryFileSystem::new(), Set::at(NOW));
        let version = Version::parse(letters, format).unwrap();
        let open = || open(builder(&fs).clock(Arc::new(clock.clone())).sstable_version(version));
        let (db, table) = open();
        put(&db, &table, "a", "stays");
        for seconds in [NOW, 2_147_483_000, 2_500_000_000, 5_000_000_000] {
            clock.set(seconds);
            let update = db.update(&table, b"b").ttl(630_720_000).unwrap();
            let refused = update.insert(&[], &[("v", Some(b"expires"))]).map(|_| ()).unwrap_err().to_string();
            assert!(refused.contains("2038-01-19"), "{letters} at {seconds}: {refused}");
            put(&db, &table, "c", &seconds.to_string());
            db.flush(table.id()).unwrap_or_else(|error| panic!("{letters} at {seconds}: {error}"));
        }
        let expected = rows(&db, &table);
        assert_eq!(expected["c"], "5000000000");
        drop(db);
        assert_eq!(rows(&open().0, &table), expected, "{letters}");
    }
}
