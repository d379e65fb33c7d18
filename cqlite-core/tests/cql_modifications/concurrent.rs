//! Many threads that write the same few partitions by conditions, counters and batches.

use std::thread;

use cqlite_core::Database;
use cqlite_core::query::{Answer, Value};

const THREADS: i32 = 16;
const ROUNDS: i32 = 25;
const PARTITIONS: i32 = 3;

fn database() -> Database {
    let db = Database::in_memory().unwrap().open().unwrap();
    for statement in [
        "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "CREATE TABLE ks.t (k int, c int, v int, s int static, PRIMARY KEY (k, c))",
        "CREATE TABLE ks.counts (k int, c int, n counter, s counter static, PRIMARY KEY (k, c))",
    ] {
        db.execute(statement, &[]).unwrap();
    }
    db
}

/// The numbers of the first row of an answer; a Boolean is 0 or 1.
fn first_row(db: &Database, statement: &str, values: &[i32]) -> Vec<i64> {
    let bytes: Vec<[u8; 4]> = values.iter().map(|value| value.to_be_bytes()).collect();
    let values: Vec<Value<'_>> = bytes.iter().map(|bytes| Value::borrowed(bytes)).collect();
    let Answer::Rows(rows) = db.execute(statement, &values).unwrap() else { return Vec::new() };
    let row = rows.rows.row(0).unwrap();
    let number = |bytes: &[u8]| bytes.iter().fold(0_i64, |number, byte| number << 8 | i64::from(*byte));
    row.values().map(|value| value.map_or(-1, number)).collect()
}

fn in_threads(act: impl Fn(i32) + Sync) {
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let act = &act;
            scope.spawn(move || act(thread));
        }
    });
}

#[test]
fn no_increment_that_was_applied_by_a_condition_is_lost() {
    let db = database();
    for k in 0..PARTITIONS {
        first_row(&db, "INSERT INTO ks.t (k, c, v) VALUES (?, 0, 0)", &[k]);
    }
    in_threads(|thread| {
        for round in 0..ROUNDS {
            let k = (thread + round) % PARTITIONS;
            let mut seen = first_row(&db, "SELECT v FROM ks.t WHERE k = ? AND c = 0", &[k])[0];
            loop {
                let told = first_row(
                    &db,
                    "UPDATE ks.t SET v = ? WHERE k = ? AND c = 0 IF v = ?",
                    &[seen as i32 + 1, k, seen as i32],
                );
                match told[..] {
                    [0, present] => {
                        assert!(present > seen, "a value is behind what was told before");
                        seen = present;
                    }
                    _ => break,
                }
            }
        }
    });
    let sum: i64 =
        (0..PARTITIONS).map(|k| first_row(&db, "SELECT v FROM ks.t WHERE k = ? AND c = 0", &[k])[0]).sum();
    assert_eq!(sum, i64::from(THREADS * ROUNDS));
}

#[test]
fn only_one_of_many_that_insert_a_row_if_it_is_not_there_does() {
    let db = database();
    let applied = std::sync::atomic::AtomicI64::new(0);
    in_threads(|thread| {
        for c in 0..ROUNDS {
            let told = first_row(
                &db,
                "BEGIN BATCH INSERT INTO ks.t (k, c, v) VALUES (1, ?, ?) IF NOT EXISTS; UPDATE ks.t SET s = ? WHERE \
                 k = 1; APPLY BATCH",
                &[c, thread, thread],
            );
            applied.fetch_add(i64::from(told[0] == 1), std::sync::atomic::Ordering::Relaxed);
        }
    });
    assert_eq!(applied.into_inner(), i64::from(ROUNDS));
}

#[test]
fn counters_of_many_threads_and_batches_are_exact() {
    let db = database();
    in_threads(|thread| {
        for round in 0..ROUNDS {
            let k = (thread + round) % PARTITIONS;
            first_row(&db, "UPDATE ks.counts SET n = n + 1, n = n + 2 WHERE k = ? AND c = 0", &[k]);
            first_row(
                &db,
                "BEGIN COUNTER BATCH UPDATE ks.counts SET n = n + 4 WHERE k = ? AND c = 0; UPDATE ks.counts SET n = n \
                 - 1 WHERE k = 100 AND c = 1; UPDATE ks.counts SET s = s + 1 WHERE k = 100; APPLY BATCH",
                &[k],
            );
        }
    });
    let sum: i64 = (0..PARTITIONS)
        .map(|k| first_row(&db, "SELECT n FROM ks.counts WHERE k = ? AND c = 0", &[k])[0])
        .sum();
    let rounds = i64::from(THREADS * ROUNDS);
    assert_eq!(sum, 7 * rounds);
    assert_eq!(first_row(&db, "SELECT n, s FROM ks.counts WHERE k = 100", &[]), [-rounds, rounds]);
}
