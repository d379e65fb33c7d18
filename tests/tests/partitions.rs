//! `cqlite partitions` counts what Cassandra's `sstablepartitions` counts.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cqlite_tests::{
    available::{cassandra_or_skip, corpus_or_skip},
    cassandra::{Format, Tools},
    cqlite, fixtures,
    known::KnownSstable,
};
use serde_json::Value;

/// In a year in which some of what expires in the fixtures has.
const NOW: &str = "1750000000";

const OPTION_SETS: [&[&str]; 12] = [
    &["-t", "0"],
    &["-t", "0", "-u", "1"],
    &["-t", "0", "-u", "2147483646"],
    &["-t", "300B", "-u", NOW],
    &["--min-rows", "3", "-u", NOW],
    &["-c", "12", "-u", NOW],
    &["--min-tombstones", "1", "-u", NOW],
    &["-o", "2", "-w", "50", "-t", "2KiB", "-u", NOW],
    &["-y", "-t", "0"],
    &["--partitions-only", "--min-size", "200"],
    &["-t", "1GiB"],
    &[],
];

fn ours(options: &[&str], paths: &[PathBuf]) -> String {
    let output = cqlite::cqlite().arg("partitions").args(paths).args(options).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.is_empty(), "{options:?}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(options: &[&str], path: &Path) -> Vec<Value> {
    let text = ours(&[options, &["--json"]].concat(), &[path.to_owned()]);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What the tool prints; the options stand behind the files, as `-k` takes all that follows.
fn theirs(tools: &mut Tools, options: &[&str], paths: &[PathBuf]) -> String {
    let paths = paths.iter().map(|path| path.to_str().unwrap());
    let run = tools.run("SSTablePartitions", paths.chain(options.iter().copied())).unwrap();
    assert!(run.success() && run.stderr.is_empty(), "{options:?}: {}", run.stderr);
    String::from_utf8(run.stdout).unwrap()
}

fn assert_same(ours: &str, theirs: &str, what: &str) {
    for (ours, theirs) in ours.lines().zip(theirs.lines()) {
        assert_eq!(ours, theirs, "{what}");
    }
    assert_eq!(ours.len(), theirs.len(), "{what}");
}

fn sorted(csv: &str) -> String {
    let mut lines: Vec<&str> = csv.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

/// Compares the CSV of all SSTables of a set at once, by all option sets, and says how many lines there were.
fn compare(sstables: &[KnownSstable], tools: &mut Tools) -> usize {
    let mut sets: BTreeMap<&str, Vec<&KnownSstable>> = BTreeMap::new();
    for sstable in sstables {
        sets.entry(&sstable.set).or_default().push(sstable);
    }
    let mut lines = 0;
    for (set, sstables) in sets {
        let ids: BTreeSet<_> = sstables.iter().map(|sstable| (sstable.directory(), &sstable.id)).collect();
        let paths: Vec<PathBuf> = sstables.iter().map(|sstable| sstable.data_path.clone()).collect();
        for options in OPTION_SETS {
            let options = [options, &["--csv"]].concat();
            let (mut ours, mut theirs) = (ours(&options, &paths), theirs(tools, &options, &paths));
            if ids.len() < sstables.len() {
                // The tool's order of one id in several versions is that of places in memory.
                (ours, theirs) = (sorted(&ours), sorted(&theirs));
            }
            assert_same(&ours, &theirs, &format!("{set} {options:?}"));
            lines += theirs.lines().count() - 1;
        }
    }
    lines
}

#[test]
fn the_csv_of_every_fixture_equals_the_live_tools() {
    let Some(cassandra) = cassandra_or_skip("the_csv_of_every_fixture_equals_the_live_tools") else { return };
    let mut tools = Tools::shared(&cassandra).unwrap();
    let lines = compare(&fixtures::sstables().unwrap(), &mut tools);
    assert!(lines > 4_500, "only {lines} lines were compared");
}

#[test]
fn the_csv_of_every_corpus_sstable_equals_the_live_tools() {
    let name = "the_csv_of_every_corpus_sstable_equals_the_live_tools";
    let Some(cassandra) = cassandra_or_skip(name) else { return };
    let Some(corpus) = corpus_or_skip(name) else { return };
    let mut tools = Tools::shared(&cassandra).unwrap();
    let mut sstables = corpus.sstables().unwrap();
    // Those without a dump are those that no tool of 5.0.9 reads; this one wants names of keyspaces above, too.
    sstables.retain(|sstable| sstable.truth_dump.is_some() && !sstable.keyspace.contains('-'));
    let lines = compare(&sstables, &mut tools);
    assert!(lines > 50_000, "only {lines} lines were compared");
}

#[test]
fn chosen_keys_are_counted_as_the_live_tool_counts_them() {
    let Some(cassandra) = cassandra_or_skip("chosen_keys_are_counted_as_the_live_tool_counts_them") else {
        return;
    };
    let mut tools = Tools::shared(&cassandra).unwrap();
    for format in Format::ALL {
        let table = fixtures::table(format, "rows", "wide");
        let paths: Vec<PathBuf> = table.sstables.iter().map(|sstable| sstable.data_path.clone()).collect();
        let keys: Vec<String> = json(&[], &table.directory)[0]["largest"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["key"].as_str().unwrap().to_owned())
            .collect();
        assert!(keys.len() > 1, "{keys:?}");
        let (first, last) = (keys.first().unwrap().as_str(), keys.last().unwrap().as_str());
        let sets: [&[&str]; 4] =
            [&["-x", first], &["-x", first, last], &["-k", last, first], &["-k", first, "-x", first]];
        for set in sets {
            let options = [&["--csv", "-w", "0", "-u", NOW][..], set].concat();
            let theirs = theirs(&mut tools, &options, &paths);
            let ours = ours(&options, &paths);
            if format == Format::Da && set[0] == "-k" {
                // With -k that tool measures BTI from where it read last, not from where the partition begins.
                assert_same(&without_place(&ours), &without_place(&theirs), &format!("{options:?}"));
            } else {
                assert_same(&ours, &theirs, &format!("{format:?} {options:?}"));
            }
        }
    }
}

/// Without the columns `offset` and `size`.
fn without_place(csv: &str) -> String {
    let line = |line: &str| {
        let columns = line.split(',').enumerate().filter(|(column, _)| !matches!(column, 3 | 4));
        columns.map(|(_, text)| text).collect::<Vec<_>>().join(",") + "\n"
    };
    csv.lines().map(line).collect()
}

#[test]
fn a_directory_with_indexes_snapshots_and_backups_is_searched_as_the_live_tool_does() {
    let name = "a_directory_with_indexes_snapshots_and_backups_is_searched_as_the_live_tool_does";
    let Some(cassandra) = cassandra_or_skip(name) else { return };
    let mut tools = Tools::shared(&cassandra).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().canonicalize().unwrap();
    let source = fixtures::table(Format::Nb, "merge", "indexed").directory;
    let table = root.join("merge").join(source.file_name().unwrap());
    for below in ["", "snapshots/s1", "snapshots/s2", "backups"] {
        copy(&source, &table.join(below));
    }
    for set in [&["-r"][..], &["-r", "-s"], &["-r", "-b"], &["-r", "-s", "-b"]] {
        let options = [&["--csv", "-t", "0"][..], set].concat();
        let theirs = theirs(&mut tools, &options, std::slice::from_ref(&root));
        assert!(theirs.contains(",indexed,"), "{theirs}");
        assert_same(&ours(&options, std::slice::from_ref(&root)), &theirs, &format!("{set:?}"));
    }
    let one = ["--csv", "-t", "0"];
    assert_same(
        &ours(&one, std::slice::from_ref(&table)),
        &theirs(&mut tools, &one, std::slice::from_ref(&table)),
        "",
    );
}

/// Copies a directory with the hidden tables of indexes in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}

#[test]
fn the_largest_are_those_of_the_csv_in_order() {
    let table = fixtures::table(Format::Oa, "rows", "deletions");
    let csv = ours(&["--csv", "-t", "0", "-u", NOW], std::slice::from_ref(&table.directory));
    for (by, column) in [("bytes", 4), ("rows", 5), ("cells", 6), ("tombstones", 7)] {
        let count = |line: &str| line.rsplit(',').nth(22 - column).unwrap().parse::<u64>().unwrap();
        let mut counts: Vec<u64> = csv.lines().skip(1).map(count).collect();
        counts.sort_unstable();
        counts.reverse();
        counts.truncate(3);
        let report = &json(&["--by", by, "--top", "3", "-u", NOW], &table.directory)[0];
        let told = report["largest"].as_array().unwrap().iter().map(|one| one[by].as_u64().unwrap());
        assert_eq!(told.collect::<Vec<_>>(), counts, "{by}");
        assert_eq!(report[by]["max"], counts[0]);
        assert_eq!(report["partitions"], csv.lines().count() - 1);
    }
}

#[test]
fn sizes_from_the_index_alone_are_those_of_a_scan() {
    for format in Format::ALL {
        let table = fixtures::table(format, "rows", "wide");
        let (scanned, indexed) = (json(&[], &table.directory), json(&["-y"], &table.directory));
        assert_eq!(scanned[0]["bytes"], indexed[0]["bytes"]);
        assert!(indexed[0].get("rows").is_none() && indexed[0]["largest"][0].get("rows").is_none());
        for field in ["key", "live", "position", "bytes"] {
            let of = |report: &Value| -> Vec<Value> {
                report["largest"].as_array().unwrap().iter().map(|one| one[field].clone()).collect()
            };
            assert_eq!(of(&scanned[0]), of(&indexed[0]), "{format:?} {field}");
        }
    }
}

#[test]
fn an_index_that_tells_of_too_few_partitions_is_damage() {
    let directory = tempfile::tempdir().unwrap();
    let table = fixtures::table(Format::Nb, "rows", "wide");
    copy(&table.directory, directory.path());
    let index = directory.path().join(format!("{}-Index.db", table.sstables[0].stem()));
    fs::write(&index, []).unwrap();
    let output = cqlite::cqlite().args(["partitions", "-y"]).arg(directory.path()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("Index.db: it ends after 0 partitions"), "{told}");
}

#[test]
fn the_report_for_people_fits_100_columns_and_names_what_is_deleted() {
    let table = fixtures::table(Format::Nb, "rows", "partitions_alone");
    let text = ours(&["-u", NOW], std::slice::from_ref(&table.directory));
    assert!(text.starts_with("rows.partitions_alone: ") && text.contains(" deleted\n"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn sizes_with_unknown_units_and_contradicting_options_are_refused() {
    let table = fixtures::table(Format::Nb, "keys", "k_uuid");
    for options in
        [&["-t", "10kb"][..], &["-y", "-w", "3"], &["-y", "--by", "rows"], &["-k", "no-uuid", "--csv"]]
    {
        let output = cqlite::cqlite().arg("partitions").arg(&table.directory).args(options).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{options:?}");
    }
}
