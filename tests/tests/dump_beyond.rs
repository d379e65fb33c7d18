//! What `cqlite dump` does beyond `sstabledump`: several inputs, sources, deletions alone, corrected values.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

use cqlite_tests::{cassandra::Format, cqlite, fixtures, known::KnownTable};
use serde_json::Value;

fn dump<P: AsRef<Path>>(paths: &[P], options: &[&str]) -> Output {
    let mut command = cqlite::cqlite();
    command.arg("dump").args(paths.iter().map(AsRef::as_ref)).args(options);
    command.output().unwrap()
}

fn stdout<P: AsRef<Path>>(paths: &[P], options: &[&str]) -> String {
    let output = dump(paths, options);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(data: &Path, options: &[&str]) -> Vec<Value> {
    serde_json::from_str(&stdout(&[data], options)).unwrap()
}

/// A fixture with more than one SSTable, and their Data.db in order of age.
fn several() -> (KnownTable, Vec<PathBuf>) {
    let table = fixtures::tables()
        .unwrap()
        .into_iter()
        .find(|table| table.sstables.iter().filter(|sstable| sstable.index.is_none()).count() > 2)
        .unwrap();
    let mut data: Vec<(u32, PathBuf)> = table
        .sstables
        .iter()
        .filter(|sstable| sstable.index.is_none())
        .map(|sstable| (sstable.id.parse().unwrap(), sstable.data_path.clone()))
        .collect();
    data.sort();
    (table, data.into_iter().map(|(_, path)| path).collect())
}

#[test]
fn several_documents_follow_each_other_each_ended_by_a_newline() {
    let (table, data) = several();
    for options in [&["--now", "1800000000"][..], &["-l", "--now", "1800000000"], &["-e"]] {
        let singles: String = data.iter().map(|one| stdout(&[one], options) + "\n").collect();
        assert_eq!(stdout(&data, options), singles, "{options:?}");
        assert_eq!(stdout(&[&table.directory], options), singles, "{options:?}");
    }
    let lines: String = data.iter().map(|one| stdout(&[one], &["-d"])).collect();
    assert_eq!(stdout(&data, &["-d"]), lines);
}

#[test]
fn with_source_every_line_names_its_file() {
    let (_, data) = several();
    let text = stdout(&data, &["--with-source"]);
    let mut sources = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let object: Value = serde_json::from_str(line).unwrap();
        let source = PathBuf::from(object["source"].as_str().unwrap());
        assert!(object["partition"]["key"].is_array());
        if sources.last() != Some(&source) {
            sources.push(source);
        }
    }
    assert_eq!(sources, data);
}

/// Everything that deletes in a dump, as text that tells it from any other deletion.
fn deletions(partitions: &[Value]) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    let mut add = |what: String| *found.entry(what).or_insert(0) += 1;
    for partition in partitions {
        let key = &partition["partition"]["key"];
        if let Some(deletion) = partition["partition"].get("deletion_info") {
            add(format!("{key} {deletion}"));
        }
        for row in partition["rows"].as_array().unwrap() {
            let place = format!("{key} {} {} {}", row["type"], row["position"], row["clustering"]);
            for side in ["deletion_info", "start", "end"] {
                if let Some(deletion) = row.get(side) {
                    add(format!("{place} {side} {deletion}"));
                }
            }
            for cell in row["cells"].as_array().into_iter().flatten() {
                if cell.get("deletion_info").is_some() {
                    add(format!("{place} {cell}"));
                }
            }
        }
    }
    found
}

#[test]
fn tombstones_only_has_every_deletion_of_the_full_dump_once_and_no_value() {
    let mut all = 0;
    for sstable in fixtures::sstables().unwrap() {
        let full = json(&sstable.data_path, &["--now", "0"]);
        let only = json(&sstable.data_path, &["--now", "0", "--tombstones-only"]);
        let expected = deletions(&full);
        assert_eq!(deletions(&only), expected, "{}", sstable.data_path.display());
        for partition in &only {
            assert!(!deletions(std::slice::from_ref(partition)).is_empty(), "a partition without deletions");
            for row in partition["rows"].as_array().unwrap() {
                let cells = row["cells"].as_array();
                assert!(cells.into_iter().flatten().all(|cell| cell.get("value").is_none()), "{row}");
            }
        }
        all += expected.values().sum::<u32>();
    }
    assert!(all > 500, "only {all} deletions in the fixtures");
}

#[test]
fn corrected_prints_counter_totals() {
    for format in Format::ALL {
        for table in fixtures::tables().unwrap() {
            let is_counter =
                table.raw_rows().unwrap().is_some_and(|rows| rows.types.contains(&"counter".to_owned()));
            let one_sstable = table.sstables.len() == 1 && table.sstables[0].version == format.version();
            if !is_counter || !one_sstable {
                continue;
            }
            let totals = |rows: &[Value]| {
                let mut totals: Vec<i64> = Vec::new();
                for row in rows {
                    totals.extend(row.as_object().unwrap().values().filter_map(Value::as_i64));
                }
                totals.sort_unstable();
                totals
            };
            let rows: Vec<Value> = table
                .json_rows()
                .unwrap()
                .unwrap()
                .iter()
                .map(|row| serde_json::from_str(row).unwrap())
                .collect();
            let expected = totals(&rows);
            let data = &table.sstables[0].data_path;
            let mut printed: Vec<i64> = Vec::new();
            for partition in json(data, &["--corrected"]) {
                for row in partition["rows"].as_array().unwrap() {
                    for cell in row["cells"].as_array().into_iter().flatten() {
                        printed.extend(cell.get("value").and_then(Value::as_i64));
                    }
                }
            }
            assert!(printed.iter().all(|total| expected.contains(total)), "{printed:?} {expected:?}");
        }
    }
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let data = fixtures::sstables().unwrap().into_iter().find(|s| s.version == "nb").unwrap().data_path;
    for option in ["--corrected", "-l", "-d", "-e"] {
        let mut child = cqlite::cqlite()
            .arg("dump")
            .args(std::iter::repeat_n(data.as_path(), 500))
            .arg(option)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{option}");
        assert!(output.status.success(), "{option}");
    }
}

#[test]
fn help_has_examples_and_the_exit_codes() {
    for verb in ["dump", "info"] {
        let output = cqlite::cqlite().args([verb, "--help"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("Examples:") && text.contains("Exit codes:"), "{text}");
    }
}
