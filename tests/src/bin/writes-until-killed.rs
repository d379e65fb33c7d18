//! Fills a database and goes on writing until it is killed: `writes-until-killed <directory> <mode> <compressor|none> <version>`.
//! A line on stdout for each round that was acknowledged.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a program of the tests: it fails at once and loudly"
)]

use std::{env, path::Path, thread};

use cqlite_core::Database;
use cqlite_tests::{
    changes::{RandomChanges, change_all},
    filled,
    writing::{KEYSPACE, TABLES, Writing},
};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let writing = Writing::parse(&arguments[1..]).unwrap();
    let db = writing.builder(Path::new(&arguments[0])).unwrap().open().unwrap();
    filled::create(&db, KEYSPACE, TABLES, 11).unwrap();
    filled::write(&db, KEYSPACE, 12).unwrap();
    println!("filled");
    thread::scope(|scope| {
        for thread in 0..4 {
            let db: &Database = &db;
            scope.spawn(move || go_on(db, thread));
        }
    });
}

/// Writes for ever.
fn go_on(db: &Database, thread: u64) {
    for round in 0_u64.. {
        for table in filled::tables(db, KEYSPACE) {
            let changes = RandomChanges::new(&table, 1_000 * (thread + 1) + round).take(20);
            change_all(db, &table, changes).unwrap();
            if (round + thread) % 4 == 3 {
                db.flush(table.id()).unwrap();
            }
        }
        println!("{thread} {round}");
    }
}
