//! `cqlite find` tells which SSTables hold a key, where, and by what an absent one is told.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cqlite_sstable::reader::{ScanOptions, Sstable, Unfiltered};
use cqlite_sstable::types::write_string;
use cqlite_tests::{cqlite, fixtures};
use serde_json::Value;

fn find(path: &Path, keys: &[String]) -> (Vec<Value>, String, Option<i32>) {
    let mut command = cqlite::cqlite();
    let output = command.arg("find").arg(path).arg("--json").arg("-k").args(keys).output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (lines, String::from_utf8(output.stderr).unwrap(), output.status.code())
}

/// The position and the number of rows of each partition, by the text of its key.
fn partitions(data: &Path) -> BTreeMap<String, (u64, u64)> {
    let sstable = Sstable::open(data).unwrap();
    let mut cursor = sstable.scan(ScanOptions::default()).unwrap();
    let mut found = BTreeMap::new();
    while cursor.advance_partition().unwrap() {
        let mut text = Vec::new();
        write_string(&sstable.header().key_type, cursor.partition().key, &mut text).unwrap();
        let position = cursor.partition_position();
        let mut rows = 0;
        while cursor.advance_unfiltered().unwrap() {
            rows += u64::from(matches!(cursor.unfiltered(), Unfiltered::Row(_)));
        }
        found.insert(String::from_utf8(text).unwrap(), (position, rows));
    }
    found
}

#[test]
fn each_sstable_of_a_table_says_what_a_scan_of_it_says() {
    let mut told = 0;
    for table in fixtures::tables().unwrap().into_iter().filter(|table| table.sstables.len() > 1) {
        let scanned: BTreeMap<String, BTreeMap<String, (u64, u64)>> = (table.sstables.iter())
            .map(|one| (one.data_path.display().to_string(), partitions(&one.data_path)))
            .collect();
        let mut keys: Vec<String> = scanned.values().flat_map(|one| one.keys().cloned()).collect();
        keys.sort();
        keys.dedup();
        // An argument cannot be empty or begin as an option.
        keys.retain(|key| !key.is_empty() && !key.starts_with('-') && !key.contains('\0'));
        keys.truncate(50);
        let (lines, stderr, code) = find(&table.directory, &keys);
        assert_eq!((stderr.as_str(), code), ("", Some(0)));
        assert_eq!(lines.len(), keys.len() * table.sstables.len());
        for line in lines {
            let expected = scanned[line["sstable"].as_str().unwrap()].get(line["key"].as_str().unwrap());
            let found = (line["found"] == true)
                .then(|| (line["position"].as_u64().unwrap(), line["rows"].as_u64().unwrap()));
            assert_eq!(found.as_ref(), expected, "{line}");
            let by = line["absent_by"].as_str();
            assert_eq!(expected.is_none(), by.is_some_and(|by| ["range", "filter", "index"].contains(&by)));
            told += 1;
        }
    }
    assert!(told > 20, "only {told}");
}

#[test]
fn partitions_follow_each_other_by_their_sizes() {
    for known in
        fixtures::sstables().unwrap().into_iter().filter(|one| one.table == "many" || one.table == "wide")
    {
        let scanned = partitions(&known.data_path);
        let mut starts: Vec<(u64, &String)> = scanned.iter().map(|(key, (at, _))| (*at, key)).collect();
        starts.sort_unstable();
        for pair in starts.windows(2).take(20).filter(|pair| !pair[0].1.starts_with('-')) {
            let (lines, ..) = find(&known.data_path, std::slice::from_ref(pair[0].1));
            assert_eq!(lines[0]["size_bytes"].as_u64(), Some(pair[1].0 - pair[0].0), "{}", pair[0].1);
        }
    }
}

/// Copies an SSTable of many partitions into a directory.
fn copied(to: &Path) -> (std::path::PathBuf, BTreeMap<String, (u64, u64)>) {
    let known = fixtures::sstables().unwrap();
    let known = known.into_iter().filter(|one| one.version == "nb" && one.index.is_none());
    let known = known.max_by_key(|one| partitions(&one.data_path).len()).unwrap();
    for entry in fs::read_dir(known.data_path.parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_file() && name.starts_with(&known.stem()) {
            fs::copy(&path, to.join(&name)).unwrap();
        }
    }
    (to.join(known.data_path.file_name().unwrap()), partitions(&known.data_path))
}

fn dump(data: &Path, key: &str) -> (Vec<u8>, String, Option<i32>) {
    let output = cqlite::cqlite().arg("dump").arg(data).args(["-t", "-k", key]).output().unwrap();
    (output.stdout, String::from_utf8(output.stderr).unwrap(), output.status.code())
}

#[test]
fn without_a_sound_index_all_of_the_data_is_read_and_that_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let (data, partitions) = copied(directory.path());
    let index = data.with_file_name(data.file_name().unwrap().to_str().unwrap().replace("-Data.", "-Index."));
    let sound = fs::read(&index).unwrap();
    let keys: Vec<&String> = partitions.keys().filter(|key| !key.starts_with('-')).take(5).collect();
    let expected: Vec<_> = keys.iter().map(|key| dump(&data, key)).collect();
    assert!(expected.iter().all(|(_, stderr, code)| stderr.is_empty() && *code == Some(0)));
    let mut other = sound.clone();
    // The first byte of the first key.
    other[2] ^= 0x55;
    let damaged = [None, Some(Vec::new()), Some(vec![0xFF; sound.len()]), Some(other)];
    for bytes in damaged {
        match &bytes {
            Some(bytes) => fs::write(&index, bytes).unwrap(),
            None => fs::remove_file(&index).unwrap(),
        }
        for (key, (stdout, ..)) in keys.iter().zip(&expected) {
            let (there, stderr, code) = dump(&data, key);
            assert_eq!((&there, code), (stdout, Some(0)), "{key} {stderr}");
            let told = stderr.contains("Index.db") && stderr.contains("all of the data was read instead");
            assert!(told || stderr.contains("Index.db was read instead"), "{key}: {stderr}");
            let (lines, ..) = find(&data, &[(*key).clone()]);
            assert_eq!(lines[0]["position"].as_u64(), Some(partitions[*key].0));
        }
    }
}
