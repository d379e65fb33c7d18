//! Conditional updates, counters and batches of many threads on few partitions.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use cqlite_core::Database;
use cqlite_core::query::{Answer, ExecuteOptions, Session};

const THREADS: i32 = 32;
const PARTITIONS: i32 = 10;
const ROUNDS: i32 = 60;

fn database() -> Database {
    let db = Database::in_memory().unwrap().open().unwrap();
    let mut session = db.session();
    for statement in [
        "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "CREATE TABLE ks.registers (k int PRIMARY KEY, v text)",
        "CREATE TABLE ks.counters (k int PRIMARY KEY, n counter)",
        "CREATE TABLE ks.pairs (k int, side text, v int, PRIMARY KEY (k, side))",
        "CREATE TABLE ks.others (k int PRIMARY KEY, v int)",
    ] {
        session.execute(statement, ()).unwrap();
    }
    drop(session);
    db
}

/// A conditional update: when it was begun and ended, the value that it was to replace, and either its own or the one that
/// it found instead.
#[derive(Debug, Clone)]
struct Swap {
    begun: u64,
    ended: u64,
    expected: Option<String>,
    outcome: Result<String, Option<String>>,
}

fn text(session: &mut Session<'_>, cql: &str, key: i32) -> Option<String> {
    let rows = session.execute(cql, (key,)).unwrap().rows().unwrap();
    rows.row(0).and_then(|row| row.get::<Option<String>>("v").unwrap())
}

/// Replaces the value of a register, over and over, by values that are each written once.
fn swap(db: &Database, thread: i32, clock: &AtomicU64) -> Vec<(i32, Swap)> {
    let mut session = db.session();
    let update = session.prepare("UPDATE ks.registers SET v = ? WHERE k = ? IF v = ?").unwrap();
    let mut history = Vec::new();
    for round in 0..ROUNDS {
        let key = (thread + round) % PARTITIONS;
        let expected = text(&mut session, "SELECT v FROM ks.registers WHERE k = ?", key);
        let value = format!("{thread} {round}");
        let begun = clock.fetch_add(1, Ordering::SeqCst);
        let values = (value.as_str(), key, expected.as_deref());
        let answer = session.execute_prepared(&update, values, ExecuteOptions::default()).unwrap();
        let ended = clock.fetch_add(1, Ordering::SeqCst);
        let Answer::Rows(rows) = answer else { panic!("a conditional update answers with a row") };
        let row = rows.rows.row(0).unwrap();
        let outcome = match row.get::<bool>("[applied]").unwrap() {
            true => Ok(value),
            // The row may not be there yet.
            false => Err(row.get::<Option<String>>("v").ok().flatten()),
        };
        history.push((key, Swap { begun, ended, expected, outcome }));
    }
    history
}

/// Each value replaces the one that was there; who ended before another began comes before it; and what somebody found
/// instead was there at some time between the beginning and the end.
fn check_register(swaps: &[Swap]) {
    let mut by_expected: BTreeMap<Option<String>, &Swap> = BTreeMap::new();
    for swap in swaps.iter().filter(|swap| swap.outcome.is_ok()) {
        let twice = by_expected.insert(swap.expected.clone(), swap);
        assert!(twice.is_none(), "{:?} was replaced twice", swap.expected);
    }
    // In the order of values: from when on each may have been there, and until when.
    let (mut value, mut latest_begin) = (None, 0);
    let mut times: BTreeMap<Option<String>, (u64, u64)> = BTreeMap::new();
    let mut since = 0;
    while let Some(swap) = by_expected.remove(&value) {
        assert!(latest_begin <= swap.ended, "{swap:?} ended before one in front of it began");
        latest_begin = latest_begin.max(swap.begun);
        times.insert(value, (since, swap.ended));
        (value, since) = (swap.outcome.clone().ok(), swap.begun);
    }
    times.insert(value, (since, u64::MAX));
    assert!(by_expected.is_empty(), "replaced values that never were there: {by_expected:?}");
    for swap in swaps {
        if let Err(found) = &swap.outcome {
            let (from, to) = times[found];
            assert!(
                from <= swap.ended && swap.begun <= to,
                "{swap:?} found what was there from {from} to {to}"
            );
            assert_ne!(*found, swap.expected, "{swap:?} was to be applied");
        }
    }
}

#[test]
fn conditional_updates_of_many_threads_are_as_if_one_came_after_the_other() {
    let (db, clock) = (database(), AtomicU64::new(1));
    let histories: Vec<(i32, Swap)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn({
                    let (db, clock) = (&db, &clock);
                    move || swap(db, thread, clock)
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let mut applied = 0;
    for key in 0..PARTITIONS {
        let swaps: Vec<Swap> =
            histories.iter().filter(|(of, _)| *of == key).map(|(_, swap)| swap.clone()).collect();
        applied += swaps.iter().filter(|swap| swap.outcome.is_ok()).count();
        check_register(&swaps);
        let last = text(&mut db.session(), "SELECT v FROM ks.registers WHERE k = ?", key);
        let replaced =
            |value: &Option<String>| swaps.iter().any(|swap| swap.outcome.is_ok() && swap.expected == *value);
        assert!(!replaced(&last), "{last:?} was replaced, and is there");
    }
    assert!(applied >= PARTITIONS as usize, "hardly any update was applied: {applied}");
}

#[test]
fn counters_of_many_threads_come_to_what_was_added() {
    let db = database();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let db = &db;
            scope.spawn(move || {
                let mut session = db.session();
                let add = session.prepare("UPDATE ks.counters SET n = n + ? WHERE k = ?").unwrap();
                for round in 0..ROUNDS {
                    let key = (thread + round) % PARTITIONS;
                    if round % 7 == 0 {
                        let batch = format!(
                            "BEGIN COUNTER BATCH UPDATE ks.counters SET n = n + 1 WHERE k = {key}; \
                             UPDATE ks.counters SET n = n + 1 WHERE k = {}; APPLY BATCH",
                            (key + 1) % PARTITIONS
                        );
                        session.execute(&batch, ()).unwrap();
                    } else {
                        session.execute_prepared(&add, (2_i64, key), ExecuteOptions::default()).unwrap();
                    }
                }
            });
        }
    });
    let rows = db.execute("SELECT n FROM ks.counters", ()).unwrap().rows().unwrap();
    let total: i64 = rows.rows().map(|row| row.get::<i64>("n").unwrap()).sum();
    assert_eq!(total, i64::from(THREADS * ROUNDS * 2));
}

#[test]
fn nobody_sees_half_of_a_batch() {
    let (db, is_done) = (database(), AtomicBool::new(false));
    let insert = db
        .prepare(
            "BEGIN BATCH INSERT INTO ks.pairs (k, side, v) VALUES (?, 'left', ?); \
             INSERT INTO ks.pairs (k, side, v) VALUES (?, 'right', ?); \
             INSERT INTO ks.others (k, v) VALUES (?, ?); APPLY BATCH",
        )
        .unwrap();
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (db, insert) = (&db, &insert);
                scope.spawn(move || {
                    let mut session = db.session();
                    for round in 0..ROUNDS {
                        let (key, value) = ((thread + round) % PARTITIONS, thread * 1_000 + round);
                        let values = (key, value, key, value, key, value);
                        session.execute_prepared(insert, values, ExecuteOptions::default()).unwrap();
                    }
                })
            })
            .collect();
        let (db, is_done) = (&db, &is_done);
        let reader = scope.spawn(move || {
            let mut seen = 0;
            let pairs = db.prepare("SELECT v FROM ks.pairs WHERE k = ?").unwrap();
            let others = db.prepare("SELECT v FROM ks.others WHERE k = ?").unwrap();
            while !is_done.load(Ordering::SeqCst) || seen == 0 {
                for key in 0..PARTITIONS {
                    let view = db.view();
                    let mut values = Vec::new();
                    for statement in [&pairs, &others] {
                        let keep = |rows: &cqlite_core::query::RowSet| {
                            values.extend(rows.rows().map(|row| row.get::<i32>("v").unwrap()));
                            Ok(std::ops::ControlFlow::Continue(()))
                        };
                        db.session().for_each_of(&view, statement, (key,), keep).unwrap();
                    }
                    assert!(values.is_empty() || values.len() == 3, "{values:?}");
                    assert!(values.windows(2).all(|pair| pair[0] == pair[1]), "{values:?}");
                    seen += values.len();
                }
            }
        });
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        is_done.store(true, Ordering::SeqCst);
        reader.join().unwrap();
    });
}
