//! What nodes of the corpus left, and all other tables of it.

use std::{collections::BTreeMap, path::Path};

use cqlite_core::{Database, catalog::Table, storage::lifecycle::IngestOptions};
use cqlite_sstable::find::{FindOptions, find};
use cqlite_tests::{
    answered::answer_of_database_at,
    available::corpus_or_skip,
    ddl,
    described::statements,
    known::KnownTable,
    scratch::{self, copy_all},
};
use serde_json::value::RawValue;

const NODES: [&str; 6] = [
    "node-drained",
    "node-killed",
    "node-killed-deflate",
    "node-killed-lz4",
    "node-killed-snappy",
    "node-killed-zstd",
];
const TABLES: [&str; 3] = ["cnt", "plain", "texty"];

fn selected_at(node: &Path) -> i64 {
    let truth: serde_json::Value =
        serde_json::from_slice(&std::fs::read(node.join("truth.json")).unwrap()).unwrap();
    truth["selected_at"].as_i64().unwrap()
}

/// What the node answered.
fn truth(node: &Path, table: &str) -> KnownTable {
    let truth = node.join("truth/app").join(table);
    KnownTable {
        set: String::new(),
        keyspace: "app".into(),
        table: table.into(),
        directory: node.join("data/app"),
        sstables: Vec::new(),
        rows_json: Some(truth.join("rows.json.gz")),
        raw_json: Some(truth.join("raw.json.gz")),
        writetime_json: Some(truth.join("writetime.json.gz")).filter(|path| path.exists()),
        schema_cql: None,
        schema_internals_cql: None,
    }
}

/// Compares a table; returned is how many rows it has.
fn compare(db: &Database, table: &Table, known: &KnownTable, selected_at: i64, told: &str) -> usize {
    let answer = answer_of_database_at(db, table, Some(selected_at)).unwrap();
    let expected = known.raw_rows().unwrap().unwrap();
    let told = format!("{}.{}, {told}", table.keyspace(), table.name());
    assert_eq!(answer.rows.len(), expected.rows.len(), "{told}");
    let place = |name: &String| answer.columns.iter().position(|ours| ours == name);
    let places: Vec<usize> = expected.columns.iter().map(|name| place(name).unwrap()).collect();
    let keys = answer.columns.len() - answer.rows.first().map_or(0, |row| row.times.len());
    let write_times = known.write_times().unwrap();
    for (number, (row, theirs)) in answer.rows.iter().zip(&expected.rows).enumerate() {
        for (place, theirs) in places.iter().zip(theirs) {
            assert_eq!(row.values[*place], *theirs, "{} in row {number} of {told}", answer.columns[*place]);
        }
        let Some(written) = write_times.as_ref().map(|rows| rows[number].as_str()) else { continue };
        let written: BTreeMap<String, Box<RawValue>> = serde_json::from_str(written).unwrap();
        for (name, times) in answer.columns[keys..].iter().zip(&row.times) {
            if let Some(Ok(micros)) = times.written.clone().map(<[u8; 8]>::try_from) {
                let theirs = written.get(name).or_else(|| written.get(&format!("\"{name}\"")));
                let Some(theirs) = theirs else { continue };
                let ours = i64::from_be_bytes(micros);
                assert_eq!(theirs.get(), ours.to_string(), "{name} in row {number} of {told}");
            }
        }
    }
    answer.rows.len()
}

#[test]
fn a_database_opens_what_nodes_left_drained_or_killed_and_answers_what_they_did() {
    let test = "a_database_opens_what_nodes_left_drained_or_killed_and_answers_what_they_did";
    let Some(corpus) = corpus_or_skip(test) else { return };
    let mut rows = 0;
    for name in NODES {
        let node = corpus.root().join("cassandra50/nb").join(name);
        let scratch = scratch::directory();
        for part in ["data", "commitlog"] {
            copy_all(&node.join(part), &scratch.path().join(part));
        }
        for when in ["first", "after it was closed", "after it was dropped"] {
            let db = Database::open(scratch.path()).unwrap();
            for table in TABLES {
                rows += {
                    let told = format!("{name}, {when}");
                    compare(
                        &db,
                        &db.table("app", table).unwrap(),
                        &truth(&node, table),
                        selected_at(&node),
                        &told,
                    )
                };
            }
            if when == "first" { db.close().unwrap() } else { drop(db) }
        }
    }
    assert!(rows > 1000, "{rows} rows");
}

#[test]
fn a_database_answers_what_nodes_did_of_all_tables_whose_sstables_it_takes_in() {
    let test = "a_database_answers_what_nodes_did_of_all_tables_whose_sstables_it_takes_in";
    let Some(corpus) = corpus_or_skip(test) else { return };
    let (mut tables, mut rows, mut sstables) = (0, 0, 0);
    for set in ["compressors", "merge", "random", "rows", "types"] {
        for version in ["nb", "oa", "da"] {
            let set = format!("{version}/{set}");
            let directory = corpus.root().join("cassandra50").join(&set);
            let scratch = scratch::directory();
            let db = Database::open(scratch.path()).unwrap();
            let described = std::fs::read_to_string(directory.join("schema_internals.cql")).unwrap();
            for statement in statements(&described) {
                let Err(error) = ddl::execute_on(&db, &statement) else { continue };
                let is_left_out = ["CREATE INDEX", "CREATE CUSTOM INDEX", "CREATE MATERIALIZED VIEW"]
                    .iter()
                    .any(|kind| statement.starts_with(kind));
                let is_compact = error.message().starts_with("Compact tables are not allowed");
                assert!(is_left_out || is_compact, "{set}: {statement}: {error}");
            }
            let known = corpus.tables().unwrap();
            for known in known.iter().filter(|known| known.set == set && known.raw_json.is_some()) {
                let Ok(table) = db.table(&known.keyspace, &known.table) else { continue };
                let found = find(std::slice::from_ref(&known.directory), &FindOptions::default()).unwrap();
                let found: Vec<_> = found.sstables().cloned().collect();
                let taken = db.ingest(table.id(), &found, IngestOptions::default());
                taken.unwrap_or_else(|error| panic!("{set}, {}: {error}", known.table));
                rows += compare(&db, &table, known, selected_at(&directory), &set);
                tables += 1;
                sstables += found.len();
            }
            db.close().unwrap();
        }
    }
    eprintln!("{test}: {tables} tables, {sstables} SSTables, {rows} rows");
    assert!(tables >= 240 && rows > 30_000, "{tables} tables, {rows} rows");
}
