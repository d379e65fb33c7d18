//! `cqlite compact --purge`, as it is run: what is dropped, and each reason for which a tombstone stays.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use cqlite_sstable::component::Summary;
use cqlite_tests::cassandra::Format;
use cqlite_tests::cqlite::cqlite;
use cqlite_tests::fixtures;
use cqlite_tests::known::data_files;
use serde_json::Value;

/// Long after everything in the fixtures was deleted, and not long after it.
const LATE: &str = "2000000000";
const EARLY: &str = "1700000000";

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn succeeds(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// A segment of a commit log with nothing in it: a header and no section.
const EMPTY_SEGMENT: [u8; 64] = [0; 64];
const SEGMENT: &str = "commitlog/CommitLog-7-1700000000000.log";

/// A table with deletions of all kinds, copied to where a node would have it that was drained, without a schema beside it.
struct Table {
    place: tempfile::TempDir,
    directory: PathBuf,
}

impl Table {
    fn new() -> Self {
        Self::of(Format::Nb)
    }

    fn of(format: Format) -> Self {
        let place = tempfile::tempdir().unwrap();
        let from = fixtures::table(format, "rows", "deletions").directory;
        let directory = place.path().join("data/rows").join(from.file_name().unwrap());
        fs::create_dir_all(&directory).unwrap();
        for file in entries(&from).filter(|path| path.is_file()) {
            fs::copy(&file, directory.join(file.file_name().unwrap())).unwrap();
        }
        fs::create_dir(place.path().join("commitlog")).unwrap();
        fs::write(place.path().join(SEGMENT), EMPTY_SEGMENT).unwrap();
        Self { place, directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// The table's definition with another line in it.
    fn schema(&self, from: &str, to: &str) -> PathBuf {
        let fixture = fixtures::table(Format::Nb, "rows", "deletions").directory;
        let schema = succeeds(&cqlite().arg("schema").arg(fixture).output().unwrap());
        assert!(schema.contains(from), "{schema}");
        let path = self.path("schema.cql");
        fs::write(&path, schema.replace(from, to)).unwrap();
        path
    }

    fn compact(&self, out: &str, input: &Path, options: &[&str]) -> Output {
        let mut command = cqlite();
        command.args(["compact", "--json", "--out"]).arg(self.path(out)).args(options);
        command.arg(input).output().unwrap()
    }

    /// What was purged and kept, as the last line of the report has it.
    #[track_caller]
    fn purge(&self, out: &str, input: &Path, options: &[&str]) -> Purged {
        let told = succeeds(&self.compact(out, input, &[&["--purge"], options].concat()));
        let line: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
        let total = |part: &str| {
            let counts = line["purge"][part].as_object().unwrap();
            counts.values().map(|count| count.as_u64().unwrap()).sum()
        };
        let [purged, overlap, unrepaired, grace] =
            ["purged", "kept_by_overlap", "kept_unrepaired", "kept_in_grace"].map(total);
        Purged { purged, overlap, unrepaired, grace, notes: line["notes"].to_string() }
    }

    /// Puts the same SSTable beside it, under another id, and returns what it had.
    fn double(&self, version: &str) -> PathBuf {
        let input = self.data();
        let copy = ["upgrade", "--to", version, "--first-id", "9", "--out"];
        succeeds(&cqlite().args(copy).arg(self.path("copy")).arg(&self.directory).output().unwrap());
        let copied = data_files(&self.path("copy")).unwrap().remove(0);
        for file in entries(copied.parent().unwrap()) {
            fs::copy(&file, self.directory.join(file.file_name().unwrap())).unwrap();
        }
        input
    }

    /// A component of the SSTable that was put beside it.
    fn of_double(&self, component: &str) -> PathBuf {
        let copied = data_files(&self.path("copy")).unwrap().remove(0);
        let name = copied.file_name().unwrap().to_str().unwrap().replace("-Data.db", component);
        self.directory.join(name)
    }

    fn data(&self) -> PathBuf {
        data_files(&self.directory).unwrap().remove(0)
    }
}

#[derive(Debug)]
struct Purged {
    purged: u64,
    overlap: u64,
    unrepaired: u64,
    grace: u64,
    notes: String,
}

impl Purged {
    #[track_caller]
    fn is_all_kept(&self, kept: u64) {
        assert!(self.purged == 0 && kept > 20, "{self:?}");
    }
}

fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path())
}

/// Deletions in what `cqlite dump` prints.
fn deletions(directory: &Path) -> usize {
    let data = data_files(directory).unwrap();
    let dumped = data.iter().map(|data| succeeds(&cqlite().arg("dump").arg(data).output().unwrap()));
    dumped.map(|dump| dump.matches("deletion_info").count()).sum()
}

#[test]
fn without_purge_every_tombstone_stays_and_with_it_those_go_that_are_old_enough() {
    let table = Table::new();
    let before = deletions(&table.directory);
    succeeds(&table.compact("all", &table.directory, &[]));
    assert_eq!(deletions(&table.path("all")), before);

    let purged = table.purge("late", &table.directory, &["--gc-grace", "864000", "--now", LATE]);
    assert!(
        purged.purged > 20 && purged.notes.contains("tombstones and expired values were purged"),
        "{purged:?}"
    );
    assert_eq!((purged.overlap, purged.unrepaired, purged.grace), (0, 0, 0));
    assert_eq!(deletions(&table.path("late")), 0);

    let kept = table.purge("early", &table.directory, &["--gc-grace", "864000", "--now", EARLY]);
    kept.is_all_kept(kept.grace);
    assert!(kept.notes.contains("are not older than gc_grace_seconds"), "{kept:?}");
    assert_eq!(deletions(&table.path("early")), before);
}

#[test]
fn for_how_long_tombstones_stay_is_told_by_the_option_or_the_schema_or_it_is_refused() {
    let table = Table::new();
    let refused = table.compact("none", &table.directory, &["--purge", "--now", LATE]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("--gc-grace"), "{}", text(&refused.stderr));
    assert!(!table.path("none").exists());

    let schema = table.schema("gc_grace_seconds = 864000", "gc_grace_seconds = 1500000000");
    let schema = schema.to_str().unwrap();
    let kept = table.purge("schema", &table.directory, &["--schema", schema, "--now", LATE]);
    kept.is_all_kept(kept.grace);
    let options = ["--schema", schema, "--gc-grace", "10", "--now", LATE];
    assert!(table.purge("option", &table.directory, &options).purged > 20);
}

#[test]
fn what_lies_beside_the_inputs_keeps_the_tombstones_of_what_it_may_hold() {
    let table = Table::new();
    let input = table.double("nb");
    let options = ["--gc-grace", "10", "--now", LATE];
    let kept = table.purge("one", &input, &options);
    kept.is_all_kept(kept.overlap);
    assert!(kept.notes.contains("1 SSTables beside the inputs"), "{kept:?}");
    assert!(kept.notes.contains("may delete something outside of the inputs"), "{kept:?}");
    // Both of them are the table.
    assert!(table.purge("both", &table.directory, &options).purged > 20);
}

/// No checksum covers Filter.db, Summary.db and the tries: one of them that is damaged rules out no tombstone.
#[test]
fn a_damaged_filter_of_an_sstable_beside_the_inputs_keeps_tombstones() {
    for (format, version) in [(Format::Nb, "nb"), (Format::Oa, "oa"), (Format::Da, "da")] {
        let table = Table::of(format);
        let input = table.double(version);
        let options = ["--gc-grace", "10", "--now", LATE];
        let sound = table.purge("sound", &input, &options);
        sound.is_all_kept(sound.overlap);
        let filter = table.of_double("-Filter.db");
        let mut bytes = fs::read(&filter).unwrap();
        bytes[8..].fill(0);
        fs::write(&filter, &bytes).unwrap();
        let kept = table.purge("zeroed", &input, &options);
        kept.is_all_kept(sound.overlap);
        // In BTI the trie has to agree, which has not all of a key.
        let is_told = kept.notes.contains("it refuses keys that the index has");
        assert_eq!(is_told, format != Format::Da, "{kept:?}");
        fs::write(&filter, &bytes[..bytes.len() - 1]).unwrap();
        table.purge("cut", &input, &options).is_all_kept(sound.overlap);
        fs::remove_file(&filter).unwrap();
        table.purge("missing", &input, &options).is_all_kept(sound.overlap);
    }
}

#[test]
fn a_damaged_summary_of_an_sstable_beside_the_inputs_keeps_tombstones() {
    let table = Table::new();
    let input = table.double("nb");
    let options = ["--gc-grace", "10", "--now", LATE];
    let sound = table.purge("sound", &input, &options);
    let path = table.of_double("-Summary.db");
    let bytes = fs::read(&path).unwrap();
    // The first and the last key end the file, each behind its length.
    let summary = Summary::parse(&bytes).unwrap();
    let (first, last) = (summary.first_key.to_owned(), summary.last_key.to_owned());
    let body = &bytes[..bytes.len() - 8 - first.len() - last.len()];
    for (name, keys) in
        [("last-alone", [&last, &last]), ("first-alone", [&first, &first]), ("turned", [&last, &first])]
    {
        let ends = keys.into_iter().flat_map(|key| [&(key.len() as u32).to_be_bytes()[..], key].concat());
        fs::write(&path, body.iter().copied().chain(ends).collect::<Vec<u8>>()).unwrap();
        let kept = table.purge(name, &input, &options);
        kept.is_all_kept(sound.overlap);
        assert!(kept.notes.contains("its first or last key is not that of the index"), "{kept:?}");
    }
    fs::remove_file(&path).unwrap();
    table.purge("missing", &input, &options).is_all_kept(sound.overlap);
}

#[test]
fn a_snapshot_or_backup_keeps_the_tombstones_of_what_its_table_may_hold() {
    for below in ["snapshots/before", "backups"] {
        let table = Table::new();
        let inside = table.directory.join(below);
        fs::create_dir_all(&inside).unwrap();
        for file in entries(&table.directory).filter(|path| path.is_file()) {
            let name = file.file_name().unwrap().to_str().unwrap().replacen("-1-", "-7-", 1);
            fs::copy(&file, inside.join(name)).unwrap();
        }
        let options = ["--gc-grace", "10", "--now", LATE];
        let kept = table.purge("kept", &inside, &options);
        kept.is_all_kept(kept.overlap);
        assert!(kept.notes.contains("1 SSTables beside the inputs"), "{kept:?}");
        fs::write(table.path(SEGMENT), [7; 64]).unwrap();
        assert!(table.purge("not-drained", &inside, &options).notes.contains("a commit log may hold"));
    }
}

#[test]
fn a_commit_log_that_was_not_drained_keeps_all_tombstones() {
    let table = Table::new();
    // A segment that cannot be read may hold anything.
    fs::write(table.path(SEGMENT), [7; 64]).unwrap();
    let options = ["--gc-grace", "10", "--now", LATE];
    let kept = table.purge("full", &table.directory, &options);
    kept.is_all_kept(kept.overlap);
    assert!(kept.notes.contains("a commit log may hold older writes"), "{kept:?}");
    assert!(kept.notes.contains("--commitlog-drained"), "{kept:?}");
    let options = [&options[..], &["--commitlog-drained"]].concat();
    assert!(table.purge("drained", &table.directory, &options).purged > 20);
}

#[test]
fn a_commit_log_that_is_not_found_keeps_all_tombstones() {
    let table = Table::new();
    let options = ["--gc-grace", "10", "--now", LATE];
    let is_kept = |out: &str, input: &Path| {
        let kept = table.purge(out, input, &options);
        kept.is_all_kept(kept.overlap);
        assert!(kept.notes.contains("no commit log was found beside the data"), "{kept:?}");
        let options = [&options[..], &["--commitlog-drained"]].concat();
        assert!(table.purge(&format!("{out}-drained"), input, &options).purged > 20);
    };
    // `commitlog_directory` may be anywhere.
    fs::create_dir(table.path("elsewhere")).unwrap();
    fs::rename(table.path(SEGMENT), table.path("elsewhere/CommitLog-7-1700000000000.log")).unwrap();
    is_kept("without-segments", &table.directory);
    fs::remove_dir(table.path("commitlog")).unwrap();
    is_kept("without-directory", &table.directory);
    is_kept("of-one-file", &table.data());
    // Nor does a copy of a table tell what its node has.
    fs::rename(&table.directory, table.path("copy")).unwrap();
    is_kept("of-a-copy", &table.path("copy"));
}

#[test]
fn unrepaired_inputs_are_not_purged_where_the_table_says_so() {
    let table = Table::new();
    let strict = "'only_purge_repaired_tombstones': 'true', 'max_threshold'";
    let schema = table.schema("'max_threshold'", strict);
    let options = ["--schema", schema.to_str().unwrap(), "--now", LATE];
    let kept = table.purge("unrepaired", &table.directory, &options);
    kept.is_all_kept(kept.unrepaired);
    assert!(kept.notes.contains("not repaired"), "{kept:?}");
    succeeds(
        &cqlite().args(["set", "--repaired-at", "now", "--yes"]).arg(&table.directory).output().unwrap(),
    );
    assert!(table.purge("repaired", &table.directory, &options).purged > 20);
}

#[test]
fn the_inputs_are_looked_for_once() {
    let table = Table::new();
    fs::write(table.directory.join("zz-1-big-Data.db"), "").unwrap();
    let output = table.compact("out", &table.directory, &["--purge", "--gc-grace", "10"]);
    let told = text(&output.stderr);
    let lines: Vec<&str> = told.lines().filter(|line| line.contains("zz-1-big")).collect();
    let mut different = lines.clone();
    different.dedup();
    assert!(!lines.is_empty() && lines.len() == different.len(), "{told}");
}

/// `SELECT` hides what was written to a column before it was dropped; so does a comparison with the fixture, as its
/// schema lies beside it. Beside the outputs lies none: what is in them is shown.
#[test]
fn what_was_written_to_a_column_before_it_was_dropped_goes_with_a_purge_alone() {
    for format in [Format::Nb, Format::Oa, Format::Da] {
        let place = tempfile::tempdir().unwrap();
        let input = fixtures::table(format, "rows", "dropped").directory;
        let compact = |out: &str, options: &[&str]| {
            let out = place.path().join(out);
            let mut command = cqlite();
            command.args(["compact", "--json"]).args(options).arg("--out").arg(&out).arg(&input);
            let told = succeeds(&command.output().unwrap());
            let data = data_files(&out).unwrap().remove(0);
            let dump = succeeds(&cqlite().args(["dump", "-t"]).arg(&data).output().unwrap());
            let dump: Value = serde_json::from_str(&dump).unwrap();
            (told, cells(&dump), out)
        };
        // Nothing is old enough: the drop of a column decides by itself.
        let (told, purged, out) = compact("purged", &["--purge", "--now", EARLY]);
        let line: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
        let left_out = line["purge"]["of_dropped_columns"].as_u64().unwrap();
        assert!(told.contains("older than the drop of their column"), "{told}");
        // Of what goes with a column, `diff` shows the deletions with which the lists begin.
        let output = cqlite().arg("diff").arg(&input).arg(&out).output().unwrap();
        let different = text(&output.stdout);
        let mut different = different.lines().filter(|line| line.starts_with("partition"));
        assert!(
            different.all(|line| line.ends_with("c: deletion of the collection")),
            "{format}: {different:?}"
        );

        let (told, all, _) = compact("all", &[]);
        assert!(!told.contains("of_dropped_columns"), "{told}");
        let names = |cells: &[(String, i64)]| cells.iter().filter(|(name, _)| name == "c").count();
        assert!(names(&all) > 5 && names(&purged) == 0, "{format}: {all:?} {purged:?}");
        let is_gone = |(name, written): &&(String, i64)| match name.as_str() {
            "a" | "c" => *written <= DROPPED_A_AND_C,
            "d" => *written <= DROPPED_D,
            _ => false,
        };
        let gone = all.iter().filter(is_gone).count() as u64;
        assert!(gone > 10 && !purged.iter().any(|cell| is_gone(&cell)), "{format}: {purged:?}");
        assert_eq!(all.len() as u64 - purged.len() as u64, gone, "{format}");
        // Beside them go the deletions with which the lists begin.
        assert!(left_out >= gone, "{format}: {left_out} of {gone}");
    }
}

const DROPPED_A_AND_C: i64 = 1_700_000_000_100_000;
const DROPPED_D: i64 = 1_700_000_000_003_000;

/// The columns and write times of all cells in a dump with raw times, those of rows that have none of their own from the
/// row.
fn cells(dump: &Value) -> Vec<(String, i64)> {
    let partitions = dump.as_array().unwrap().iter();
    let rows = partitions.flat_map(|partition| partition["rows"].as_array().unwrap());
    let of_row = |row: &Value| {
        let of_row = row["liveness_info"]["tstamp"].clone();
        let cells = row["cells"].as_array().unwrap().iter();
        let cells = cells.filter(|cell| cell.get("value").is_some());
        let time = |time: &Value| time.as_str().map_or_else(|| time.as_i64(), |text| text.parse().ok());
        let cell = |cell: &Value| {
            let written = time(&cell["tstamp"]).or_else(|| time(&of_row)).unwrap();
            (cell["name"].as_str().unwrap().to_owned(), written)
        };
        cells.map(cell).collect::<Vec<_>>()
    };
    rows.flat_map(of_row).collect()
}
