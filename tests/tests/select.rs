//! What the cursor reads is what `SELECT` returned: every value, every row, in the same order.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use cqlite_sstable::reader::Sstable;
use cqlite_tests::{
    available::corpus_or_skip,
    fixtures,
    known::KnownTable,
    selected::{difference, select},
};

/// Whether one SSTable alone says what `SELECT` returned: it is the only one, of a table and not of a view, not a
/// compact one, no column was dropped, and there is no commit log with more.
fn is_alone(table: &KnownTable) -> bool {
    let of_table: Vec<_> = table.sstables.iter().filter(|sstable| sstable.index.is_none()).collect();
    let schema = [&table.schema_internals_cql, &table.schema_cql].into_iter().flatten().next();
    let schema = schema.map(|path| fs::read_to_string(path).unwrap()).unwrap_or_default();
    let name = format!("{}.{} ", table.keyspace, table.table);
    let declared = schema.contains(&format!("\nCREATE TABLE {name}"));
    let dropped = schema.contains(&format!("ALTER TABLE {name}DROP"));
    // Compact tables have columns that CQL does not show; DESCRIBE says so in front of them.
    let compact = schema.contains(&format!("Warning: Table {name}omitted"));
    !table.set.contains("node-") && of_table.len() == 1 && declared && !dropped && !compact
}

fn compare(table: &KnownTable, now: i64) -> bool {
    let Some(truth) = table.raw_rows().unwrap().filter(|_| is_alone(table)) else { return false };
    let data = &table.sstables.iter().find(|sstable| sstable.index.is_none()).unwrap().data_path;
    let at = data.display();
    let rows = select(&Sstable::open(data).unwrap(), now);
    assert_eq!(difference(&rows, &truth), None, "{at}");
    true
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

#[test]
fn every_fixture_of_one_sstable_reads_as_select_returned_it() {
    let compared = fixtures::tables().unwrap().iter().filter(|table| compare(table, now())).count();
    assert!(compared > 40, "only {compared} tables were compared");
}

#[test]
fn every_corpus_table_of_one_sstable_reads_as_select_returned_it() {
    let Some(corpus) = corpus_or_skip("every_corpus_table_of_one_sstable_reads_as_select_returned_it") else {
        return;
    };
    let compared = corpus.tables().unwrap().iter().filter(|table| compare(table, now())).count();
    assert!(compared > 100, "only {compared} tables were compared");
}
