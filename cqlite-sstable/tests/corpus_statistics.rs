//! Every Statistics.db of the corpus of SSTables that Apache Cassandra 5.0.9 wrote.
//!
//! The corpus is found by the variable `CQLITE_CORPUS`; without one these tests are skipped, and say so.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::fs;
use std::path::{Path, PathBuf};

use cqlite_sstable::component::Summary;
use cqlite_sstable::component::statistics::Statistics;
use cqlite_sstable::{ErrorKind, Format, Version};

/// The folder of the corpus, or none with a loud word.
fn corpus() -> Option<PathBuf> {
    let given = std::env::var_os("CQLITE_CORPUS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let found = given.unwrap_or(beside).join("cassandra50");
    if found.is_dir() {
        return Some(found);
    }
    eprintln!("SKIPPED: there is no corpus of SSTables; set CQLITE_CORPUS to its folder");
    None
}

/// All files under `folder` whose names end in `ending`.
fn files_ending_in(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if entry.file_name().to_str().unwrap().ends_with(ending) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

fn version_of(path: &Path) -> Version {
    let name = path.file_name().unwrap().to_str().unwrap();
    Version::parse(&name[..2], Format::Big).unwrap()
}

fn statistics_files(corpus: &Path) -> Vec<PathBuf> {
    let files: Vec<_> = ["nb", "oa"]
        .iter()
        .flat_map(|version| files_ending_in(&corpus.join(version), "-big-Statistics.db"))
        .collect();
    assert!(files.len() > 300, "only {} files", files.len());
    files
}

#[test]
fn every_statistics_file_is_read() {
    let Some(corpus) = corpus() else { return };
    for path in statistics_files(&corpus) {
        let bytes = fs::read(&path).unwrap();
        let read = Statistics::parse(&bytes, version_of(&path)).unwrap_or_else(|e| panic!("{path:?}: {e}"));
        assert!(read.stats.estimated_partition_size_bytes.count() > 0, "{path:?}");
        assert!(!format!("{:?}", read.header).contains("Custom("), "{path:?}");
    }
}

#[test]
fn every_summary_is_read_and_agrees_with_the_key_range_in_statistics() {
    let Some(corpus) = corpus() else { return };
    let mut compared = 0;
    for path in statistics_files(&corpus) {
        let bytes = fs::read(path.to_str().unwrap().replace("Statistics.db", "Summary.db")).unwrap();
        let summary = Summary::parse(&bytes).unwrap_or_else(|e| panic!("{path:?}: {e}"));
        let stats = Statistics::parse(&fs::read(&path).unwrap(), version_of(&path)).unwrap().stats;
        let partitions = stats.estimated_partition_size_bytes.count();
        assert_eq!(summary.len() as i64, (partitions + 127) / 128, "{path:?}");
        assert_eq!(summary.get(0).unwrap().key, summary.first_key, "{path:?}");
        if let (Some(first), Some(last)) = (stats.first_key, stats.last_key) {
            assert_eq!((summary.first_key, summary.last_key), (&first[..], &last[..]), "{path:?}");
            compared += 1;
        }
    }
    assert!(compared > 100, "only {compared} compared");
}

#[test]
fn every_truncation_and_every_flipped_byte_is_an_error() {
    let Some(corpus) = corpus() else { return };
    let mut tried = 0;
    for version in ["nb", "oa"] {
        let Some(path) = files_ending_in(&corpus.join(version).join("rows"), "-big-Statistics.db").pop()
        else {
            continue;
        };
        tried += 1;
        let bytes = fs::read(&path).unwrap();
        for length in 0..bytes.len() {
            let error = Statistics::parse(&bytes[..length], version_of(&path)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{length}: {error}");
        }
        for at in 0..bytes.len() {
            for flip in [0x01, 0x80, 0xFF] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                let error = Statistics::parse(&damaged, version_of(&path)).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{at}: {error}");
            }
        }
    }
    assert_eq!(tried, 2);
}
