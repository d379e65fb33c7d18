//! Where the verbs that write SSTables put them, how they call them, and what they leave behind.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use cqlite_tests::cassandra::Format;
use cqlite_tests::cqlite::cqlite;
use cqlite_tests::known::data_files;
use cqlite_tests::{fixtures, repository};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn ends_with(output: &Output, code: i32) -> String {
    let told = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{told}");
    told
}

/// Copies the files of the only SSTable of `shop.orders`, under another id if one is given.
fn copy_orders(format: Format, to: &Path, id: Option<&str>) {
    copy(&fixtures::table(format, "shop", "orders").directory, to, id);
}

fn copy(from: &Path, to: &Path, id: Option<&str>) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let name = id.map_or(name.to_owned(), |id| name.replacen("-1-", &format!("-{id}-"), 1));
        if path.is_file() {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

/// The names of all Data.db below a directory.
fn names_below(directory: &Path) -> Vec<String> {
    let data = data_files(directory).unwrap();
    let names = data.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn an_sstable_that_is_named_without_a_directory_is_taken_from_the_current_one() {
    let place = tempfile::tempdir().unwrap();
    let here = place.path().join("here");
    copy_orders(Format::Nb, &here, None);
    let run = |arguments: &[&str]| cqlite().current_dir(&here).args(arguments).output().unwrap();
    for (number, verb) in [
        &["compact"][..],
        &["compact", "--purge", "--gc-grace", "0", "--commitlog-drained"],
        &["split", "--count", "2"],
        &["upgrade", "--to", "da"],
        &["filter", "--after", "0"],
        &["salvage"],
    ]
    .iter()
    .enumerate()
    {
        let out = place.path().join(number.to_string());
        let arguments = [*verb, &["--out", out.to_str().unwrap(), "nb-1-big-Data.db"]].concat();
        ends_with(&run(&arguments), 0);
        assert!(!data_files(&out).unwrap().is_empty(), "{verb:?}");
    }
    ends_with(&run(&["set", "--level", "2", "--yes", "nb-1-big-Data.db"]), 0);
    assert!(ends_with(&run(&["set", "--level", "2", "nb-1-big-Data.db"]), 0).contains("nb-1-big-Data.db"));
}

#[test]
fn work_goes_on_when_nobody_reads_what_is_told() {
    let place = tempfile::tempdir().unwrap();
    let input = repository().join("fixtures/nb/rows");
    let unheard = |arguments: &[&str]| {
        let mut child = cqlite().args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments:?}");
    };
    let out = place.path().join("out");
    unheard(&["upgrade", "--to", "da", "--out", out.to_str().unwrap(), input.to_str().unwrap()]);
    let written = data_files(&out).unwrap().len();
    assert_eq!(written, data_files(&input).unwrap().len());
    unheard(&["set", "--level", "4", "--yes", out.to_str().unwrap()]);
    let told = cqlite().args(["ls", "--json"]).arg(&out).output().unwrap();
    assert_eq!(text(&told.stdout).matches("\"level\":4").count(), written, "{}", text(&told.stdout));
}

#[test]
fn for_cassandra_3_ids_are_numbers() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    copy_orders(Format::Nb, &input, Some("3h5p_0key_4yywq22w0vqcvvffn4"));
    for verb in ["upgrade", "salvage"] {
        for (to, name) in [("me", "me-1-big-Data.db"), ("oa", "oa-3h5p_0key_4yywq22w0vqcvvffn4-big-Data.db")]
        {
            let out = place.path().join(format!("{verb}-{to}"));
            let output = cqlite().args([verb, "--to", to, "--out"]).arg(&out).arg(&input).output().unwrap();
            ends_with(&output, 0);
            assert_eq!(names_below(&out), [name], "{verb}");
        }
    }
}

#[test]
fn an_output_of_several_versions_has_that_which_holds_most() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    copy_orders(Format::Nb, &input, Some("5"));
    copy_orders(Format::Da, &input, Some("4"));
    let out = place.path().join("out");
    let output = cqlite().args(["compact", "--out"]).arg(&out).arg(&input).output().unwrap();
    ends_with(&output, 0);
    assert_eq!(names_below(&out).len(), 1);
    assert!(names_below(&out)[0].starts_with("da-"), "{:?}", names_below(&out));
}

#[test]
fn an_id_that_cannot_be_is_not_called_damage() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    copy_orders(Format::Nb, &input, None);
    let out = place.path().join("out");
    let options = ["split", "--count", "2", "--first-id", "2147483647", "--out"];
    let output = cqlite().args(options).arg(&out).arg(&input).output().unwrap();
    let told = ends_with(&output, 3);
    assert!(told.contains("2147483648 is no id") && !told.contains("damage"), "{told}");
}

#[test]
fn a_refused_run_with_skip_damaged_leaves_nothing_in_the_way_of_the_next() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    let wide = fixtures::table(Format::Nb, "rows", "wide").directory;
    copy(&wide, &input, None);
    let repaired = cqlite().args(["set", "--repaired-at", "1", "--yes"]).arg(&input).output().unwrap();
    ends_with(&repaired, 0);
    copy(&wide, &input, Some("2"));
    let data = input.join("nb-2-big-Data.db");
    let mut bytes = fs::read(&data).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&data, bytes).unwrap();
    let out = place.path().join("out");
    let compact = |options: &[&str]| {
        let mut command = cqlite();
        command.args(["compact", "--skip-damaged", "--out"]).arg(&out).args(options).arg(&input);
        command.output().unwrap()
    };
    let told = ends_with(&compact(&[]), 2);
    assert!(told.contains("--mark-unrepaired"), "{told}");
    assert!(!out.exists());
    ends_with(&compact(&["--mark-unrepaired"]), 1);
    assert_eq!(names_below(&out), ["nb-3-big-Data.db"]);
}
