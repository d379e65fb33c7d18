//! Values that Cassandra's own tools exported are imported as the bytes that the node had: `SELECT JSON`, and
//! `COPY TO` of cqlsh.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::fs;
use std::path::PathBuf;

use cqlite_sstable::schema::{TableHint, TableSchema};
use cqlite_sstable::tools::import::{CsvOptions, TextDialect};
use cqlite_tests::{
    cassandra::Format,
    fixtures,
    known::KnownTable,
    reimported::import_text,
    repository,
    selected::{difference, select},
};

const NOW_SECONDS: i64 = 1_700_000_000;

fn schema(table: &KnownTable) -> TableSchema {
    let cql = fs::read_to_string(table.schema_cql.as_ref().unwrap()).unwrap();
    let hint = TableHint { keyspace: Some(&table.keyspace), table: Some(&table.table), id: None };
    TableSchema::from_cql(&cql, hint).unwrap()
}

/// Neither JSON nor CSV tells empty values of types that are no text apart from null or from text.
const EMPTY: &str = "empty values";
/// `SELECT JSON` prints these as null.
const NO_NUMBERS: &str = "NaN and infinities";
/// A user-defined type got a field after the value was written, which has none for it.
const SHORT: &str = "a value with fewer fields";
/// Years of more than four digits, which Cassandra prints and does not read.
const LATE: &str = "years beyond 9999";

/// What is lost where a node prints JSON.
const LOST_IN_JSON: [(&str, &str); 15] = [
    ("collections.frozens", NO_NUMBERS),
    ("collections.multi", NO_NUMBERS),
    ("collections.persons", SHORT),
    ("collections.tuples", NO_NUMBERS),
    ("collections.vectors", NO_NUMBERS),
    ("keys.k_double", NO_NUMBERS),
    ("keys.k_float", NO_NUMBERS),
    ("keys.k_timestamp", LATE),
    ("keys.k_vector", NO_NUMBERS),
    ("types.empty", EMPTY),
    ("types.empty_boolean", EMPTY),
    ("types.empty_clustering", EMPTY),
    ("types.empty_inside", EMPTY),
    ("types.floats", NO_NUMBERS),
    ("types.times", LATE),
];

/// What is lost where cqlsh copies.
const LOST_IN_CSV: [(&str, &str); 8] = [
    ("collections.frozens", "of 0 and -0 in a set, Python keeps one"),
    ("collections.persons", SHORT),
    ("names.Upper", "cqlsh prints a type whose name has capitals as Python does"),
    ("types.empty", EMPTY),
    ("types.empty_boolean", EMPTY),
    ("types.empty_clustering", EMPTY),
    ("types.times", "cqlsh prints a duration of nothing as nothing"),
    ("types.texts", "cqlsh prints control characters as \\x85"),
];

fn is_lost(table: &str, lost: &[(&str, &str)]) -> bool {
    lost.iter().any(|(name, _)| *name == table)
}

/// `SELECT JSON` of the `nb` fixtures.
#[test]
fn what_select_json_printed_is_imported_as_the_values_that_the_node_had() {
    let (mut compared, mut wrong) = (0, Vec::new());
    for table in fixtures::tables().unwrap() {
        let is_wanted = table.set == "nb"
            && ["types", "keys", "collections", "names", "shop"].contains(&table.keyspace.as_str());
        let (Some(rows), Some(truth)) = (table.json_rows().unwrap(), table.raw_rows().unwrap()) else {
            continue;
        };
        let what = format!("{}.{}", table.keyspace, table.table);
        if !is_wanted || is_lost(&what, &LOST_IN_JSON) {
            continue;
        }
        let text = rows.join("\n");
        match import_text(&schema(&table), text.as_bytes(), None) {
            Ok(sstable) => {
                let differs = difference(&select(&sstable, NOW_SECONDS), &truth);
                wrong.extend(differs.map(|differs| format!("{what}: {differs}")));
            }
            Err(error) => wrong.push(format!("{what}: {error}")),
        }
        compared += 1;
    }
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared >= 30, "{compared}");
}

/// The tables of which `fixtures/copy` has what cqlsh exported.
fn copied() -> Vec<(PathBuf, KnownTable)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(repository().join("fixtures/copy")).unwrap() {
        let path = entry.unwrap().path();
        let Some((keyspace, table)) = path.file_stem().unwrap().to_str().unwrap().split_once('.') else {
            continue;
        };
        let table = fixtures::table(Format::Nb, keyspace, table);
        all.push((path, table));
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

#[test]
fn what_cqlsh_copied_to_csv_is_imported_as_the_values_that_the_node_had() {
    let dialect = TextDialect { null: "~".to_owned(), ..TextDialect::default() };
    let csv = CsvOptions { has_header: true, dialect, ..CsvOptions::default() };
    let (mut compared, mut wrong) = (0, Vec::new());
    for (path, table) in copied() {
        let what = format!("{}.{}", table.keyspace, table.table);
        if is_lost(&what, &LOST_IN_CSV) {
            continue;
        }
        let truth = table.raw_rows().unwrap().unwrap();
        match import_text(&schema(&table), &fs::read(&path).unwrap(), Some(&csv)) {
            Ok(sstable) => {
                let differs = difference(&select(&sstable, NOW_SECONDS), &truth);
                wrong.extend(differs.map(|differs| format!("{what}: {differs}")));
            }
            Err(error) => wrong.push(format!("{what}: {error}")),
        }
        compared += 1;
    }
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared >= 30, "{compared}");
}
