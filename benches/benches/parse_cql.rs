//! Reading statements of CQL: simple ones, and one of 12 MB. `PLACE COUNT` only reads one of the simple ones so often, to count
//! instructions.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints, and may fail loudly"
)]

use std::env;
use std::hint::black_box;
use std::time::{Duration, Instant};

use cqlite_cql::parse_cql;

const STATEMENTS: u32 = 500_000;
const ROUNDS: usize = 5;

const SIMPLE: [(&str, &str); 5] = [
    ("SELECT by a marker", "SELECT * FROM shop.orders WHERE id = ?"),
    ("SELECT of two columns", "SELECT total, placed_at FROM shop.orders WHERE id = 42 AND line > 7 LIMIT 10"),
    ("INSERT of markers", "INSERT INTO shop.orders (id, line, total, note) VALUES (?, ?, ?, ?)"),
    (
        "INSERT of constants",
        "INSERT INTO shop.orders (id, line, note) VALUES (42, 7, 'a note') USING TTL 3600",
    ),
    ("UPDATE", "UPDATE shop.orders SET total = 12.5, note = 'paid' WHERE id = 42 AND line = 7"),
];

fn main() {
    let numbers: Vec<usize> = env::args().filter_map(|argument| argument.parse().ok()).collect();
    if let [place, count] = numbers[..] {
        let (name, statement) = SIMPLE[place];
        (0..count).for_each(|_| drop(black_box(parse_cql(black_box(statement)).unwrap())));
        println!("{name}: {count} times");
        return;
    }
    for (name, statement) in SIMPLE {
        let best = best(|| {
            for _ in 0..STATEMENTS {
                black_box(parse_cql(black_box(statement)).unwrap());
            }
        });
        println!("{name:24} {:>12.0} statements/s", f64::from(STATEMENTS) / best.as_secs_f64());
    }
    let values: Vec<String> = (0..1_500_000).map(|value| value.to_string()).collect();
    let long = format!("INSERT INTO t (k, v) VALUES (1, [{}])", values.join(", "));
    let best = best(|| drop(black_box(parse_cql(black_box(&long)).unwrap())));
    let megabytes = long.len() as f64 / 1e6;
    println!("a list of {megabytes:.1} MB {:>12.1} MB/s", megabytes / best.as_secs_f64());
}

fn best(mut run: impl FnMut()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..ROUNDS).map(time).min().unwrap()
}
