//! Prepared modifications through a session, in a database on the disk with a periodic commit log: one thread.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and may fail loudly"
)]

use std::time::Instant;

use cqlite_core::Database;
use cqlite_core::query::{ExecuteOptions, Value};

const STATEMENTS: u32 = 500_000;
const ROUNDS: usize = 5;

const PREPARED: [(&str, &str); 4] = [
    ("INSERT of one row", "INSERT INTO shop.orders (id, line, total, note) VALUES (?, ?, ?, ?)"),
    (
        "INSERT with a TTL",
        "INSERT INTO shop.orders (id, line, total, note) VALUES (?, ?, ?, ?) USING TTL 3600",
    ),
    (
        "UPDATE of one row",
        "UPDATE shop.orders SET total = :total, note = :note WHERE id = :id AND line = :line",
    ),
    (
        "INSERT if it is not there",
        "INSERT INTO shop.orders (id, line, total, note) VALUES (?, ?, ?, ?) IF NOT EXISTS",
    ),
];

fn main() {
    for (name, text) in PREPARED {
        let rates = (0..ROUNDS).map(|_| rate(text));
        println!("{name:28} {:>10.0} statements/s", rates.fold(0.0, f64::max));
    }
}

fn rate(text: &str) -> f64 {
    let directory = tempfile::tempdir().unwrap();
    let db = Database::open(directory.path()).unwrap();
    let mut session = db.session();
    let keyspace =
        "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}";
    let table =
        "CREATE TABLE shop.orders (id bigint, line int, total double, note text, PRIMARY KEY (id, line))";
    session.execute(keyspace, &[]).unwrap();
    session.execute(table, &[]).unwrap();
    let statement = session.prepare(text).unwrap();
    let is_update = text.starts_with("UPDATE");
    let start = Instant::now();
    for number in 0..STATEMENTS {
        let id = i64::from(number).wrapping_mul(0x9E37_79B9).to_be_bytes();
        let (line, total) = (number.to_be_bytes(), f64::from(number).to_be_bytes());
        let mut values = [
            Value::borrowed(&id),
            Value::borrowed(&line),
            Value::borrowed(&total),
            Value::borrowed(b"twenty-four bytes of note"),
        ];
        if is_update {
            values.rotate_left(2);
        }
        session.execute_prepared(&statement, &values, ExecuteOptions::default()).unwrap();
    }
    f64::from(STATEMENTS) / start.elapsed().as_secs_f64()
}
