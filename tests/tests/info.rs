//! `cqlite info` tells what Cassandra's `sstablemetadata` tells.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use cqlite_tests::{
    available::{cassandra_or_skip, corpus_or_skip},
    cassandra::Tools,
    corpus::Corpus,
    cqlite, fixtures,
    known::{KnownSstable, read_gz_text},
};

fn info(data: &Path, options: &[&str]) -> String {
    let output = cqlite::cqlite().arg("info").arg(data).args(options).output().unwrap();
    assert!(output.status.success(), "{}: {}", data.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Without the line that names a path, and the one that depends on the clock.
fn lasting(text: &str) -> Vec<&str> {
    let varies =
        |line: &&str| line.starts_with("SSTable: ") || line.starts_with("Estimated droppable tombstones: ");
    text.split('\n').filter(|line| !varies(line)).collect()
}

fn compare(sstables: Vec<KnownSstable>) -> usize {
    let mut compared = 0;
    for sstable in &sstables {
        let Some(truth) = &sstable.metadata_txt else { continue };
        let ours = info(&sstable.data_path, &["--format", "cassandra"]);
        // The kept texts went through a reader that makes one line end of another.
        let (ours, theirs) = (ours.replace('\r', "\n"), read_gz_text(truth).unwrap().replace('\r', "\n"));
        assert_eq!(lasting(&ours), lasting(&theirs), "{}", sstable.data_path.display());
        compared += 1;
    }
    compared
}

#[test]
fn the_cassandra_format_equals_sstablemetadata_for_every_fixture() {
    let compared = compare(fixtures::sstables().unwrap());
    assert!(compared > 100, "only {compared} were compared");
}

#[test]
fn the_cassandra_format_equals_sstablemetadata_for_every_corpus_sstable() {
    let Some(corpus) = corpus_or_skip("the_cassandra_format_equals_sstablemetadata_for_every_corpus_sstable")
    else {
        return;
    };
    let compared = compare(corpus.sstables().unwrap());
    assert!(compared > 300, "only {compared} were compared");
}

fn now_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[test]
fn every_line_equals_the_live_tool_at_the_same_second() {
    let Some(cassandra) = cassandra_or_skip("every_line_equals_the_live_tool_at_the_same_second") else {
        return;
    };
    let mut tools = Tools::shared(&cassandra).unwrap();
    let mut sstables: Vec<KnownSstable> = fixtures::sstables().unwrap();
    sstables.retain(|sstable| !matches!(sstable.version.as_str(), "oa" | "da"));
    let (older, newer): (Vec<_>, Vec<_>) =
        sstables.into_iter().partition(|sstable| sstable.version.starts_with('m'));
    let mut compared: Vec<KnownSstable> = older.into_iter().chain(newer.into_iter().step_by(5)).collect();
    if let Ok(corpus) = Corpus::find() {
        // Of the others the texts are kept; without a dump are those that no tool of 5.0.9 reads.
        let of_corpus = corpus.sstables().unwrap().into_iter();
        compared.extend(of_corpus.filter(|one| one.metadata_txt.is_none() && one.truth_dump.is_some()));
    }
    for sstable in compared {
        let before = now_seconds();
        let theirs = tools.sstablemetadata(&sstable.data_path, &["-g", "60"]).unwrap();
        assert!(theirs.success(), "{}", theirs.stderr);
        let theirs = String::from_utf8(theirs.stdout).unwrap();
        let equal = (before..=now_seconds()).any(|now| {
            let now = now.to_string();
            info(&sstable.data_path, &["--format", "cassandra", "-g", "60", "--now", &now]) == theirs
        });
        assert!(equal, "{}:\n{theirs}", sstable.data_path.display());
    }
}

#[test]
fn json_is_an_object_a_line_with_numbers_as_numbers() {
    let orders = fixtures::table(cqlite_tests::cassandra::Format::Nb, "shop", "orders");
    let text = info(&orders.directory, &["--json"]);
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), orders.sstables.len());
    assert_eq!(lines[0]["stats"]["partitions"], 4);
    assert_eq!(lines[0]["version"], "nb");
}

#[test]
fn the_readable_report_names_columns_and_has_no_colors_in_a_pipe() {
    let orders = fixtures::table(cqlite_tests::cassandra::Format::Nb, "shop", "orders");
    let text = info(&orders.directory, &[]);
    assert!(text.contains("map<text, int>") && !text.contains('\x1b'), "{text}");
}
