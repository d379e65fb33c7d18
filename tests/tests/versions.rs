//! SSTables that even the tools of Cassandra 5.0.9 cannot print are read right, judged by what is known of their rows.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::path::Path;

use cqlite_sstable::reader::{ScanOptions, Sstable, Unfiltered};
use cqlite_tests::{available::corpus_or_skip, corpus::Corpus, cqlite, known::KnownSstable};
use serde_json::Value;

/// The partitions and rows of an SSTable.
fn counts(data: &Path) -> (u64, u64) {
    let sstable = Sstable::open(data).unwrap();
    let mut cursor = sstable.scan(ScanOptions::default()).unwrap();
    let mut rows = 0;
    while cursor.advance_partition().unwrap() {
        while cursor.advance_unfiltered().unwrap() {
            rows += u64::from(matches!(cursor.unfiltered(), Unfiltered::Row(_)));
        }
    }
    sstable.finish_scan(&mut cursor).unwrap();
    (cursor.partitions(), rows)
}

/// The tables that Cassandra's own tests keep of each version, by `legacy_<version>_<name>`.
fn legacy(corpus: &Corpus) -> Vec<(String, KnownSstable)> {
    let named = corpus.sstables().unwrap().into_iter().filter_map(|sstable| {
        let name = sstable.table.strip_prefix(&format!("legacy_{}_", sstable.version))?.to_owned();
        Some((name, sstable))
    });
    named.collect()
}

#[test]
fn every_version_s_legacy_tables_have_all_their_rows() {
    let Some(corpus) = corpus_or_skip("every_version_s_legacy_tables_have_all_their_rows") else { return };
    let mut compared = 0;
    let known = |(name, _): &(String, _)| name.starts_with("simple") || name.starts_with("clust");
    for (name, sstable) in legacy(&corpus).into_iter().filter(known) {
        // A compact table without clustering has a static row a partition, and no other.
        let expected = if name.starts_with("clust") { (5, 250) } else { (5, 5) };
        let (partitions, rows) = counts(&sstable.data_path);
        let at = sstable.data_path.display();
        if name == "simple_compact" || name == "simple_counter_compact" {
            assert_eq!((partitions, rows), (5, 0), "{at}");
        } else {
            assert_eq!((partitions, rows), expected, "{at}");
        }
        compared += 1;
    }
    assert!(compared >= 60, "only {compared} were compared");
}

/// Keys, clusterings and cells of all rows; counters as their totals, and no times.
fn content(data: &Path, with_values: bool) -> Vec<String> {
    let output = cqlite::cqlite().args(["dump", "-l", "--corrected"]).arg(data).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut rows = Vec::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let partition: Value = serde_json::from_str(line).unwrap();
        for row in partition["rows"].as_array().unwrap() {
            let cells = row["cells"].as_array().unwrap();
            let cells = cells.iter().map(|cell| {
                let value = if with_values { &cell["value"] } else { &Value::Null };
                format!("{}={value}", cell["name"])
            });
            let cells: Vec<String> = cells.collect();
            rows.push(format!("{} {} {cells:?}", partition["partition"]["key"], row["clustering"]));
        }
    }
    rows
}

#[test]
fn pre_release_na_has_the_rows_that_the_same_tables_have_in_me() {
    let Some(corpus) = corpus_or_skip("pre_release_na_has_the_rows_that_the_same_tables_have_in_me") else {
        return;
    };
    let tables = legacy(&corpus);
    let data = |version: &str, wanted: &str| {
        let is_it = |(name, sstable): &&(String, KnownSstable)| sstable.version == version && name == wanted;
        tables.iter().find(is_it).unwrap().1.data_path.clone()
    };
    for (name, rows) in [
        ("simple_compact", 5),
        ("simple_counter_compact", 5),
        ("clust_compact", 250),
        ("clust_counter_compact", 250),
    ] {
        // The values of this one were made up anew for each version.
        let with_values = name != "clust_compact";
        let na = content(&data("na", name), with_values);
        assert_eq!(na, content(&data("me", name), with_values), "{name}");
        assert_eq!(na.len(), rows, "{name}");
        let sstable = Sstable::open(data("na", name)).unwrap();
        assert!(!sstable.version().has_is_transient() && sstable.version().has_old_bloom_filter_layout());
        assert!(sstable.warnings().is_empty(), "{:?}", sstable.warnings());
    }
    let later = Sstable::open(data("na", "simple")).unwrap();
    assert!(later.version().has_is_transient() && !later.version().has_old_bloom_filter_layout());
}

#[test]
fn every_sstable_without_a_dump_has_the_rows_that_its_statistics_count() {
    let Some(corpus) = corpus_or_skip("every_sstable_without_a_dump_has_the_rows_that_its_statistics_count")
    else {
        return;
    };
    let undumped = corpus.sstables().unwrap().into_iter().filter(|sstable| sstable.truth_dump.is_none());
    let mut compared = 0;
    for sstable in undumped {
        let data = &sstable.data_path;
        let stats = Sstable::open(data).unwrap().statistics().stats.clone();
        let (partitions, rows) = counts(data);
        let partitions_counted = stats.estimated_partition_size_bytes.count();
        let static_rows = if sstable.table.contains("simple") { partitions } else { 0 };
        let counted = (partitions_counted as u64, stats.total_rows as u64);
        assert_eq!((partitions, rows + static_rows), counted, "{}", data.display());
        compared += 1;
    }
    assert!(compared >= 10, "only {compared} were compared");
}
