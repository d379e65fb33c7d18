//! What `cqlite trace` says wins is what a node returned: every value and write time of tables of several SSTables.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cqlite_sstable::reader::{ScanOptions, Sstable};
use cqlite_sstable::types::{CompositeComponents, CqlType, write_string};
use cqlite_tests::known::{KnownTable, read_gz};
use cqlite_tests::{available::corpus_or_skip, cqlite, fixtures};
use serde_json::Value;

/// The serialized keys of all SSTables, each with its text.
fn keys(table: &KnownTable) -> (CqlType, BTreeMap<Vec<u8>, String>) {
    let mut keys = BTreeMap::new();
    let mut key_type = CqlType::Blob;
    for known in &table.sstables {
        let sstable = Sstable::open(&known.data_path).unwrap();
        key_type = sstable.header().key_type.clone();
        let mut cursor = sstable.scan(ScanOptions::default()).unwrap();
        while cursor.advance_partition().unwrap() {
            let key = cursor.partition().key.to_vec();
            let mut text = Vec::new();
            write_string(&key_type, &key, &mut text).unwrap();
            keys.insert(key, String::from_utf8(text).unwrap());
        }
    }
    (key_type, keys)
}

fn trace(table: &KnownTable, key: &str, options: &[&str]) -> Vec<Value> {
    let mut command = cqlite::cqlite();
    command.arg("trace").arg(&table.directory).arg("--schema").arg(table.schema_cql.as_ref().unwrap());
    let output = command.args(["--json"]).args(options).arg(format!("--key={key}")).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} {key}: {stderr}", table.table);
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn push(bytes: &mut Vec<u8>, value: &[u8]) {
    bytes.extend((value.len() as i32).to_be_bytes());
    bytes.extend(value);
}

/// The live cells of one column in a row, in order.
fn whole_value(cql_type: &str, cells: &[&Value]) -> Vec<u8> {
    let winner = |cell: &Value| {
        let versions = cell["versions"].as_array().unwrap();
        let wins = versions.iter().find(|version| version["verdict"] == "wins").unwrap();
        unhex(wins["bytes"].as_str().unwrap())
    };
    let path = |cell: &Value| unhex(cell["path_bytes"].as_str().unwrap());
    if cql_type == "counter" {
        return cells[0]["value"].as_str().unwrap().parse::<i64>().unwrap().to_be_bytes().to_vec();
    }
    if cells[0]["path"].is_null() {
        return winner(cells[0]);
    }
    let mut bytes = (cells.len() as i32).to_be_bytes().to_vec();
    if cql_type == "pair" {
        bytes.clear();
        for index in 0..2_u16 {
            match cells.iter().find(|cell| path(cell) == index.to_be_bytes()) {
                Some(cell) => push(&mut bytes, &winner(cell)),
                None => bytes.extend((-1_i32).to_be_bytes()),
            }
        }
        return bytes;
    }
    for cell in cells {
        if cql_type.starts_with("set") || cql_type.starts_with("map") {
            push(&mut bytes, &path(cell));
        }
        if !cql_type.starts_with("set") {
            push(&mut bytes, &winner(cell));
        }
    }
    bytes
}

/// What is live of one row: by column, the cells.
#[derive(Default)]
struct TracedRow {
    is_live: bool,
    cells: BTreeMap<String, Vec<Value>>,
}

/// The static row, and the rows that a query would return.
fn rows(events: Vec<Value>) -> (TracedRow, Vec<TracedRow>) {
    let mut statics = TracedRow::default();
    let mut rows: Vec<TracedRow> = Vec::new();
    for event in events {
        match event["type"].as_str().unwrap() {
            "row" => rows.push(TracedRow { is_live: event["is_live"] == true, cells: BTreeMap::new() }),
            "cell" if event["result"] == "live" => {
                let row = rows.last_mut().unwrap_or(&mut statics);
                row.cells.entry(event["column"].as_str().unwrap().to_owned()).or_default().push(event);
            }
            _ => {}
        }
    }
    rows.retain(|row| row.is_live || !row.cells.is_empty());
    (statics, rows)
}

/// Compares all of a table with what a node returned; how many rows and values.
fn compare(table: &KnownTable, now: &str) -> (usize, usize) {
    let raw = table.raw_rows().unwrap().unwrap();
    let written: Option<Vec<Value>> = {
        let path = table.raw_json.as_ref().unwrap().with_file_name("writetime.json.gz");
        path.exists().then(|| serde_json::from_slice(&read_gz(&path).unwrap()).unwrap())
    };
    let (key_type, keys) = keys(table);
    let (mut row_count, mut value_count) = (0, 0);
    for (key, text) in keys {
        let parts: Vec<Vec<u8>> = match &key_type {
            CqlType::Composite(types) => {
                CompositeComponents::new(&key, types).map(|part| part.unwrap().value.to_vec()).collect()
            }
            _ => vec![key],
        };
        let is_of_key = |row: &&(usize, &Vec<Option<Vec<u8>>>)| {
            parts.iter().zip(row.1).all(|(part, value)| Some(part) == value.as_ref())
        };
        let expected: Vec<_> = raw.rows.iter().enumerate().filter(|row| is_of_key(&row)).collect();
        let (statics, traced) = rows(trace(table, &text, &["--now", now]));
        let only_static = traced.is_empty() && !statics.cells.is_empty();
        let what = format!("{} {} {text}", table.set, table.table);
        assert_eq!(expected.len(), traced.len() + usize::from(only_static), "{what}");
        for (place, (number, row)) in expected.into_iter().enumerate() {
            row_count += 1;
            let none = TracedRow::default();
            let own = traced.get(place).unwrap_or(&none);
            for (index, name) in raw.columns.iter().enumerate() {
                let cells = own.cells.get(name).or_else(|| statics.cells.get(name));
                let Some(cells) = cells else {
                    let is_key = !own.cells.contains_key(name) && index < first_value(table);
                    assert!(is_key || row[index].is_none(), "{what} row {place} {name}");
                    continue;
                };
                let cells: Vec<&Value> = cells.iter().collect();
                let value = whole_value(&raw.types[index], &cells);
                assert_eq!(Some(&value), row[index].as_ref(), "{what} row {place} {name}");
                value_count += 1;
                if let Some(written) = &written {
                    let times: Vec<&Value> = cells.iter().map(|cell| &cell["timestamp"]).collect();
                    match &written[number][name] {
                        Value::Array(all) => {
                            assert_eq!(times, all.iter().collect::<Vec<_>>(), "{what} {name}");
                        }
                        Value::Null => {}
                        one => assert_eq!(times, [one], "{what} {name}"),
                    }
                }
            }
        }
    }
    assert_eq!(row_count, raw.rows.len(), "{} {}", table.set, table.table);
    (row_count, value_count)
}

/// How many key columns a table has.
fn first_value(table: &KnownTable) -> usize {
    let sstable = Sstable::open(&table.sstables[0].data_path).unwrap();
    let header = sstable.header();
    let parts = match &header.key_type {
        CqlType::Composite(types) => types.len(),
        _ => 1,
    };
    parts + header.clustering_types.len()
}

fn selected_at(set: &Path) -> String {
    let truth: Value = serde_json::from_slice(&fs::read(set.join("truth.json")).unwrap()).unwrap();
    truth["selected_at"].as_i64().unwrap().to_string()
}

#[test]
fn what_wins_over_all_sstables_is_what_a_node_returned_with_its_write_times() {
    let name = "what_wins_over_all_sstables_is_what_a_node_returned_with_its_write_times";
    let Some(corpus) = corpus_or_skip(name) else { return };
    let (mut tables, mut rows, mut values) = (0, 0, 0);
    for table in corpus.tables().unwrap() {
        let is_merged = table.set.ends_with("/merge") && table.table.starts_with("m_");
        if is_merged {
            let set = corpus.root().join("cassandra50").join(&table.set);
            let (of_rows, of_values) = compare(&table, &selected_at(&set));
            (tables, rows, values) = (tables + 1, rows + of_rows, values + of_values);
        }
    }
    assert!(tables == 15 && rows > 900 && values > 1500, "{tables} tables, {rows} rows, {values} values");
}

fn merged() -> KnownTable {
    let tables = fixtures::tables().unwrap();
    tables.into_iter().find(|table| table.sstables.len() > 1 && table.schema_cql.is_some()).unwrap()
}

#[test]
fn a_column_and_a_clustering_leave_out_all_others() {
    let table = merged();
    let (_, keys) = keys(&table);
    for key in keys.values() {
        let all = trace(&table, key, &[]);
        let Some(cell) = all.iter().find(|event| event["type"] == "cell") else { continue };
        let column = cell["column"].as_str().unwrap();
        let some = trace(&table, key, &["--column", column]);
        let of_column = |events: &[Value]| {
            events.iter().filter(|event| event["type"] == "cell" && event["column"] == column).count()
        };
        let cells = some.iter().filter(|event| event["type"] == "cell").count();
        assert_eq!((cells, of_column(&some)), (of_column(&all), of_column(&all)));
    }
    let mut command = cqlite::cqlite();
    command.arg("trace").arg(&table.directory).args(["--column", "no_such_column", "-k"]);
    let output = command.arg(keys.values().next().unwrap()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_key_that_is_nowhere_has_an_exit_code_of_its_own() {
    let table = merged();
    let sstable = Sstable::open(&table.sstables[0].data_path).unwrap();
    let absent = match sstable.header().key_type {
        CqlType::Int | CqlType::BigInt => "-1234567",
        _ => "nobody wrote this",
    };
    for verb in ["find", "trace"] {
        let output = cqlite::cqlite().arg(verb).arg(&table.directory).args(["-k", absent]).output().unwrap();
        assert_eq!(output.status.code(), Some(5), "{verb} {}", String::from_utf8_lossy(&output.stderr));
    }
}
