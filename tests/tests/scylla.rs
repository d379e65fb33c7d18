//! SSTables of ScyllaDB are read where they differ from Cassandra's, whose own tools fail on several of them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::path::Path;

use cqlite_tests::{
    cqlite,
    generated::push_uvint,
    scylla::{ScyllaSstable, of, push_partition, push_row, set_of},
};
use serde_json::{Value, json};

/// The base of timestamps.
const EPOCH_MICROS: i64 = 1_442_880_000_000_000;

const HAS_TIMESTAMP: u8 = 0x04;
const HAS_TTL: u8 = 0x08;
const HAS_DELETION: u8 = 0x10;
const HAS_ALL_COLUMNS: u8 = 0x20;
const HAS_COMPLEX_DELETION: u8 = 0x40;
const EXTENDED: u8 = 0x80;
const IS_STATIC: u8 = 0x01;
const SHADOWABLE_OF_CASSANDRA: u8 = 0x02;
const SHADOWABLE_OF_SCYLLA: u8 = 0x80;

fn printed(data: &Path, arguments: &[&str]) -> String {
    let output = cqlite::cqlite().args(arguments).arg(data).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    // There is no Summary.db, and there are no names of keys.
    assert!(told.is_empty() || arguments[0] != "dump", "{told}");
    assert!(output.status.success(), "{told}");
    String::from_utf8(output.stdout).unwrap()
}

/// The rows of all partitions, without their positions.
fn rows(data: &Path) -> Vec<Value> {
    let partitions: Vec<Value> = serde_json::from_str(&printed(data, &["dump", "-t"])).unwrap();
    let rows = partitions.iter().flat_map(|partition| partition["rows"].as_array().unwrap().clone());
    let without_position = |mut row: Value| {
        row.as_object_mut().unwrap().remove("position");
        row
    };
    rows.map(without_position).collect()
}

/// Columns by name, of one and of several cells by turns.
fn interleaved() -> Vec<(&'static str, String)> {
    ["c1", "c2", "c3", "c4", "c5", "c6"]
        .into_iter()
        .zip([of("Int32Type"), set_of("Int32Type")].into_iter().cycle())
        .collect()
}

/// `c1` = 2, `c5` = 5 and `c4` = {3}, behind the columns that are missing of `c1 c3 c5 c2 c4 c6`.
fn cells_of_three_columns() -> Vec<u8> {
    let mut rest = vec![0b10_1010];
    rest.extend([0x08, 0, 0, 0, 2, 0x08, 0, 0, 0, 5]);
    rest.extend([9, 7]); // what deletes the set
    rest.extend([1, 0x0C, 4, 0, 0, 0, 3]);
    rest
}

/// A static row and a row with those cells.
fn with_interleaved_columns() -> ScyllaSstable {
    let mut data = Vec::new();
    push_partition(&mut data, 1);
    let mut cells = cells_of_three_columns();
    // Static rows have no liveness: each cell has its own time.
    cells = cells.into_iter().fold(Vec::new(), |mut out, byte| {
        match byte {
            0x08 => out.extend([0x00, 10]),
            0x0C => out.extend([0x04, 10]),
            other => out.push(other),
        }
        out
    });
    push_row(&mut data, &[EXTENDED | HAS_COMPLEX_DELETION, IS_STATIC], None, &cells);
    let with_time = [&[10][..], &cells_of_three_columns()].concat();
    push_row(&mut data, &[HAS_TIMESTAMP | HAS_COMPLEX_DELETION], Some(7), &with_time);
    data.push(0x01);
    let columns = interleaved();
    ScyllaSstable { static_columns: columns.clone(), regular_columns: columns, bases: [0, 0], data }
}

#[test]
fn a_header_with_columns_by_name_is_read_in_the_order_of_the_rows() {
    let directory = tempfile::tempdir().unwrap();
    let data = with_interleaved_columns().write(directory.path()).unwrap();
    let at = |micros: i64| (EPOCH_MICROS + micros).to_string();
    let told = rows(&data);
    assert_eq!(told.len(), 2);
    for (row, time) in told.iter().zip([Some(at(10)), None]) {
        let mut cells = json!([
            { "name": "c1", "value": 2 },
            { "name": "c5", "value": 5 },
            { "name": "c4", "deletion_info": { "marked_deleted": at(9), "local_delete_time": "7" } },
            { "name": "c4", "path": ["3"], "value": "" },
        ]);
        for cell in [0, 1, 3] {
            if let Some(time) = &time {
                cells[cell]["tstamp"] = json!(time);
            }
        }
        assert_eq!(row["cells"], cells);
    }
    let schema = printed(&data, &["schema"]);
    assert!(schema.contains("c3 int") && schema.contains("c4 set<int>"), "{schema}");
}

/// An SSTable of one row without columns.
fn row_with(directory: &Path, flags: &[u8], rest: &[u8], bases: [i64; 2]) -> std::path::PathBuf {
    let mut data = Vec::new();
    push_partition(&mut data, 1);
    push_row(&mut data, flags, Some(7), rest);
    data.push(0x01);
    let none = Vec::new;
    ScyllaSstable { static_columns: none(), regular_columns: none(), bases, data }.write(directory).unwrap()
}

#[test]
fn a_shadowable_deletion_is_read_with_its_own_time() {
    let directory = tempfile::tempdir().unwrap();
    let deletion = |micros: i64, seconds: &str| json!({ "marked_deleted": (EPOCH_MICROS + micros).to_string(), "local_delete_time": seconds });
    let flags = HAS_ALL_COLUMNS | EXTENDED;

    let alone = row_with(directory.path(), &[flags, SHADOWABLE_OF_SCYLLA], &[20, 6], [0, 0]);
    assert_eq!(rows(&alone)[0]["deletion_info"], deletion(20, "6"));
    assert!(printed(&alone, &["dump", "-d"]).contains("localDeletion=6(shadowable) ]"));

    // As Cassandra tells of the one that it writes itself.
    let cassandra = [flags | HAS_DELETION, SHADOWABLE_OF_CASSANDRA];
    let data = row_with(directory.path(), &cassandra, &[20, 6], [0, 0]);
    assert_eq!(rows(&data)[0]["deletion_info"], deletion(20, "6"));
    assert!(printed(&data, &["dump", "-d"]).contains("localDeletion=6(shadowable) ]"));

    let both = [flags | HAS_DELETION, SHADOWABLE_OF_SCYLLA];
    let data = row_with(directory.path(), &both, &[10, 5, 20, 6], [0, 0]);
    let row = &rows(&data)[0];
    assert_eq!(row["deletion_info"], deletion(10, "5"));
    assert_eq!(row["shadowable_deletion_info"], deletion(20, "6"));
    let only: Vec<Value> = serde_json::from_str(&printed(&data, &["dump", "--tombstones-only"])).unwrap();
    assert_eq!(only[0]["rows"].as_array().unwrap().len(), 1);
}

#[test]
fn newer_liveness_takes_a_shadowable_deletion_away() {
    let directory = tempfile::tempdir().unwrap();
    let flags = HAS_TIMESTAMP | HAS_DELETION | HAS_ALL_COLUMNS | EXTENDED;
    for (liveness, shadowed) in [(21, true), (20, false)] {
        let rest = [liveness, 10, 5, 20, 6];
        let data = row_with(directory.path(), &[flags, SHADOWABLE_OF_SCYLLA], &rest, [0, 0]);
        let row = &rows(&data)[0];
        assert!(row.get("deletion_info").is_some());
        assert_eq!(row.get("shadowable_deletion_info").is_none(), shadowed);
        let data = row_with(directory.path(), &[flags, SHADOWABLE_OF_CASSANDRA], &[liveness, 20, 6], [0, 0]);
        assert_eq!(rows(&data)[0].get("deletion_info").is_none(), shadowed);
    }
}

#[test]
fn times_against_bases_of_64_bits_are_read() {
    let directory = tempfile::tempdir().unwrap();
    let mut rest = vec![10];
    push_uvint(&mut rest, 60_i64.wrapping_sub(i64::MAX) as u64);
    push_uvint(&mut rest, 1_900_000_000_i64.wrapping_sub(i64::MAX) as u64);
    let flags = HAS_TIMESTAMP | HAS_TTL | HAS_ALL_COLUMNS;
    let data = row_with(directory.path(), &[flags], &rest, [i64::MAX, i64::MAX]);
    let row = &rows(&data)[0];
    assert_eq!(row["liveness_info"]["ttl"], 60);
    assert_eq!(row["liveness_info"]["expires_at"], "1900000000");
    let info: Value = serde_json::from_str(&printed(&data, &["info", "--json"])).unwrap();
    assert_eq!(info["version"], "me");
}

#[test]
fn rows_that_cassandra_would_not_write_are_no_damage() {
    let directory = tempfile::tempdir().unwrap();
    let mut ttl_and_time = vec![10];
    push_uvint(&mut ttl_and_time, 60_i64.wrapping_sub(i64::MAX) as u64);
    push_uvint(&mut ttl_and_time, 1_900_000_000_i64.wrapping_sub(i64::MAX) as u64);
    let none = [0, 0];
    let shadowable = HAS_DELETION | HAS_ALL_COLUMNS | EXTENDED;
    let times = HAS_TIMESTAMP | HAS_TTL | HAS_ALL_COLUMNS;
    let write: [&dyn Fn() -> std::path::PathBuf; 4] = [
        &|| with_interleaved_columns().write(directory.path()).unwrap(),
        &|| row_with(directory.path(), &[shadowable, SHADOWABLE_OF_SCYLLA], &[10, 5, 20, 6], none),
        &|| row_with(directory.path(), &[shadowable, SHADOWABLE_OF_CASSANDRA], &[20, 6], none),
        &|| row_with(directory.path(), &[times], &ttl_and_time, [i64::MAX; 2]),
    ];
    for (write, rows) in write.into_iter().zip([2, 1, 1, 1]) {
        let output = cqlite::cqlite().args(["verify", "--json"]).arg(write()).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["rows"], rows);
        // There is no Index.db, and nothing was counted for Statistics.db: that is all that is wrong.
        for finding in report["findings"].as_array().unwrap() {
            let check = finding["check"].as_str().unwrap();
            let is_known = finding["severity"] == "note" || ["components", "statistics"].contains(&check);
            assert!(is_known && finding["component"] != "Data.db", "{finding}");
        }
    }
}
