//! Every Statistics.db and Summary.db of SSTables that Apache Cassandra 5.0.9 wrote.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod samples;

use std::fs;
use std::path::{Path, PathBuf};

use cqlite_sstable::component::Summary;
use cqlite_sstable::component::statistics::Statistics;
use cqlite_sstable::{Descriptor, ErrorKind, Format, Version};

fn version_of(path: &Path) -> Version {
    Descriptor::from_file(path).unwrap().version()
}

fn statistics_files() -> Vec<PathBuf> {
    samples::files(|path| path.ends_with("-Statistics.db"), 250)
}

#[test]
fn every_statistics_file_is_read() {
    for path in statistics_files() {
        let bytes = fs::read(&path).unwrap();
        let read = Statistics::parse(&bytes, version_of(&path)).unwrap_or_else(|e| panic!("{path:?}: {e}"));
        assert!(read.stats.estimated_partition_size_bytes.count() > 0, "{path:?}");
        assert!(!format!("{:?}", read.header).contains("Custom("), "{path:?}");
    }
}

#[test]
fn every_summary_is_read_and_agrees_with_the_key_range_in_statistics() {
    let mut compared = 0;
    for path in statistics_files().into_iter().filter(|path| version_of(path).format() == Format::Big) {
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
    assert!(compared > 50, "only {compared} compared");
}

#[test]
fn every_truncation_and_every_flipped_byte_is_an_error() {
    for version in ["nb", "oa", "da"] {
        let path =
            statistics_files().into_iter().find(|path| version_of(path).to_string() == version).unwrap();
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
}
