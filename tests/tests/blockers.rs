//! `cqlite blockers` finds what Cassandra's `sstableexpiredblockers` finds.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Format, Node, Tools},
    cqlite, fixtures,
};
use serde_json::Value;

/// By the stem of a blocker, the stems of those that it keeps.
type Blocks = BTreeMap<String, Vec<String>>;

/// What each SSTable of the table holds, with write times that cross.
const SSTABLES: [&str; 6] = [
    "DELETE FROM ks.$ USING TIMESTAMP 100 WHERE k = 1",
    "INSERT INTO ks.$ (k, v) VALUES (2, 2) USING TIMESTAMP 50",
    "DELETE FROM ks.$ USING TIMESTAMP 4 WHERE k = 3",
    "INSERT INTO ks.$ (k, v) VALUES (4, 4) USING TIMESTAMP 100",
    "INSERT INTO ks.$ (k, v) VALUES (5, 5) USING TIMESTAMP 5 AND TTL 1000000",
    "INSERT INTO ks.$ (k, v) VALUES (6, 6) USING TIMESTAMP 60 AND TTL 1",
];

fn now_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn json(options: &[&str], path: &Path) -> Value {
    let output = cqlite::cqlite().args(["blockers", "--json"]).args(options).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn stem(sstable: &Value) -> String {
    sstable["sstable"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

fn blocks(report: &Value) -> Blocks {
    let kept = |blocker: &Value| {
        let mut kept: Vec<String> = blocker["blocks"].as_array().unwrap().iter().map(stem).collect();
        kept.sort();
        kept
    };
    report["blockers"].as_array().unwrap().iter().map(|blocker| (stem(blocker), kept(blocker))).collect()
}

/// The stems that a part of the tool's line names.
fn named(text: &str) -> Vec<String> {
    let ends = text.match_indices("-Data.db").map(|(end, _)| &text[..end]);
    let mut stems: Vec<String> = ends.map(|text| text.rsplit('/').next().unwrap().to_owned()).collect();
    stems.sort();
    stems
}

fn theirs(tools: &mut Tools, table: &str) -> Blocks {
    let run = tools.run("SSTableExpiredBlockers", ["ks", table]).unwrap();
    assert!(run.success(), "{}", run.stderr);
    let text = String::from_utf8(run.stdout).unwrap();
    let lines = text.lines().filter_map(|line| line.split_once(" blocks "));
    lines.map(|(blocker, kept)| (named(blocker).remove(0), named(kept))).collect()
}

fn directory_of(node: &Path, table: &str) -> PathBuf {
    let entries = std::fs::read_dir(node.join("data/ks")).unwrap().map(|entry| entry.unwrap().path());
    let is_it =
        |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(&format!("{table}-"));
    entries.into_iter().find(is_it).unwrap()
}

#[test]
fn blockers_are_those_of_the_live_tool() {
    let Some(cassandra) = cassandra_or_skip("blockers_are_those_of_the_live_tool") else { return };
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("node");
    let mut node = Node::builder(&cassandra, &home).start().unwrap();
    let mut connection = node.connect().unwrap();
    connection
        .execute("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
        .unwrap();
    let tables = [("none", 0), ("ten_days", 864_000)];
    for (table, grace) in tables {
        let options = format!(
            "gc_grace_seconds = {grace} AND compaction = {{'class': 'SizeTieredCompactionStrategy', 'enabled': 'false'}}"
        );
        connection
            .execute(&format!("CREATE TABLE ks.{table} (k int PRIMARY KEY, v int) WITH {options}"))
            .unwrap();
        for statement in SSTABLES {
            connection.execute(&statement.replace('$', table)).unwrap();
            node.flush("ks", &[table]).unwrap();
        }
    }
    let written = now_seconds();
    drop(connection);
    node.stop().unwrap();
    // What was deleted, or has a TTL of a second, has to be past for both.
    while now_seconds() <= written + 3 {
        thread::sleep(Duration::from_millis(200));
    }
    let mut tools = Tools::start_on(&cassandra, &home).unwrap();
    for (table, _) in tables {
        let report = json(&[], &directory_of(&home, table));
        assert_eq!(blocks(&report), theirs(&mut tools, table), "{table}");
    }
    let report = json(&[], &directory_of(&home, "none"));
    assert_eq!(report["expired"], 3);
    let droppable: Vec<String> = report["droppable"].as_array().unwrap().iter().map(stem).collect();
    assert_eq!(droppable, ["nb-3-big"]);
    assert_eq!(json(&[], &directory_of(&home, "ten_days"))["expired"], 0);
    let forced = json(&["-g", "0"], &directory_of(&home, "ten_days"));
    assert_eq!(blocks(&forced), blocks(&report));
}

#[test]
fn the_clock_and_the_grace_decide_what_is_expired() {
    let table = fixtures::table(Format::Nb, "merge", "events").directory;
    let deletion =
        json(&["-g", "0"], &table)["blockers"][0]["blocks"][0]["max_local_deletion_time_seconds"].clone();
    let deletion = deletion.as_i64().unwrap();
    let expired =
        |now: i64, grace: &str| json(&["--now", &now.to_string(), "-g", grace], &table)["expired"].clone();
    assert_eq!((expired(deletion, "0"), expired(deletion + 1, "0")), (0.into(), 1.into()));
    assert_eq!((expired(deletion + 60, "60"), expired(deletion + 61, "60")), (0.into(), 1.into()));
}

#[test]
fn the_report_for_people_names_blockers_and_what_they_keep() {
    let table = fixtures::table(Format::Nb, "merge", "events").directory;
    let output = cqlite::cqlite().args(["blockers", "-g", "0"]).arg(&table).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("nb-1-big keeps 1 expired, ") && text.contains("\n  nb-4-big "), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 110), "{text}");
}
