//! Statements of CQL in an embedded database: inserts, reads by key, counting and reading a whole table. Printed are
//! thousands a second, of the processor time of the one thread that works, as the machine may be busy with other things,
//! and by the clock.
//!
//! `cargo bench --bench cql -- keys` and `-- table` do one half of it.
//!
//! The table of 12 columns is the one that the other benchmarks read; `CQLITE_BENCH_ROWS` says how many rows it has, and
//! `CQLITE_BENCH_TABLE` the directory of another one.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark may fail loudly"
)]

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use cqlite_benches::bench_table;
use cqlite_core::query::{ExecuteOptions, Statement, Value};
use cqlite_core::{Database, FilesOptions};

const KEYS: u64 = 500_000;
const READS: u64 = 500_000;

/// The time of this thread: of the processor, and by the clock.
struct Times(Duration, Instant);

impl Times {
    fn now() -> Self {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        Self(Duration::from_nanos(told.split(' ').next().unwrap().parse().unwrap()), Instant::now())
    }

    fn tell(&self, what: &str, count: u64) {
        let (processor, clock) = (Self::now().0 - self.0, self.1.elapsed());
        let thousands = |took: Duration| count as f64 / took.as_secs_f64() / 1_000.0;
        println!("{what:45} {:9.0} {:9.0}", thousands(processor), thousands(clock));
    }
}

fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^= mixed >> 32;
    mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

fn main() {
    let half = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    println!("{:45} {:>9} {:>9}", "thousands a second", "processor", "clock");
    if half.as_deref() != Some("table") {
        keys();
    }
    if half.as_deref() != Some("keys") {
        whole_table();
    }
}

fn keys() {
    let directory = tempfile::tempdir().unwrap();
    let db = Database::builder(directory.path())
        .unwrap()
        .memtable_memory(1 << 30)
        .chunk_cache(256 << 20)
        .open()
        .unwrap();
    let mut session = db.session();
    for statement in [
        "CREATE KEYSPACE bench WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "CREATE TABLE bench.kv (key blob PRIMARY KEY, value blob)",
    ] {
        session.execute(statement, &[]).unwrap();
    }
    let insert = session.prepare("INSERT INTO bench.kv (key, value) VALUES (?, ?)").unwrap();
    let select = session.prepare("SELECT value FROM bench.kv WHERE key = ?").unwrap();
    let options = ExecuteOptions::default();
    let value = [7_u8; 100];
    let times = Times::now();
    for number in 0..KEYS {
        let key = [mixed(number).to_be_bytes(), number.to_be_bytes()].concat();
        session
            .execute_prepared(&insert, &[Value::borrowed(&key), Value::borrowed(&value)], options)
            .unwrap();
    }
    times.tell("INSERT, prepared, periodic log", KEYS);
    let table = db.table("bench", "kv").unwrap();
    assert!(db.view().table(table.id()).unwrap().sstables().is_empty(), "the memtable has all keys");
    point_reads(&db, &select, "SELECT by key, memtable");
    db.flush(table.id()).unwrap();
    point_reads(&db, &select, "SELECT by key, SSTables, first time");
    point_reads(&db, &select, "SELECT by key, SSTables, cached");
}

fn point_reads(db: &Database, select: &Statement, what: &str) {
    let mut session = db.session();
    let times = Times::now();
    let mut found = 0;
    for number in 0..READS {
        let number = mixed(number) % KEYS;
        let key = [mixed(number).to_be_bytes(), number.to_be_bytes()].concat();
        let answer =
            session.execute_prepared(select, &[Value::borrowed(&key)], ExecuteOptions::default()).unwrap();
        found += answer.rows().map_or(0, |rows| rows.len());
    }
    times.tell(what, READS);
    assert_eq!(found as u64, READS);
}

fn whole_table() {
    let rows =
        std::env::var("CQLITE_BENCH_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
    let path = std::env::var_os("CQLITE_BENCH_TABLE").map_or_else(|| bench_table(rows), PathBuf::from);
    let (db, report) = Database::open_files(&[path], &FilesOptions::default()).unwrap();
    let table = report.tables.first().unwrap();
    let name = format!("{}.{}", table.keyspace, table.name);
    let session = db.session();
    for what in ["count(*)", "*"] {
        let select = session.prepare(&format!("SELECT {what} FROM {name}")).unwrap();
        let times = Times::now();
        let (mut seen, mut bytes) = (0_u64, 0);
        session
            .for_each(&select, &[], |rows| {
                seen += rows.len() as u64;
                bytes += rows.bytes();
                Ok(ControlFlow::Continue(()))
            })
            .unwrap();
        times.tell(&format!("SELECT {what}, 12 columns"), u64::from(rows));
        assert!(bytes > 0 && (seen == 1 || seen == u64::from(rows)));
    }
}
