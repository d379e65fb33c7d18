//! `cqlite diff`: tables that say the same are equal whatever their files look like; what differs is named.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cqlite_tests::known::KnownTable;
use cqlite_tests::{available::corpus_or_skip, cqlite, fixtures};
use serde_json::Value;

fn diff(a: &Path, b: &Path, options: &[&str]) -> (String, String, Option<i32>) {
    let output = cqlite::cqlite().arg("diff").arg(a).arg(b).args(options).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

/// The directories of the tables of a set, by their names.
fn directories(tables: Vec<KnownTable>, set: &str) -> BTreeMap<String, PathBuf> {
    let of_set = tables.into_iter().filter(|table| table.set == set && !table.sstables.is_empty());
    of_set.map(|table| (table.table, table.directory)).collect()
}

#[test]
fn every_table_is_equal_to_itself() {
    let mut compared = 0;
    for table in fixtures::tables().unwrap().into_iter().filter(|table| !table.sstables.is_empty()) {
        let (stdout, _, code) = diff(&table.directory, &table.directory, &[]);
        assert_eq!((stdout.as_str(), code), ("", Some(0)), "{}", table.directory.display());
        compared += 1;
    }
    assert!(compared > 20, "only {compared}");
}

#[test]
fn what_one_script_wrote_in_three_formats_is_the_same_to_a_query() {
    let name = "what_one_script_wrote_in_three_formats_is_the_same_to_a_query";
    let Some(corpus) = corpus_or_skip(name) else { return };
    let [nb, oa, da] =
        ["nb", "oa", "da"].map(|format| directories(corpus.tables().unwrap(), &format!("{format}/merge")));
    let mut compared = 0;
    for table in ["m_plain", "m_wide", "m_nock", "m_counter", "z_lcs", "z_stcs", "i_2i", "i_mv"] {
        for other in [&oa, &da] {
            let (stdout, stderr, code) = diff(&nb[table], &other[table], &["--ignore-timestamps"]);
            assert_eq!((stdout.as_str(), code), ("", Some(0)), "{table}: {stderr}");
            compared += 1;
        }
    }
    assert_eq!(compared, 16);
}

#[test]
fn without_one_of_its_sstables_a_table_differs_and_max_limits_what_is_told() {
    let table = fixtures::tables().unwrap().into_iter().find(|table| table.sstables.len() > 1).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let left_out = table.sstables[0].stem();
    for entry in fs::read_dir(&table.directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_file() && !name.starts_with(&format!("{left_out}-")) {
            fs::copy(&path, directory.path().join(name)).unwrap();
        }
    }
    let (stdout, _, code) = diff(&table.directory, directory.path(), &["--json", "--max", "1000"]);
    assert_eq!(code, Some(1));
    let told: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!told.is_empty() && told.iter().all(|one| one["a"] != one["b"]), "{stdout}");
    let (other_way, ..) = diff(directory.path(), &table.directory, &["--json", "--max", "1000"]);
    let swapped: Vec<Value> = other_way.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (one, other) in told.iter().zip(&swapped) {
        assert_eq!((&one["a"], &one["b"]), (&other["b"], &other["a"]));
    }
    assert_eq!(told.len(), swapped.len());
    let (stdout, stderr, _) = diff(&table.directory, directory.path(), &["--json", "--max", "1"]);
    assert_eq!(stdout.lines().count(), 1);
    assert_eq!(stderr.contains("--max tells more"), told.len() > 1, "{stderr}");
}

#[test]
fn different_tables_and_several_at_once_are_a_wrong_use() {
    let tables = fixtures::tables().unwrap();
    let find = |name: &str| tables.iter().find(|table| table.table == name).unwrap();
    let (text, int) = (find("k_text"), find("k_int"));
    let (_, stderr, code) = diff(&text.directory, &int.directory, &[]);
    assert_eq!(code, Some(2), "{stderr}");
    let keyspace = text.directory.parent().unwrap();
    assert_eq!(diff(keyspace, keyspace, &[]).2, Some(2));
}
