//! The commit log that real nodes left: all of it is read, plain and compressed, and damaged copies are judged.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use cqlite_core::storage::{
    commitlog::{FoundSegments, MutationHead, OnDamage, SegmentName, SegmentPlace, SegmentReader, Tail},
    fs::DiskFileSystem,
};
use cqlite_sstable::io::MemorySource;
use cqlite_tests::{available::corpus_or_skip, cqlite, fuzz::Random, scratch};
use serde_json::Value;

const NODES: [&str; 6] = [
    "node-drained",
    "node-killed",
    "node-killed-deflate",
    "node-killed-lz4",
    "node-killed-snappy",
    "node-killed-zstd",
];

fn nodes(test: &str) -> Option<Vec<PathBuf>> {
    let corpus = corpus_or_skip(test)?;
    Some(NODES.iter().map(|node| corpus.root().join("cassandra50/nb").join(node)).collect())
}

/// A segment that is read to its end: its mutations by position.
struct Known {
    name: SegmentName,
    bytes: Vec<u8>,
    mutations: BTreeMap<i32, Vec<u8>>,
    /// Where the markers are.
    sections: Vec<usize>,
    /// Where nothing is written any more.
    end: u64,
    is_compressed: bool,
}

/// All segments with sections that the nodes left.
fn known_segments(nodes: &[PathBuf]) -> Vec<Known> {
    let mut all = Vec::new();
    for node in nodes {
        let found = FoundSegments::list(&DiskFileSystem, &node.join("commitlog")).unwrap();
        for segment in found.segments() {
            let mut reader = segment.open(&DiskFileSystem).unwrap();
            let (mut mutations, mut sections) = (BTreeMap::new(), Vec::new());
            while let Some(section) = reader.next_section().unwrap() {
                assert!(section.is_whole());
                sections.push(usize::try_from(section.offset()).unwrap());
                for entry in section.entries() {
                    mutations.insert(entry.position.position, entry.mutation.to_vec());
                }
                assert_eq!(
                    mutations.keys().last().copied().unwrap_or(section.end_position().position),
                    section.end_position().position
                );
            }
            let Some(&Tail::Clean { offset }) = reader.tail() else { panic!("{:?}", reader.tail()) };
            let is_compressed = reader.descriptor().unwrap().compression.is_some();
            let (name, bytes) = (segment.name(), fs::read(segment.path()).unwrap());
            all.push(Known { name, bytes, mutations, sections, end: offset, is_compressed });
        }
    }
    all
}

/// The keys of `app.cnt` as bytes in a node's truth, and how many statements changed that table, each of one partition.
fn counters(node: &Path) -> (BTreeSet<Vec<u8>>, usize) {
    let text = |path: &str| {
        let mut text = String::new();
        let file = fs::File::open(node.join(path)).unwrap();
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
        text
    };
    let rows: Vec<Value> = serde_json::from_str(&text("truth/app/cnt/rows.json.gz")).unwrap();
    let key = |row: &Value| i32::try_from(row["k"].as_i64().unwrap()).unwrap().to_be_bytes().to_vec();
    let statements = text("ops.cql.gz");
    let statements = statements.lines().filter(|line| line.starts_with("UPDATE app.cnt"));
    (rows.iter().map(key).collect(), statements.count())
}

#[test]
fn every_byte_of_what_a_node_left_is_explained() {
    let Some(nodes) = nodes("every_byte_of_what_a_node_left_is_explained") else { return };
    let segments = known_segments(&nodes);
    assert_eq!(segments.len(), 11);
    for segment in &segments {
        let written = segment.bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1);
        assert!(written <= segment.end, "{}: nothing stands behind the end", segment.name);
    }
    assert_eq!(segments.iter().filter(|segment| segment.is_compressed).count(), 8);
    let mutations: usize = segments.iter().map(|segment| segment.mutations.len()).sum();
    assert!(mutations > 2000, "{mutations}");
}

#[test]
fn what_was_written_before_a_node_was_killed_is_in_its_log() {
    let Some(nodes) = nodes("what_was_written_before_a_node_was_killed_is_in_its_log") else { return };
    for node in nodes {
        let mut tables = BTreeMap::<_, (usize, BTreeSet<Vec<u8>>)>::new();
        for segment in known_segments(std::slice::from_ref(&node)) {
            for mutation in segment.mutations.values() {
                let head = MutationHead::parse(mutation).unwrap();
                let (count, keys) = tables.entry(head.table).or_default();
                *count += 1;
                keys.insert(head.key.to_vec());
            }
        }
        if node.ends_with("node-drained") {
            assert!(tables.is_empty(), "a node that was drained leaves an empty log");
            continue;
        }
        let (keys, statements) = counters(&node);
        assert!(statements > 30 && keys.len() > 10);
        let of_counters = tables.values().filter(|(_, found)| keys.is_subset(found));
        let counts: Vec<_> = of_counters.map(|(count, _)| *count).collect();
        assert!(counts.contains(&statements), "{}: {counts:?}, not {statements}", node.display());
    }
}

/// Reads a damaged copy. All mutations must be those of the original, at their positions. Returns how many there are, whether
/// anything was told to be torn, and whether reading ended in an error.
fn judged(known: &Known, bytes: Vec<u8>, place: SegmentPlace, on_damage: OnDamage) -> (usize, bool, bool) {
    let source = Arc::new(MemorySource::new(known.name.to_string(), bytes));
    let Ok(mut reader) = SegmentReader::open(source, known.name, place, on_damage) else {
        return (0, false, true);
    };
    let mut count = 0;
    loop {
        match reader.next_section() {
            Ok(Some(section)) => {
                for entry in section.entries() {
                    let original = known.mutations.get(&entry.position.position).map(Vec::as_slice);
                    // Behind a compressed section that is skipped, positions are only as right as its length.
                    let is_moved = known.is_compressed
                        && on_damage == OnDamage::Skip
                        && known.mutations.values().any(|mutation| mutation == entry.mutation);
                    assert!(original == Some(entry.mutation) || is_moved, "{} {entry:?}", known.name);
                    count += 1;
                }
            }
            Ok(None) => return (count, reader.damage_count() > 0, false),
            Err(error) => {
                let told = error.to_string();
                assert!(told.contains("CommitLog-7-") && told.contains("offset"), "{told}");
                return (count, reader.damage_count() > 0, true);
            }
        }
    }
}

#[test]
fn a_log_cut_anywhere_is_torn_at_its_end_and_corrupt_elsewhere() {
    let Some(nodes) = nodes("a_log_cut_anywhere_is_torn_at_its_end_and_corrupt_elsewhere") else { return };
    let mut random = Random::new(1);
    for known in known_segments(&nodes) {
        for _ in 0..200 {
            let cut = random.below(known.end as usize);
            let bytes = known.bytes[..cut].to_vec();
            let (last, is_torn, failed) = judged(&known, bytes.clone(), SegmentPlace::Last, OnDamage::Refuse);
            assert!(!failed, "{} cut at {cut}", known.name);
            let (earlier, _, failed) = judged(&known, bytes, SegmentPlace::Earlier, OnDamage::Refuse);
            assert_eq!(failed, is_torn, "{} cut at {cut}", known.name);
            assert_eq!(last, earlier, "what stands in front of the cut is read in either place");
        }
    }
}

#[test]
fn of_overwritten_bytes_none_makes_another_mutation_and_none_goes_unnoticed() {
    let Some(nodes) = nodes("of_overwritten_bytes_none_makes_another_mutation_and_none_goes_unnoticed")
    else {
        return;
    };
    let mut random = Random::new(2);
    for known in known_segments(&nodes).into_iter().filter(|known| !known.mutations.is_empty()) {
        for _ in 0..200 {
            let at = random.below(known.end as usize);
            let mut bytes = known.bytes.clone();
            for byte in bytes.iter_mut().skip(at).take(1 + random.below(16)) {
                *byte = if random.below(2) == 0 { 0 } else { random.below(256) as u8 };
            }
            if bytes[..known.end as usize] == known.bytes[..known.end as usize] {
                continue;
            }
            let (count, _, failed) = judged(&known, bytes.clone(), SegmentPlace::Earlier, OnDamage::Refuse);
            // A compressor may have bits without a meaning.
            let is_unchanged = known.is_compressed && count == known.mutations.len();
            assert!(failed || is_unchanged, "{} from {at} on", known.name);
            let (count, is_torn, failed) =
                judged(&known, bytes.clone(), SegmentPlace::Last, OnDamage::Refuse);
            let is_unchanged = known.is_compressed && count == known.mutations.len();
            assert!(failed || is_torn || is_unchanged, "{} from {at} on", known.name);
            judged(&known, bytes, SegmentPlace::Earlier, OnDamage::Skip);
        }
    }
}

#[test]
fn the_command_prints_segments_and_tells_damage_by_its_exit_code() {
    let Some(nodes) = nodes("the_command_prints_segments_and_tells_damage_by_its_exit_code") else { return };
    let run = |arguments: &[&Path]| {
        let output = cqlite::cqlite().arg("commitlog").args(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr), output.status.code())
    };
    let log = nodes[1].join("commitlog");
    let mutations: usize = known_segments(&nodes[1..2]).iter().map(|segment| segment.mutations.len()).sum();
    let (json, stderr, code) = run(&[Path::new("--json"), &log]);
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    let lines: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().filter(|line| line["kind"] == "entry").count(), mutations);
    let total = lines.last().unwrap();
    assert_eq!((&total["kind"], &total["entries"]), (&"total".into(), &mutations.into()));
    let (text, _, code) = run(&[&log]);
    assert!(code == Some(0) && text.contains("version 7, not compressed, 1048576 bytes"), "{text}");
    assert!(text.contains(&format!("{mutations} entries")), "{text}");

    let place = scratch::directory();
    let known = &known_segments(&nodes[3..4])[0];
    let copy = place.path().join(known.name.to_string());
    fs::write(&copy, &known.bytes[..known.bytes.len() - 1]).unwrap();
    let (text, stderr, code) = run(&[&copy]);
    assert!(code == Some(0) && stderr.starts_with("warning: ") && text.contains("torn"), "{stderr}");
    let mut bytes = known.bytes.clone();
    bytes[200] ^= 0xFF;
    fs::write(&copy, &bytes).unwrap();
    let (_, stderr, code) = run(&[&copy]);
    assert!(code == Some(0) && stderr.starts_with("warning: ") && stderr.contains("offset"), "{stderr}");
    // In front of a later segment it is no torn tail.
    let is_later = |one: &Known| one.name.id > known.name.id && !one.mutations.is_empty();
    let later = known_segments(&nodes).into_iter().find(is_later).unwrap();
    fs::write(place.path().join(later.name.to_string()), &later.bytes).unwrap();
    let (text, stderr, code) = run(&[place.path()]);
    assert!(code == Some(1) && stderr.starts_with("error: ") && stderr.contains("offset"), "{stderr}");
    assert!(text.contains("1 damaged places"), "{text}");
    // A marker that is lost ends a segment, too, and what is behind it is no clean end.
    let mut bytes = known.bytes.clone();
    let offset = known.sections[known.sections.len() / 2];
    bytes[offset..offset + 8].fill(0);
    fs::write(&copy, &bytes).unwrap();
    let (text, stderr, code) = run(&[&copy]);
    assert!(code == Some(0) && stderr.starts_with("warning: ") && stderr.contains("is missing"), "{stderr}");
    assert!(text.contains(&format!("damaged or torn from {offset} on")), "{text}");
    let (_, stderr, code) = run(&[place.path()]);
    assert!(code == Some(1) && stderr.starts_with("error: ") && stderr.contains("is missing"), "{stderr}");
    let (_, stderr, code) = run(&[place.path().join("missing").as_path()]);
    assert!(code == Some(3) && !stderr.is_empty());
}
