//! What a version cannot hold, as the verbs are run: refused by name, or converted and counted.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use cqlite_sstable::Component;
use cqlite_sstable::reader::Sstable;
use cqlite_sstable::types::CqlType;
use cqlite_tests::cassandra::Format;
use cqlite_tests::cqlite::cqlite;
use cqlite_tests::fixtures;
use cqlite_tests::known::data_files;
use serde_json::Value;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn upgrade(input: &Path, to: &str, out: &Path, options: &[&str]) -> Output {
    let mut command = cqlite();
    command.args(["upgrade", "--json", "--to", to, "--out"]).arg(out).args(options);
    command.arg(input).output().unwrap()
}

/// Upgrades a table, which is refused with all of `words`, and converted with `--lossy`. Returns how often `field` says so,
/// and the output.
#[track_caller]
fn refused_then_converted(input: &Path, to: &str, words: &[&str], field: &str) -> (u64, tempfile::TempDir) {
    let place = tempfile::tempdir().unwrap();
    let refused = upgrade(input, to, &place.path().join("refused"), &[]);
    let told = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(4), "{told}");
    for word in words.iter().chain(&["cannot hold", "--lossy"]) {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert!(!place.path().join("refused").exists());
    let out = place.path().join("lossy");
    let converted = upgrade(input, to, &out, &["--lossy"]);
    assert_eq!(converted.status.code(), Some(0), "{}", text(&converted.stderr));
    let line: Value = serde_json::from_str(text(&converted.stdout).lines().last().unwrap()).unwrap();
    let verified = cqlite().arg("verify").arg(&out).output().unwrap();
    assert!(verified.status.success(), "{}", text(&verified.stdout));
    (line["lossy"][field].as_u64().unwrap(), place)
}

fn table(format: Format, keyspace: &str, table: &str) -> PathBuf {
    fixtures::table(format, keyspace, table).directory
}

fn only_data(directory: &Path) -> PathBuf {
    let mut data = data_files(directory).unwrap();
    assert_eq!(data.len(), 1, "{data:?}");
    data.remove(0)
}

#[test]
fn dates_past_2038_are_refused_with_their_partition_or_become_the_last_second() {
    for to in ["nb", "me"] {
        let input = table(Format::Oa, "rows", "expiring");
        let (count, place) = refused_then_converted(&input, to, &["partition 1"], "capped_times");
        assert!(count > 0);
        let dump = cqlite().arg("dump").arg(only_data(place.path())).output().unwrap();
        assert!(text(&dump.stdout).contains("2038-01-19T03:14:06Z"), "{}", text(&dump.stdout));
    }
}

#[test]
fn vectors_are_refused_by_the_name_of_their_column_or_become_blobs() {
    let input = table(Format::Oa, "collections", "vectors");
    let (count, place) =
        refused_then_converted(&input, "me", &["the column 'b' has vectors"], "vectors_as_blobs");
    let header = Sstable::open(only_data(place.path())).unwrap().header().clone();
    let blobs = header.regular_columns.iter().filter(|column| column.column_type == CqlType::Blob);
    assert!(count > 3 && blobs.count() > 3);
}

#[test]
fn vectors_that_order_cells_are_refused_also_where_losses_are_allowed() {
    let place = tempfile::tempdir().unwrap();
    for (number, of) in
        ["set<frozen<vector<float, 2>>>", "map<frozen<vector<float, 2>>, int>"].iter().enumerate()
    {
        let rows = place.path().join(format!("{number}.jsonl"));
        let value =
            if of.starts_with("set") { "[[-1, 2], [1, 2]]" } else { "{\"[-1, 2]\": 1, \"[1, 2]\": 2}" };
        fs::write(&rows, format!("{{\"k\": 1, \"c\": {value}}}\n")).unwrap();
        let schema = format!("CREATE TABLE ks.t (k int PRIMARY KEY, c {of})");
        let input = place.path().join(format!("in-{number}"));
        let mut import = cqlite();
        import.args(["import", "--to", "oa", "--schema", &schema, "--out"]).arg(&input).arg(&rows);
        let imported = import.output().unwrap();
        assert!(imported.status.success(), "{}", text(&imported.stderr));
        let output = upgrade(&input, "me", &place.path().join("out"), &["--lossy"]);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{told}");
        assert!(
            told.contains("orders the cells of the column 'c'") && told.contains("cannot hold"),
            "{told}"
        );
    }
}

#[test]
fn compression_that_a_version_does_not_have_is_refused_or_replaced() {
    for (name, word) in [("zstd", "Zstd"), ("lz4_ratio", "compress")] {
        let input = table(Format::Nb, "compression", name);
        let (count, place) = refused_then_converted(&input, "me", &[word], "compression");
        assert_eq!(count, 1, "{name}");
        let differences = cqlite().arg("diff").arg(&input).arg(place.path().join("lossy")).output().unwrap();
        assert!(differences.status.success(), "{name}: {}", text(&differences.stdout));
    }
    // With a compressor that the version has nothing is lost.
    let place = tempfile::tempdir().unwrap();
    let input = table(Format::Nb, "compression", "zstd");
    let output = upgrade(&input, "me", &place.path().join("out"), &["--compression", "lz4"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn deletions_of_partitions_with_negative_timestamps_are_refused_with_their_partition_or_left_out() {
    let place = tempfile::tempdir().unwrap();
    let data = only_data(&table(Format::Nb, "rows", "deletions"));
    let lines = cqlite().args(["dump", "--lossless"]).arg(data).output().unwrap();
    let lines = text(&lines.stdout);
    let start = lines.find("{\"partition\":").unwrap();
    let at = start + lines[start..].find("\"deletion\":{\"ts\":").unwrap();
    let (front, behind) = lines.split_at(at + "\"deletion\":{\"ts\":".len());
    let changed = format!("{front}-{behind}");
    let rows = place.path().join("rows.jsonl");
    fs::write(&rows, changed).unwrap();
    let input = place.path().join("nb");
    let imported = cqlite().args(["import", "--lossless", "--out"]).arg(&input).arg(&rows).output().unwrap();
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    let key = lines[start..].split("\"text\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    for to in ["oa", "da"] {
        let words = [format!("partition {key}"), "negative timestamp".to_owned()];
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (count, _place) = refused_then_converted(&input, to, &words, "dropped_partition_deletions");
        assert_eq!(count, 1);
    }
}

#[test]
fn tables_that_lie_in_one_directory_are_not_mixed() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("mixed");
    fs::create_dir(&input).unwrap();
    for (id, name) in [(1, "wide"), (2, "statics"), (3, "counters")] {
        let known = &fixtures::table(Format::Nb, "rows", name).sstables[0];
        for component in Component::ALL {
            let from = known.directory().join(format!("nb-1-big-{component}"));
            if from.exists() {
                fs::copy(from, input.join(format!("nb-{id}-big-{component}"))).unwrap();
            }
        }
    }
    let out = place.path().join("out");
    let output = cqlite().args(["compact", "--out"]).arg(&out).arg(&input).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(!out.exists());
}
