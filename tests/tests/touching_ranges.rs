//! Ranges of deleted rows of which one ends where the next begins, with a marker for each: Cassandra takes them, though
//! it writes one boundary.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use cqlite_sstable::{
    reader::{Direction, ReaderOptions, Slice, Sstable},
    row::ClusteringValue,
};
use cqlite_tests::{cqlite::cqlite, known::data_files, scratch};
use serde_json::{Value, json};

const INT: &str = "org.apache.cassandra.db.marshal.Int32Type";
const ROWS: i32 = 40;
const WIDTH: i32 = 4;

fn int(value: i32) -> String {
    format!("{value:08x}")
}

fn header() -> Value {
    json!({
        "cqlite_lossless": 1, "keyspace": "ks", "table": "t", "version": "nb",
        "partitioner": "org.apache.cassandra.dht.Murmur3Partitioner",
        "key_type": INT, "clustering_types": [INT], "static_columns": [],
        "regular_columns": [{"name": "v", "type": INT}],
    })
}

fn partition() -> Value {
    json!({"partition": {"key": int(1), "text": "1"}})
}

fn marker(kind: &str, at: i32, time: i32) -> Value {
    let deletion = json!({"ts": time, "at": 1_700_000_000});
    json!({"marker": {"kind": kind, "clustering": [int(at)], "deletion": deletion}})
}

/// Each range ends where the next begins, and has another time.
fn touching() -> Vec<Value> {
    let mut lines = vec![header(), partition()];
    for clustering in 0..ROWS {
        let (range, is_edge) = (clustering / WIDTH, clustering % WIDTH == 0);
        if is_edge && range > 0 {
            lines.push(marker("EXCL_END_BOUND", clustering, 100 + range - 1));
        }
        if is_edge {
            lines.push(marker("INCL_START_BOUND", clustering, 100 + range));
        }
        let cell = json!({"column": "v", "ts": 500, "value": int(clustering)});
        lines.push(
            json!({"row": {"clustering": [int(clustering)], "liveness": {"ts": 500}, "cells": [cell]}}),
        );
    }
    lines.push(marker("EXCL_END_BOUND", ROWS, 100 + (ROWS - 1) / WIDTH));
    lines
}

fn import(lines: &[Value], place: &Path, name: &str) -> PathBuf {
    let input = place.join(format!("{name}.jsonl"));
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    fs::write(&input, text.join("\n")).unwrap();
    let out = place.join(name);
    let output = cqlite().args(["import", "--lossless"]).arg(&input).arg("--out").arg(&out).output().unwrap();
    only(&output, &out)
}

fn only(output: &Output, out: &Path) -> PathBuf {
    assert!(output.status.success(), "{output:?}");
    let [data] = data_files(out).unwrap().try_into().unwrap();
    data
}

fn rows(data: &Path) -> Vec<Value> {
    let output = cqlite().args(["dump", "--lossless"]).arg(data).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What is found in the slice of each clustering, in both directions.
fn slices(data: &Path) -> Vec<String> {
    let sstable = Sstable::open(data).unwrap();
    let mut reader = sstable.reader(ReaderOptions::default()).unwrap();
    assert!(reader.find(&1_i32.to_be_bytes()).unwrap());
    let mut found = Vec::new();
    for clustering in 0..=ROWS {
        for direction in [Direction::Forward, Direction::Reversed] {
            let value = clustering.to_be_bytes();
            let slice = Slice::of_prefix([ClusteringValue::Value(&value)]);
            let mut rows = reader.slice(slice, direction).unwrap();
            while rows.advance_unfiltered().unwrap() {
                found.push(format!("{clustering} {:?}", rows.unfiltered()));
            }
        }
    }
    found
}

#[test]
fn both_markers_are_found_where_every_marker_would_be_a_block_of_the_index() {
    let place = scratch::directory();
    let data = import(&touching(), place.path(), "nb");
    assert_eq!(rows(&data), touching()[1..]);
    for version in ["da", "nb"] {
        let out = place.path().join("upgraded").join(version);
        let mut command = cqlite();
        command.args(["upgrade", "--to", version, "--index-block", "16", "--out"]).arg(&out).arg(&data);
        let upgraded = only(&command.output().unwrap(), &out);
        assert_eq!(rows(&upgraded), rows(&data), "{version}");
        let found = slices(&upgraded);
        // Each has a row, and what is open at both ends.
        assert_eq!(found.len(), ROWS as usize * 6);
        assert_eq!(found, slices(&data), "{version}");
        let verified = cqlite().arg("verify").arg(&upgraded).output().unwrap();
        assert!(verified.status.success(), "{version}: {verified:?}");
    }
}

#[test]
fn a_merge_has_one_marker_where_a_range_of_another_sstable_is_between_two_that_touch() {
    let place = scratch::directory();
    let data = import(&touching(), place.path(), "touching");
    // Of a time between that of the fourth range and that of the fifth.
    let start = marker("INCL_START_BOUND", -5, 103);
    let other = [header(), partition(), start, marker("INCL_END_BOUND", 30, 103)];
    let other = import(&other, place.path(), "other");
    let together = data.parent().unwrap();
    for entry in fs::read_dir(other.parent().unwrap()).unwrap().map(Result::unwrap) {
        let name = entry.file_name().to_string_lossy().replacen("nb-1-", "nb-2-", 1);
        fs::copy(entry.path(), together.join(name)).unwrap();
    }
    let out = place.path().join("out");
    let mut command = cqlite();
    command.arg("compact").arg("--out").arg(&out).arg(together);
    let merged = only(&command.output().unwrap(), &out);
    let boundary = |at: i32, closed: i32, opened: i32| {
        let mut boundary = marker("EXCL_END_INCL_START_BOUNDARY", at, closed);
        boundary["marker"]["opened"] = json!({"ts": opened, "at": 1_700_000_000});
        boundary
    };
    let mut expected = vec![marker("INCL_START_BOUND", -5, 103)];
    expected.extend((4..ROWS / WIDTH).map(|range| boundary(range * WIDTH, 99 + range, 100 + range)));
    expected.push(marker("EXCL_END_BOUND", ROWS, 109));
    let is_marker = |row: &Value| row.get("marker").is_some();
    let markers: Vec<Value> = rows(&merged).into_iter().filter(is_marker).collect();
    assert_eq!(markers, expected);
    assert_eq!(rows(&merged).iter().filter(|row| row.get("row").is_some()).count(), ROWS as usize);
}
