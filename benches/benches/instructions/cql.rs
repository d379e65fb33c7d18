//! The database: statements, and its commit log.

use std::hint::black_box;
use std::sync::Arc;

use cqlite_benches::{LoggedPuts, ReplayedSstables};
use cqlite_core::storage::fs::DiskFileSystem;
use cqlite_core::storage::replay::{Replay, ReplayOptions};
use cqlite_cql::parse_cql;
use cqlite_sstable::io::MemoryDirectory;

use super::inputs::{Inputs, PUTS, ROWS};
use super::orders::{Orders, keys};
use super::scenario::counted_part;

const INSERTS: u64 = 4_000;
const SELECTS: u64 = 4_000;
const COLUMNS: usize = 10;
const PARSED: usize = 2_000;

const STATEMENTS: [&str; 5] = [
    "SELECT * FROM shop.orders WHERE id = ?",
    "SELECT total, placed_at FROM shop.orders WHERE id = 42 AND line > 7 LIMIT 10",
    "INSERT INTO shop.orders (id, line, total, note) VALUES (?, ?, ?, ?)",
    "INSERT INTO shop.orders (id, line, note) VALUES (42, 7, 'a note') USING TTL 3600",
    "UPDATE shop.orders SET total = 12.5, note = 'paid' WHERE id = 42 AND line = 7",
];

pub fn parse(_: &Inputs) {
    counted_part(&mut || {
        for _ in 0..PARSED {
            for statement in STATEMENTS {
                drop(black_box(parse_cql(black_box(statement)).unwrap()));
            }
        }
    });
}

/// The thread that writes appends to the periodic commit log, too; nothing is flushed.
pub fn insert(inputs: &Inputs) {
    let db = inputs.database(&format!("inserted-{}", std::process::id()), |builder| builder);
    let orders = Orders::create(&db);
    let rows = Orders::rows(0..INSERTS);
    counted_part(&mut || orders.insert(&rows));
    assert!(db.view().table(orders.table()).unwrap().sstables().is_empty());
}

pub fn select_from_memtable(inputs: &Inputs) {
    let db = inputs.database(&format!("selected-{}", std::process::id()), |builder| builder);
    let orders = Orders::create(&db);
    orders.insert(&Orders::rows(0..INSERTS));
    select(&orders, INSERTS);
    assert!(db.view().table(orders.table()).unwrap().sstables().is_empty());
}

pub fn select_from_sstables(inputs: &Inputs) {
    let db = inputs.database("nb", |builder| builder);
    let orders = Orders::open(&db);
    assert_eq!(db.view().table(orders.table()).unwrap().sstables().len(), 2);
    select(&orders, ROWS / 2 * 3);
}

fn select(orders: &Orders<'_>, rows: u64) {
    let keys = keys(SELECTS, rows);
    let mut values = 0;
    counted_part(&mut || values = orders.select(&keys));
    assert_eq!(values, keys.len() * COLUMNS);
}

/// Scans a log and writes SSTables of it into memory.
pub fn replay(inputs: &Inputs) {
    let puts = LoggedPuts::new();
    let options = ReplayOptions { threads: 1, ..ReplayOptions::default() };
    let replay = Replay::new(Arc::new(DiskFileSystem), inputs.commit_log(), options);
    let mut output = Some(ReplayedSstables::new(Arc::new(MemoryDirectory::new("/replayed"))));
    counted_part(&mut || {
        let output = output.take().unwrap();
        replay.scan(&puts.tables()).unwrap().write(&output).unwrap();
        assert_eq!(output.into_written().iter().map(|one| one.partitions).sum::<u64>(), PUTS);
    });
}
