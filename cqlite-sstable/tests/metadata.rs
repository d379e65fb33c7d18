//! The metadata of SSTables, compared with what Cassandra's `sstablemetadata` printed.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

mod samples;

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use cqlite_sstable::Descriptor;
use cqlite_sstable::component::statistics::Statistics;
use cqlite_sstable::reader::{Access, DiskFiles};
use cqlite_sstable::tools::metadata::{Metadata, ReadableOptions};
use flate2::read::GzDecoder;

const DROPPABLE: &str = "Estimated droppable tombstones: ";

/// What the tool printed, for every SSTable.
fn truths() -> Vec<(PathBuf, String)> {
    let is_truth = |path: &str| path.trim_end_matches(".gz").ends_with(".metadata.txt");
    let text = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        if !bytes.starts_with(&[0x1F, 0x8B]) {
            return String::from_utf8(bytes).unwrap();
        }
        let mut text = String::new();
        GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
        text
    };
    samples::files(is_truth, 200).into_iter().map(|path| (path.clone(), text(&path))).collect()
}

/// Loads the SSTable whose metadata `text` tells: its first line names the path below some folder in which
/// `truth` lies.
fn load(truth: &Path, text: &str) -> Metadata {
    let name = text.lines().next().unwrap().strip_prefix("SSTable: ").unwrap();
    let file =
        truth.ancestors().map(|folder| folder.join(format!("{name}-Data.db"))).find(|file| file.is_file());
    let descriptor = Descriptor::from_file(&file.unwrap_or_else(|| panic!("{truth:?}: {name}"))).unwrap();
    let version = descriptor.version();
    let files = DiskFiles::new(descriptor, Access::default());
    let read = Metadata::load(name, &files, version).unwrap_or_else(|error| panic!("{truth:?}: {error}"));
    assert!(read.warnings.is_empty(), "{truth:?}: {:?}", read.warnings);
    read
}

fn cassandra_text(metadata: &Metadata, now_seconds: i64) -> String {
    let mut out = Vec::new();
    metadata.write_cassandra(now_seconds, 0, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The clock of the tool when it ran: the one thing that its output does not tell. It ran soon after the first
/// deletion; before that nothing is droppable.
fn clock(metadata: &Metadata, expected: &str) -> Option<i64> {
    let told = expected.lines().find_map(|line| line.strip_prefix(DROPPABLE)).unwrap();
    let stats = &metadata.statistics.stats;
    let first =
        stats.estimated_tombstone_drop_times.bins().first().map_or(0, |bin| bin.local_deletion_time_seconds);
    (first - 1..first + 7200).find(|now| told.parse() == Ok(stats.estimated_droppable_tombstone_ratio(*now)))
}

#[test]
fn the_text_is_that_of_sstablemetadata() {
    for (path, expected) in truths() {
        let metadata = load(&path, &expected);
        let now = clock(&metadata, &expected).unwrap_or_else(|| panic!("{path:?}: no clock gives this"));
        compare(&path, &cassandra_text(&metadata, now), &expected);
    }
}

/// Compares line by line. Some of the truth was kept as text: a carriage return in a key became a line end.
fn compare(path: &Path, ours: &str, expected: &str) {
    let (ours, expected) = (ours.replace('\r', "\n"), expected.replace('\r', "\n"));
    for (our, expected) in ours.lines().zip(expected.lines()) {
        assert_eq!(our, expected, "{path:?}");
    }
    assert_eq!(ours.len(), expected.len(), "{path:?}");
}

#[test]
fn the_other_forms_say_the_same() {
    for (path, expected) in truths() {
        let metadata = load(&path, &expected);
        let json = metadata.to_json(0);
        let fields: [(&str, String); 4] = [
            ("totalRows", json["stats"]["total_rows"].to_string()),
            ("Minimum timestamp", format!("({})", json["stats"]["min_timestamp_micros"])),
            ("Estimated cardinality", json["estimated_cardinality"].to_string()),
            ("First token", json["first_key"]["token"].to_string().trim_matches('"').to_owned()),
        ];
        for (name, value) in fields {
            let line = expected.lines().find(|line| line.starts_with(&format!("{name}: "))).unwrap();
            assert!(line.contains(&value) || value == "(null)", "{path:?}: {line}, but {value}");
        }
        let mut readable = Vec::new();
        let options = ReadableOptions {
            now_seconds: 1_700_000_000,
            gc_grace_seconds: 864_000,
            colors: false,
            table: None,
        };
        metadata.write_readable(&options, &mut readable).unwrap();
        let readable = String::from_utf8(readable).unwrap();
        assert!(readable.contains(&json["stats"]["total_rows"].to_string()), "{readable}");
        assert!(!readable.contains("NaN %"), "{path:?}: {readable}");
    }
}

/// Makes the checksums of a Statistics.db right again.
fn repair_checksums(bytes: &mut [u8]) {
    let i32_at = |bytes: &[u8], at: usize| i32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let count = i32_at(bytes, 0);
    let table_end = 8 + 8 * count;
    let table = [&bytes[..4], &bytes[8..table_end]].concat();
    let mut starts: Vec<usize> = (0..count).map(|index| i32_at(bytes, 12 + 8 * index)).collect();
    starts.push(bytes.len());
    let count_crc = crc32fast::hash(&bytes[..4]);
    bytes[4..8].copy_from_slice(&count_crc.to_be_bytes());
    bytes[table_end..table_end + 4].copy_from_slice(&crc32fast::hash(&table).to_be_bytes());
    for part in starts.windows(2) {
        let end = part[1] - 4;
        let crc = crc32fast::hash(&bytes[part[0]..end]);
        bytes[end..part[1]].copy_from_slice(&crc.to_be_bytes());
    }
}

#[test]
fn no_content_with_sound_checksums_makes_any_form_panic() {
    for version in ["nb", "oa", "da"] {
        let name = format!("fixtures/{version}/rows/");
        let samples = samples::files(|path| path.contains(&name) && path.ends_with("Statistics.db"), 5);
        let richest = samples.iter().max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap();
        let version = Descriptor::from_file(richest).unwrap().version();
        let sound = fs::read(richest).unwrap();
        let mut read = 0;
        // every 13th byte: numbers of 4 and 8 bytes are met at each of their bytes, in seconds instead of a minute
        for at in (44..sound.len()).step_by(13) {
            for change in [0x01, 0x80, 0xFF] {
                let mut damaged = sound.clone();
                damaged[at] ^= change;
                repair_checksums(&mut damaged);
                let Ok(statistics) = Statistics::parse(&damaged, version) else { continue };
                let metadata = Metadata::new("nb-1-big", version, statistics);
                cassandra_text(&metadata, i64::MAX);
                let options =
                    ReadableOptions { now_seconds: i64::MAX, gc_grace_seconds: 0, colors: true, table: None };
                metadata.write_readable(&options, &mut Vec::new()).unwrap();
                metadata.to_json(i64::MIN);
                read += 1;
            }
        }
        assert!(read > 500, "only {read} were read");
    }
}
