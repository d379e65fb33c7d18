//! A read that somebody ended fails, and is not taken for a whole answer.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cqlite_core::Database;

#[test]
fn a_count_that_is_interrupted_is_no_smaller_count() {
    let db = Database::in_memory().unwrap().open().unwrap();
    let mut session = db.session();
    for statement in [
        "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "CREATE TABLE k.t (p int, c int, PRIMARY KEY (p, c))",
    ] {
        session.execute(statement, &[]).unwrap();
    }
    for c in 0..3_000 {
        session.execute(&format!("INSERT INTO k.t (p, c) VALUES (1, {c})"), &[]).unwrap();
    }
    let interruption = Arc::new(AtomicBool::new(false));
    session.set_interruption(Arc::clone(&interruption));
    let count = session.prepare("SELECT count(*) FROM k.t").unwrap();
    let mut counted = Vec::new();
    let mut run = || {
        session.for_each(&count, &[], |rows| {
            counted.extend(rows.rows().filter_map(|row| row.value(0).map(<[u8]>::to_vec)));
            Ok(ControlFlow::Continue(()))
        })
    };
    run().unwrap();
    interruption.store(true, Ordering::Relaxed);
    assert_eq!(run().unwrap_err().to_string(), "interrupted");
    assert_eq!(counted, [3_000_i64.to_be_bytes().to_vec()]);
}
