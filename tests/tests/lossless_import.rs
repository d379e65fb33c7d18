//! Lossless rows become an SSTable that has the same dump, positions included: edit and reload.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use cqlite_sstable::{
    reader::Sstable,
    tools::dump::{DumpFormat, DumpOptions, dump},
};
use cqlite_tests::{
    available::corpus_or_skip, cqlite::cqlite, fixtures, known::KnownSstable, reimported::reimport,
};

/// Local deletion times that are negative or beyond 2038, though the version has none such: those that overflowed in old
/// releases. Cassandra takes all of them for one invalid time, and so do we; it is written as one and the same number,
/// which may take another count of bytes.
fn has_overflowed_times(known: &KnownSstable) -> bool {
    let path = known.data_path.to_string_lossy();
    path.contains("/negative-ldts/invalid_") || path.contains("/negative-ttl/")
}

fn printed(sstable: &Sstable, format: DumpFormat) -> Vec<u8> {
    let mut text = Vec::new();
    let options = DumpOptions { format, raw_times: true, ..DumpOptions::new(0) };
    dump(sstable, &options, &mut text).unwrap_or_else(|error| panic!("{error}"));
    text
}

fn lossless(sstable: &Sstable) -> Vec<u8> {
    let mut text = Vec::new();
    let options = DumpOptions { format: DumpFormat::Lossless, ..DumpOptions::new(0) };
    dump(sstable, &options, &mut text).unwrap_or_else(|error| panic!("{error}"));
    text
}

/// The lossless rows, without the header, which names the version.
fn rows(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| *byte == b'\n').unwrap();
    &text[end..]
}

fn without_positions(dump: &[u8]) -> String {
    cqlite_tests::rewritten::without_positions(std::str::from_utf8(dump).unwrap())
}

/// What differs, if anything does.
fn difference(known: &KnownSstable) -> Option<String> {
    let sstable = match Sstable::open(&known.data_path) {
        Ok(sstable) => sstable,
        Err(error) => return Some(error.to_string()),
    };
    let text = lossless(&sstable);
    let again = match reimport(&text, sstable.is_index()) {
        Ok(again) => again,
        Err(error) => return Some(error.to_string()),
    };
    let again_text = lossless(&again);
    let [ours, theirs] = [&again, &sstable].map(|sstable| printed(sstable, DumpFormat::Json));
    if rows(&again_text) != rows(&text) {
        return Some("other rows".to_owned());
    }
    if sstable.version() == again.version() && again_text != text {
        let header = |text: &[u8]| String::from_utf8_lossy(text).lines().next().map(str::to_owned);
        return Some(format!("another header:\n{:?}\n{:?}", header(&text), header(&again_text)));
    }
    if has_overflowed_times(known) {
        return (without_positions(&ours) != without_positions(&theirs)).then(|| "another dump".to_owned());
    }
    (ours != theirs).then(|| "another dump, or other positions".to_owned())
}

/// The differences of all of them, found in as many threads as there are cores.
fn differences(all: &[KnownSstable]) -> Vec<String> {
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(known) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(what) = difference(known) {
                        found.lock().unwrap().push(format!("{}: {what}", known.data_path.display()));
                    }
                }
            });
        }
    });
    found.into_inner().unwrap()
}

#[test]
fn every_fixture_has_the_same_dump_after_its_lossless_rows_are_imported() {
    let all = fixtures::sstables().unwrap();
    assert!(all.len() > 100, "{}", all.len());
    let wrong = differences(&all);
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

#[test]
fn every_sstable_of_the_corpus_has_the_same_dump_after_its_lossless_rows_are_imported() {
    let Some(corpus) =
        corpus_or_skip("every_sstable_of_the_corpus_has_the_same_dump_after_its_lossless_rows_are_imported")
    else {
        return;
    };
    let all = corpus.sstables().unwrap();
    assert!(all.len() > 700, "{}", all.len());
    let wrong = differences(&all);
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

/// The command line, for a fixture of each format and older version: what it dumps, it imports to the same dump.
#[test]
fn the_commands_dump_and_import_hand_rows_to_one_another() {
    let all = fixtures::sstables().unwrap();
    let place = tempfile::tempdir().unwrap();
    for known in all.iter().step_by(10) {
        let dumped = |arguments: &[&str], data: &std::path::Path| {
            let output = cqlite().arg("dump").args(arguments).arg(data).output().unwrap();
            assert!(output.status.success(), "{}: {output:?}", data.display());
            output.stdout
        };
        let rows = place.path().join("rows.jsonl");
        std::fs::write(&rows, dumped(&["--lossless"], &known.data_path)).unwrap();
        let out = place.path().join("out");
        let output =
            cqlite().args(["import", "--lossless"]).arg(&rows).arg("--out").arg(&out).output().unwrap();
        assert!(output.status.success(), "{}: {output:?}", known.data_path.display());
        let written = cqlite_tests::known::data_files(&out).unwrap();
        let [data] = written.as_slice() else { panic!("{}: {written:?}", known.data_path.display()) };
        assert_eq!(
            dumped(&["--raw-times"], data),
            dumped(&["--raw-times"], &known.data_path),
            "{}",
            known.data_path.display()
        );
        std::fs::remove_dir_all(&out).unwrap();
    }
}

/// Lines for a table with an `int` key and clustering, a static `int`, a text and a list of `int`.
fn lines(rows: &[&str]) -> String {
    const TYPES: &str = "org.apache.cassandra.db.marshal";
    let header = format!(
        "{{\"cqlite_lossless\":1,\"keyspace\":\"ks\",\"table\":\"t\",\"version\":\"nb\",\"partitioner\":\
         \"org.apache.cassandra.dht.Murmur3Partitioner\",\"key_type\":\"{TYPES}.Int32Type\",\"clustering_types\":\
         [\"{TYPES}.Int32Type\"],\"static_columns\":[{{\"name\":\"s\",\"type\":\"{TYPES}.Int32Type\"}}],\
         \"regular_columns\":[{{\"name\":\"v\",\"type\":\"{TYPES}.UTF8Type\"}},{{\"name\":\"l\",\"type\":\
         \"{TYPES}.ListType({TYPES}.Int32Type)\"}}]}}"
    );
    format!("{header}\n{}\n", rows.join("\n"))
}

#[test]
fn lines_that_make_no_sound_sstable_are_told_by_their_number_and_nothing_is_written() {
    const PARTITION: &str = r#"{"partition":{"key":"00000001"}}"#;
    const FIRST: &str = r#"{"row":{"clustering":["00000001"],"liveness":{"ts":1}}}"#;
    const SECOND: &str = r#"{"row":{"clustering":["00000002"],"liveness":{"ts":1}}}"#;
    const STATIC: &str = r#"{"static":{"cells":[{"column":"s","ts":1,"value":"00000001"}]}}"#;
    let row = |cells: &str| format!(r#"{{"row":{{"clustering":["00000001"],"cells":[{cells}]}}}}"#);
    let text = row(r#"{"column":"v","ts":1,"value":"ff"}"#);
    let path = row(r#"{"column":"l","ts":1,"path":"00112233445566778899aabbcc","value":"00000001"}"#);
    let dead = row(r#"{"column":"v","ts":1,"deleted_at":5,"value":"61"}"#);
    let cell = r#"{"column":"v","ts":1,"value":"61"}"#;
    let twice = row(&format!("{cell},{cell}"));
    let cases: [(&[&str], &str); 9] = [
        (&[r#"{"partition":{"key":"00"}}"#, FIRST], "line 2: the field 'key' is not valid: "),
        (&[PARTITION, &text], "line 3: cell 1: its path or value is not valid: "),
        (&[PARTITION, STATIC, &path], "line 4: cell 1: its path or value is not valid: "),
        (&[PARTITION, &dead], "line 3: cell 1: its path or value is not valid: a deleted cell has a value"),
        (&[PARTITION, SECOND, "", FIRST, SECOND], "line 5: the row or marker CLUSTERING (1) comes behind"),
        (&[PARTITION, FIRST, FIRST], "line 4: two rows or markers have the same clustering"),
        (&[PARTITION, FIRST, PARTITION, SECOND], "line 4: the partition 1 comes twice"),
        (&[PARTITION, &twice], "line 3: "),
        (
            &[r#"{"partition":{"key":"00000001","deletion":{"ts":1,"at":4000000000}}}"#, FIRST],
            "line 2: something expires, or was deleted, at second 4000000000 of the Unix epoch, which the version \
             'nb' cannot hold; write another version with --to",
        ),
    ];
    let place = tempfile::tempdir().unwrap();
    let (rows, out) = (place.path().join("rows.jsonl"), place.path().join("out"));
    let import = |rows_of: &[&str], options: &[&str]| {
        std::fs::write(&rows, lines(rows_of)).unwrap();
        let mut command = cqlite();
        command.args(["import", "--lossless"]).arg(&rows).arg("--out").arg(&out).args(options);
        command.output().unwrap()
    };
    for (rows_of, expected) in cases {
        let output = import(rows_of, &[]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{expected}: {output:?}");
        assert!(told.contains(&format!("rows.jsonl: {expected}")), "{expected}: {told}");
        assert!(!told.contains("Data.db") && !told.contains("report it"), "{expected}: {told}");
        assert!(!out.exists(), "{expected}");
    }
    // As damaged SSTables have them, they are taken where nobody is to check them.
    assert!(import(&[PARTITION, &text], &["--no-verify"]).status.success());
    let [data] = cqlite_tests::known::data_files(&out).unwrap().try_into().unwrap();
    let dumped = cqlite().args(["dump", "--lossless"]).arg(data).output().unwrap();
    assert!(String::from_utf8_lossy(&dumped.stdout).contains(r#""value":"ff""#), "{dumped:?}");
}
