//! `cqlite compact`, `split`, `upgrade` and `filter`, as they are run.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use cqlite_sstable::{
    Descriptor,
    component::statistics::{CardinalityEstimator, Statistics},
    find::{FindOptions, find},
};
use cqlite_tests::{
    cassandra::Format,
    cqlite::{self, cqlite},
    fixtures,
    known::data_files,
    repository,
};

fn run(verb: &str, out: &Path, input: &Path, options: &[&str]) -> Output {
    cqlite().arg(verb).args(options).arg("--out").arg(out).arg(input).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn succeeds(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// The directories of tables that Cassandra wrote for the repository, those of its own left out. So is the one with
/// dropped columns: its schema, which lies beside it and not beside the outputs, hides cells that both have.
fn tables() -> BTreeSet<PathBuf> {
    let paths = fixtures::sstables().unwrap().into_iter().map(|known| known.data_path);
    let directories = paths.map(|path| path.parent().unwrap().to_owned());
    let is_plain = |path: &PathBuf| {
        let text = path.to_str().unwrap();
        !text.contains("/system_schema/") && !text.contains("/.") && !text.contains("/rows/dropped-")
    };
    directories.filter(is_plain).collect()
}

fn has_same_rows(a: &Path, b: &Path) {
    let output = cqlite().arg("diff").arg(a).arg(b).output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{} and {}: {}{}",
        a.display(),
        b.display(),
        text(&output.stdout),
        text(&output.stderr)
    );
}

#[test]
fn a_compaction_of_each_table_has_the_same_rows_and_leaves_the_inputs_alone() {
    let place = tempfile::tempdir().unwrap();
    let mut count = 0;
    for (number, table) in tables().iter().enumerate() {
        let before = files(table);
        let out = place.path().join(number.to_string());
        let told = succeeds(&run("compact", &out, table, &["--json"]));
        assert!(told.contains("\"outputs\":1"), "{told}");
        has_same_rows(table, &out);
        succeeds(&cqlite().arg("verify").arg(&out).output().unwrap());
        assert_eq!(files(table), before);
        count += 1;
    }
    assert!(count > 20, "{count}");
}

#[test]
fn an_upgrade_to_any_version_and_a_split_have_the_same_rows() {
    let place = tempfile::tempdir().unwrap();
    for (number, table) in tables().iter().enumerate() {
        for options in [&["--to", "nb"][..], &["--to", "oa"], &["--to", "da", "--compression", "zstd:3"]] {
            let out = place.path().join(format!("{number}-{}", options[1]));
            let output = run("upgrade", &out, table, options);
            // Dates past 2038 do not fit into nb.
            if output.status.code() == Some(4) {
                assert!(text(&output.stderr).contains("cannot hold"), "{}", text(&output.stderr));
                assert!(!out.exists());
                continue;
            }
            succeeds(&output);
            has_same_rows(table, &out);
        }
        let out = place.path().join(format!("{number}-split"));
        succeeds(&run("split", &out, table, &["--count", "3"]));
        has_same_rows(table, &out);
    }
}

/// All files below a directory, with their bytes.
fn files(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push((path.clone(), fs::read(&path).unwrap())),
        }
    }
    found.sort();
    found
}

fn shop() -> PathBuf {
    let of_shop = |path: &PathBuf| path.starts_with(repository().join("fixtures/nb/shop"));
    tables().into_iter().find(of_shop).unwrap()
}

#[test]
fn a_place_that_holds_sstables_or_is_that_of_an_input_is_refused_and_stays_as_it_is() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    succeeds(&run("compact", &out, &shop(), &[]));
    let before = files(&out);
    let again = run("compact", &out, &shop(), &[]);
    assert_eq!(again.status.code(), Some(2), "{}", text(&again.stderr));
    assert!(text(&again.stderr).contains("there is an SSTable here already"));
    assert_eq!(files(&out), before);

    let copy = place.path().join("in");
    fs::create_dir(&copy).unwrap();
    for (path, bytes) in files(&shop()) {
        fs::write(copy.join(path.file_name().unwrap()), bytes).unwrap();
    }
    let before = files(&copy);
    std::os::unix::fs::symlink(&copy, place.path().join("link")).unwrap();
    for inside in ["in", "link", "in/new"] {
        let refused = run("upgrade", &place.path().join(inside), &copy, &["--to", "oa"]);
        assert_eq!(refused.status.code(), Some(2), "{inside}: {}", text(&refused.stderr));
    }
    assert_eq!(files(&copy), before);
}

#[test]
fn a_damaged_input_leaves_nothing_installed() {
    let place = tempfile::tempdir().unwrap();
    let copy = place.path().join("in");
    fs::create_dir(&copy).unwrap();
    for (path, mut bytes) in files(&shop()) {
        if path.to_str().unwrap().ends_with("-Data.db") {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x10;
        }
        fs::write(copy.join(path.file_name().unwrap()), bytes).unwrap();
    }
    for (verb, options) in [("compact", &[][..]), ("upgrade", &["--to", "da"]), ("split", &["--count", "2"])]
    {
        let out = place.path().join(verb);
        let output = run(verb, &out, &copy, options);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        assert!(!out.exists(), "{verb}");
    }
}

#[test]
fn purging_is_refused_where_nobody_knows_for_how_long_tombstones_are_needed() {
    let place = tempfile::tempdir().unwrap();
    let copy = place.path().join("in");
    fs::create_dir(&copy).unwrap();
    // The schema would tell.
    for (path, bytes) in files(&shop()).into_iter().filter(|(path, _)| !path.ends_with("schema.cql")) {
        fs::write(copy.join(path.file_name().unwrap()), bytes).unwrap();
    }
    let refused = run("compact", &place.path().join("a"), &copy, &["--purge"]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
    assert!(text(&refused.stderr).contains("--gc-grace"));
    succeeds(&run("compact", &place.path().join("b"), &copy, &["--purge", "--gc-grace", "864000"]));
}

#[test]
fn killed_at_any_moment_a_compaction_is_there_as_a_whole_or_not_at_all() {
    let place = tempfile::tempdir().unwrap();
    let table = shop();
    let started = Instant::now();
    succeeds(&run("compact", &place.path().join("whole"), &table, &[]));
    let whole = started.elapsed();
    let (mut none, mut all) = (0, 0);
    // The machine may be busier or idler than it was: about half of the compactions are to be killed.
    let mut longest = whole;
    for number in 0..60_u32 {
        let out = place.path().join(number.to_string());
        let mut child = cqlite().arg("compact").arg("--out").arg(&out).arg(&table).spawn().unwrap();
        thread::sleep(longest.mul_f64(f64::from(number % 12) / 10.0).max(Duration::from_micros(100)));
        // SIGKILL
        let _ = child.kill();
        child.wait().unwrap();
        let found =
            if out.exists() { find(std::slice::from_ref(&out), &FindOptions::default()).ok() } else { None };
        match found.map_or(0, |found| found.sstables().count()) {
            0 => {
                none += 1;
                longest = longest.mul_f64(1.1).min(4 * whole);
            }
            1 => {
                all += 1;
                longest = longest.mul_f64(0.9);
                has_same_rows(&table, &out);
            }
            more => panic!("{more} SSTables of one compaction"),
        }
    }
    assert_eq!(none + all, 60);
    assert!(none > 0 && all > 0, "{none} killed in time, {all} too late");
}

/// A copy of a table whose Statistics.db says something else, under good checksums.
fn with_statistics(place: &Path, format: Format, change: impl Fn(&mut Statistics)) -> PathBuf {
    let copy = place.join(format.to_string());
    fs::create_dir(&copy).unwrap();
    for (path, mut bytes) in files(&fixtures::table(format, "rows", "deletions").directory) {
        let name = path.file_name().unwrap();
        if name.to_str().unwrap().ends_with("-Statistics.db") {
            let version = Descriptor::from_file(&path).unwrap().version();
            let mut statistics = Statistics::parse(&bytes, version).unwrap();
            change(&mut statistics);
            bytes = statistics.write(version).unwrap();
        }
        fs::write(copy.join(name), bytes).unwrap();
    }
    copy
}

#[test]
fn the_filter_of_an_output_is_not_larger_than_the_index_of_the_inputs_allows_whatever_their_sketch_says() {
    let place = tempfile::tempdir().unwrap();
    for format in [Format::Nb, Format::Oa, Format::Da] {
        let longest_runs = CardinalityEstimator::Normal(vec![16; 8192]);
        let input = with_statistics(place.path(), format, |statistics| {
            statistics.compaction.cardinality_estimator = longest_runs.clone();
        });
        let out = place.path().join(format!("{format}-out"));
        succeeds(&run("compact", &out, &input, &[]));
        let data = data_files(&out).unwrap().remove(0).to_str().unwrap().to_owned();
        let length = |component: &str| fs::metadata(data.replace("-Data.db", component)).unwrap().len();
        let index = if format == Format::Da { "-Partitions.db" } else { "-Index.db" };
        assert!(length("-Filter.db") <= length(index) + 64, "{format}: {}", length("-Filter.db"));
        has_same_rows(&input, &out);
    }
}

#[test]
fn a_damaged_count_of_partitions_is_told_and_takes_no_memory() {
    let place = tempfile::tempdir().unwrap();
    for format in [Format::Nb, Format::Oa, Format::Da] {
        let input = with_statistics(place.path(), format, |statistics| {
            statistics.stats.estimated_partition_size_bytes.add(150, 1 << 32);
        });
        for verb in ["compact", "upgrade --to nb", "split --count 2"] {
            let out = place.path().join("out");
            let limited = format!("ulimit -v 2000000; exec \"$0\" {verb} --out \"$1\" \"$2\"");
            let mut command = Command::new("sh");
            command.arg("-c").arg(limited).arg(cqlite::path()).arg(&out).arg(&input);
            let output = command.output().unwrap();
            // By a signal there would be no code.
            assert!(matches!(output.status.code(), Some(0 | 1)), "{format} {verb}: {}", text(&output.stderr));
            if out.exists() {
                fs::remove_dir_all(&out).unwrap();
            }
        }
    }
}
