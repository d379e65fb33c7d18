//! `cqlite ls` lists SSTables with what their metadata says, and how they overlap.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{fs, path::Path, process::Command};

use cqlite_tests::{available::corpus_or_skip, cassandra::Format, cqlite, fixtures, known::KnownSstable};
use serde_json::Value;

const NOW: &str = "1800000000";

fn run(verb: &str, options: &[&str], path: &Path) -> String {
    let output = cqlite::cqlite().arg(verb).args(options).arg(path).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {told}", path.display());
    String::from_utf8(output.stdout).unwrap()
}

fn json_lines(verb: &str, options: &[&str], path: &Path) -> Vec<Value> {
    let text = run(verb, &[options, &["--json", "--now", NOW, "-g", "60"]].concat(), path);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Compares the listing of each SSTable with what `info` tells, which is checked against `sstablemetadata`.
fn compare(sstables: &[KnownSstable]) {
    for sstable in sstables {
        let path = &sstable.data_path;
        let (listed, info) = (json_lines("ls", &[], path).remove(0), json_lines("info", &[], path).remove(0));
        let stats = &info["stats"];
        for (field, expected) in [
            ("version", &info["version"]),
            ("format", &info["format"]),
            ("level", &stats["sstable_level"]),
            ("repaired_at_millis", &stats["repaired_at_millis"]),
            ("pending_repair", &stats["pending_repair"]),
            ("partitions", &stats["partitions"]),
            ("rows", &stats["total_rows"]),
            ("min_timestamp_micros", &stats["min_timestamp_micros"]),
            ("max_timestamp_micros", &stats["max_timestamp_micros"]),
            ("min_local_deletion_time_seconds", &stats["min_local_deletion_time_seconds"]),
            ("max_local_deletion_time_seconds", &stats["max_local_deletion_time_seconds"]),
            ("min_ttl_seconds", &stats["min_ttl_seconds"]),
            ("max_ttl_seconds", &stats["max_ttl_seconds"]),
            ("droppable_tombstone_ratio", &stats["estimated_droppable_tombstone_ratio"]),
            ("first_token", &info["first_key"]["token"]),
            ("last_token", &info["last_key"]["token"]),
        ] {
            assert_eq!(&listed[field], expected, "{} {field}", path.display());
        }
        let prefix = format!("{}-", sstable.stem());
        let files = fs::read_dir(sstable.directory()).unwrap().map(|entry| entry.unwrap());
        let own = files.filter(|file| file.file_name().to_str().unwrap().starts_with(&prefix));
        let bytes: u64 = own.map(|file| file.metadata().unwrap().len()).sum();
        assert_eq!(listed["disk_bytes"], bytes, "{}", path.display());
    }
}

#[test]
fn every_fixture_is_listed_with_what_its_metadata_says() {
    compare(&fixtures::sstables().unwrap());
}

#[test]
fn every_corpus_sstable_is_listed_with_what_its_metadata_says() {
    let Some(corpus) = corpus_or_skip("every_corpus_sstable_is_listed_with_what_its_metadata_says") else {
        return;
    };
    let mut sstables = corpus.sstables().unwrap();
    sstables.retain(|sstable| sstable.truth_dump.is_some());
    compare(&sstables);
}

#[test]
fn overlaps_are_those_of_the_token_ranges() {
    for format in Format::ALL {
        for table in ["events", "spans"] {
            let listed = json_lines("ls", &[], &fixtures::table(format, "merge", table).directory);
            assert!(listed.len() > 2);
            let range =
                |one: &Value| (one["first_token"].as_i64().unwrap(), one["last_token"].as_i64().unwrap());
            for one in &listed {
                let (first, last) = range(one);
                let overlapping =
                    listed.iter().map(range).filter(|other| other.0 <= last && first <= other.1);
                // It overlaps with itself.
                assert_eq!(one["overlapping_sstables"], overlapping.count() - 1);
            }
        }
    }
}

#[test]
fn a_listing_is_sorted_as_wanted() {
    let table = fixtures::table(Format::Nb, "merge", "events").directory;
    let column = |sort: &str, field: &str| -> Vec<i64> {
        let listed = json_lines("ls", &["--sort", sort], &table);
        listed.iter().map(|one| one[field].as_i64().unwrap_or(i64::MAX)).collect()
    };
    for (sort, field, descending) in [
        ("size", "disk_bytes", true),
        ("oldest", "min_timestamp_micros", false),
        ("newest", "max_timestamp_micros", true),
        ("expires", "max_local_deletion_time_seconds", false),
        ("tokens", "first_token", false),
        ("overlaps", "overlapping_sstables", true),
    ] {
        let figures = column(sort, field);
        let mut sorted = figures.clone();
        sorted.sort_unstable();
        if descending {
            sorted.reverse();
        }
        assert_eq!(figures, sorted, "{sort}");
    }
    let ids: Vec<String> =
        json_lines("ls", &[], &table).iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, ["1", "2", "3", "4"]);
}

#[test]
fn the_table_fits_100_columns_with_the_longest_ids() {
    for format in Format::ALL {
        let text = run("ls", &["--now", NOW], &fixtures::data(format));
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }
    let text = run("ls", &["--now", NOW], &fixtures::table(Format::Da, "merge", "events").directory);
    let columns: Vec<usize> = text.lines().skip(2).map(|line| line.split_whitespace().count()).collect();
    assert_eq!(columns.len(), 4, "{text}");
}

#[test]
fn thousands_of_sstables_need_few_open_files() {
    let directory = tempfile::tempdir().unwrap();
    let source = fixtures::table(Format::Nb, "merge", "indexed");
    let stem = source.sstables[0].stem();
    for id in 1..=2000 {
        for entry in fs::read_dir(&source.directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if let Some(component) = name.strip_prefix(&stem) {
                fs::hard_link(&path, directory.path().join(format!("nb-{id}-big{component}")))
                    .or_else(|_| {
                        fs::copy(&path, directory.path().join(format!("nb-{id}-big{component}"))).map(drop)
                    })
                    .unwrap();
            }
        }
    }
    let output = Command::new("sh")
        .args(["-c", "ulimit -n 32 && exec \"$0\" ls --json \"$1\""])
        .arg(cqlite::path())
        .arg(directory.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!((text.lines().count(), &last["overlapping_sstables"]), (2000, &Value::from(1999)));
}

#[test]
fn a_damaged_sstable_is_told_and_the_others_are_listed() {
    let directory = tempfile::tempdir().unwrap();
    let source = fixtures::table(Format::Nb, "merge", "events");
    for entry in fs::read_dir(&source.directory).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, directory.path().join(path.file_name().unwrap())).unwrap();
    }
    fs::write(directory.path().join("nb-2-big-Statistics.db"), [0; 40]).unwrap();
    let output = cqlite::cqlite().args(["ls", "--json"]).arg(directory.path()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("nb-2-big-Statistics.db"), "{told}");
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 3);
}
