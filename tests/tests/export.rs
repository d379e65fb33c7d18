//! What `cqlite export` prints is what Cassandra answered: every row of every table, in its order, to the byte.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use cqlite_tests::{
    available::corpus_or_skip,
    cassandra::Format,
    cqlite::cqlite,
    fixtures,
    known::KnownTable,
    opened::{DECLARED_HERE, selected_at},
    repository,
};
use serde_json::value::RawValue;

fn export(arguments: &[&str], paths: &[&Path]) -> Output {
    cqlite().arg("export").args(arguments).args(paths).env("NO_COLOR", "1").output().unwrap()
}

/// Exports what has to be exported well, without a word.
fn exported(arguments: &[&str], paths: &[&Path]) -> String {
    let output = export(arguments, paths);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), told.as_str()), (Some(0), ""), "{arguments:?} {paths:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The arguments and the path that mean a table of the corpus.
fn arguments_of(table: &KnownTable, place: &Path) -> (Vec<String>, PathBuf) {
    let data = table.directory.parent().and_then(Path::parent).unwrap();
    let set = data.parent().unwrap();
    let mut arguments = vec!["--now".to_owned(), selected_at(set).to_string()];
    if set.join("commitlog").is_dir() {
        arguments.push("--with-commitlog".to_owned());
        arguments.extend(["--table".to_owned(), format!("{}.{}", table.keyspace, table.table)]);
        return (arguments, data.to_owned());
    }
    let schema = match DECLARED_HERE.iter().find(|(name, _)| *name == table.table) {
        Some((name, cql)) => {
            let file = place.join(name);
            fs::write(&file, cql).unwrap();
            file
        }
        None => set.join("schema_internals.cql"),
    };
    arguments.extend(["--schema".to_owned(), schema.to_str().unwrap().to_owned()]);
    (arguments, table.directory.clone())
}

fn lines_of(table: &KnownTable, place: &Path) -> Vec<String> {
    let (arguments, path) = arguments_of(table, place);
    let mut all = vec!["--format", "jsonl"];
    all.extend(arguments.iter().map(String::as_str));
    // A text may hold any other end of a line.
    exported(&all, &[&path]).split_terminator('\n').map(str::to_owned).collect()
}

#[test]
fn lines_of_every_table_of_the_corpus_are_what_select_json_answered() {
    let Some(corpus) = corpus_or_skip("lines_of_every_table_of_the_corpus_are_what_select_json_answered")
    else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let (mut tables, mut rows) = (0, 0);
    for table in corpus.tables().unwrap() {
        // Only `system_schema` tells that rows of this view need liveness of their own, and the corpus has none of it; the view of
        // the fixtures has.
        let Some(truth) = table.json_rows().unwrap().filter(|_| table.table != "i_mv_by_a") else { continue };
        let lines = lines_of(&table, place.path());
        let at = table.directory.display();
        for (number, (line, answer)) in lines.iter().zip(&truth).enumerate() {
            assert_eq!(line, answer, "{at}, row {number}");
        }
        assert_eq!(lines.len(), truth.len(), "{at}");
        tables += 1;
        rows += lines.len();
    }
    assert!(tables > 320 && rows > 100_000, "{tables} tables, {rows} rows");
}

#[test]
fn rows_that_are_only_in_the_commit_log_of_a_killed_node_are_what_it_had_answered() {
    let name = "rows_that_are_only_in_the_commit_log_of_a_killed_node_are_what_it_had_answered";
    let Some(corpus) = corpus_or_skip(name) else { return };
    let any = corpus.tables().unwrap().remove(0);
    let mut tables = 0;
    for node in ["killed", "killed-lz4", "killed-zstd", "killed-deflate", "killed-snappy", "drained"] {
        let set = corpus.root().join(format!("cassandra50/nb/node-{node}"));
        for truth in fs::read_dir(set.join("truth/app")).unwrap().map(|entry| entry.unwrap().path()) {
            let table = format!("app.{}", truth.file_name().unwrap().to_str().unwrap());
            let known = KnownTable { rows_json: Some(truth.join("rows.json.gz")), ..any.clone() };
            let now = selected_at(&set).to_string();
            let options = ["--format", "jsonl", "--table", &table, "--now", &now, "--with-commitlog"];
            let text = exported(&options, &[&set.join("data")]);
            let answered = known.json_rows().unwrap().unwrap();
            assert!(text.split_terminator('\n').eq(answered.iter().map(String::as_str)), "{node}: {table}");
            tables += 1;
        }
    }
    assert_eq!(tables, 18);
}

#[test]
fn lines_of_every_fixture_are_what_select_json_answered() {
    let mut tables = 0;
    for table in fixtures::tables().unwrap() {
        let Some(truth) = table.json_rows().unwrap() else { continue };
        let lines = exported(&["--format", "jsonl"], &[&table.directory]);
        let lines: Vec<&str> = lines.split_terminator('\n').collect();
        assert_eq!(lines, truth, "{}", table.directory.display());
        tables += 1;
    }
    assert!(tables > 150, "{tables}");
}

#[test]
fn an_array_has_the_same_rows_as_lines() {
    let table = fixtures::table(Format::Oa, "rows", "statics");
    let lines = exported(&["--format", "jsonl"], &[&table.directory]);
    let array = exported(&["--format", "json"], &[&table.directory]);
    let rows: Vec<Box<RawValue>> = serde_json::from_str(&array).unwrap();
    assert!(rows.iter().map(|row| row.get()).eq(lines.lines()));
    assert!(rows.len() > 2, "{}", rows.len());
}

/// Tables of which cqlsh prints something else on purpose: sets and maps in Python's order, user-defined types with names in
/// quotes as tuples of Python, milliseconds and years before 1000 as Python's dates have them.
const OTHERWISE_BY_CQLSH: [&str; 4] =
    ["collections.frozens", "collections.multi", "names.Upper", "types.times"];

#[test]
fn records_of_csv_are_those_that_cqlsh_copied_of_the_same_tables() {
    let mut records = 0;
    for entry in fs::read_dir(repository().join("fixtures/copy")).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_name().unwrap().to_str().unwrap().strip_suffix(".csv") else { continue };
        if OTHERWISE_BY_CQLSH.contains(&name) {
            continue;
        }
        let (keyspace, table) = name.split_once('.').unwrap();
        let table = fixtures::table(Format::Nb, keyspace, table);
        let options =
            ["--format", "csv", "--null", "~", "--float-precision", "9", "--double-precision", "17"];
        let text = exported(&options, &[&table.directory]);
        let copied = fs::read_to_string(&path).unwrap();
        let (mut ours, mut theirs): (Vec<&str>, Vec<&str>) =
            (text.split("\r\n").collect(), copied.split("\r\n").collect());
        assert_eq!(ours[0], theirs[0], "{name}");
        // It writes ranges of tokens as they come.
        ours.sort_unstable();
        theirs.sort_unstable();
        assert_eq!(ours, theirs, "{name}");
        records += ours.len();
    }
    assert!(records > 400, "{records}");
}

#[test]
fn statements_keep_write_times_and_what_is_left_of_times_to_live() {
    let table = fixtures::table(Format::Nb, "rows", "expiring");
    let text = exported(&["--format", "cql", "--now", "1800000000"], &[&table.directory]);
    let later = exported(&["--format", "cql", "--now", "1800000100"], &[&table.directory]);
    let ttls = |text: &str| -> Vec<i64> {
        let parts = text.split(" AND TTL ").skip(1);
        parts.map(|part| part.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()).collect()
    };
    let (now, then) = (ttls(&text), ttls(&later));
    assert!(now.len() > 3, "{text}");
    assert!(now.iter().zip(&then).all(|(now, then)| now - then == 100), "{now:?} {then:?}");
    assert!(text.lines().all(|line| line.contains(" USING TIMESTAMP ") && line.ends_with(';')), "{text}");
}

#[test]
fn statements_come_with_those_that_make_the_table() {
    let table = fixtures::table(Format::Nb, "collections", "persons");
    let text = exported(&["--format", "cql", "--with-schema"], &[&table.directory]);
    for part in ["CREATE KEYSPACE ", "CREATE TYPE ", "CREATE TABLE ", "INSERT INTO collections.persons (pk"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn keys_of_which_nothing_tells_the_names_are_called_as_the_caller_says() {
    let table = fixtures::table(Format::Nb, "rows", "statics");
    let place = tempfile::tempdir().unwrap();
    let copied = place.path().join("copied");
    fs::create_dir(&copied).unwrap();
    for entry in fs::read_dir(&table.directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, copied.join(path.file_name().unwrap())).unwrap();
        }
    }
    let lines = exported(&["--format", "jsonl"], &[&copied]);
    let named = ["--format", "jsonl", "--key-names", "pk", "--clustering-names", "ck"];
    let called = exported(&named, &[&copied]);
    let truth = table.json_rows().unwrap().unwrap();
    assert!(called.lines().eq(truth.iter().map(String::as_str)), "{called}");
    assert_eq!(lines.replace("\"key\":", "\"pk\":").replace("\"clustering\":", "\"ck\":"), called);
}

/// An export that fails, and what it says.
fn fails(arguments: &[&str], paths: &[&Path], code: i32) -> String {
    let output = export(arguments, paths);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?} {paths:?}: {told}");
    told
}

#[test]
fn what_cannot_be_exported_is_told_and_never_looks_like_no_rows() {
    let lines = ["--format", "jsonl"];
    let data = fixtures::data(Format::Nb);
    let told = fails(&lines, &[&data.join("nowhere")], 3);
    assert!(told.contains("nowhere") && told.contains("check the path"), "{told}");
    let told = fails(&lines, &[&data.join("rows")], 2);
    assert!(
        told.contains("several tables") && told.contains("rows.statics") && told.contains("--table"),
        "{told}"
    );
    let told = fails(&["--format", "jsonl", "--table", "rows.static"], &[&data], 3);
    assert!(told.contains("no table rows.static here"), "{told}");
    let statics = fixtures::table(Format::Nb, "rows", "statics").directory;
    let told = fails(&["--format", "jsonl", "--with-commitlog"], &[&statics], 3);
    assert!(told.contains("no commit log"), "{told}");
    let view = fixtures::table(Format::Nb, "merge", "viewed_by_a").directory;
    let told = fails(&["--format", "cql"], &[&view], 2);
    assert!(told.contains("materialized view"), "{told}");
    let told = fails(&["--format", "jsonl", "-o", "/nowhere/file"], &[&statics], 3);
    assert!(told.contains("/nowhere/file"), "{told}");
}

#[test]
fn sstables_that_disagree_about_their_keys_are_refused_with_both_types() {
    let place = tempfile::tempdir().unwrap();
    for (number, name) in [(1, "k_int"), (2, "k_text")] {
        let table = fixtures::table(Format::Nb, "keys", name);
        let stem = table.sstables[0].stem();
        for entry in fs::read_dir(&table.directory).unwrap() {
            let path = entry.unwrap().path();
            let Some(component) = path.file_name().unwrap().to_str().unwrap().strip_prefix(&stem) else {
                continue;
            };
            fs::copy(&path, place.path().join(format!("nb-{number}-big{component}"))).unwrap();
        }
    }
    let told = fails(&["--format", "jsonl"], &[place.path()], 2);
    for part in ["nb-1-big-Statistics.db", "nb-2-big-Statistics.db", "int", "text", "partition key"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn rows_of_a_damaged_sstable_are_not_left_out_silently() {
    let table = fixtures::table(Format::Nb, "merge", "events");
    let place = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(&table.directory).unwrap().map(Result::unwrap) {
        if entry.path().is_file() {
            fs::copy(entry.path(), place.path().join(entry.file_name())).unwrap();
        }
    }
    let damaged = place.path().join(format!("{}-Statistics.db", table.sstables[0].stem()));
    let bytes = fs::read(&damaged).unwrap();
    fs::write(&damaged, &bytes[..bytes.len() / 2]).unwrap();
    let told = fails(&["--format", "jsonl"], &[place.path()], 1);
    assert!(told.contains("Statistics.db"), "{told}");
}

#[test]
fn a_closed_pipe_ends_an_export_well() {
    use std::io::Read as _;
    use std::process::Stdio;
    let table = fixtures::table(Format::Nb, "rows", "wide");
    let mut child = cqlite()
        .args(["export", "--format", "jsonl"])
        .arg(&table.directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 10]).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}
