//! `cqlite import` from the command line: what it takes, what it refuses and how it says so.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use cqlite_tests::{cqlite::cqlite, known::data_files};
use serde_json::Value;
use tempfile::TempDir;

const SCHEMA: &str = "CREATE TABLE ks.t (k text, c int, v int, w text, PRIMARY KEY (k, c))";

/// A directory with one input in it.
struct Import {
    place: TempDir,
    input: PathBuf,
}

impl Import {
    fn of(name: &str, text: impl AsRef<[u8]>) -> Self {
        let place = tempfile::tempdir().unwrap();
        let input = place.path().join(name);
        fs::write(&input, text).unwrap();
        Self { place, input }
    }

    fn out(&self) -> PathBuf {
        self.place.path().join("out")
    }

    fn run(&self, options: &[&str]) -> Output {
        let mut command = cqlite();
        command.arg("import").arg(&self.input).arg("--out").arg(self.out());
        command.args(["--schema", SCHEMA]).args(options).output().unwrap()
    }

    /// The rows that are there, each as the JSON of `cqlite dump`.
    fn rows(&self) -> Vec<Value> {
        let [data] = self.written().try_into().unwrap_or_else(|all| panic!("{all:?}"));
        let output = cqlite().arg("dump").arg("--raw-times").arg(data).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let partitions: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        partitions.iter().flat_map(|one| one["rows"].as_array().unwrap().clone()).collect()
    }

    fn written(&self) -> Vec<PathBuf> {
        data_files(&self.out()).unwrap()
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn cell<'r>(row: &'r Value, name: &str) -> &'r Value {
    row["cells"].as_array().unwrap().iter().find(|cell| cell["name"] == name).unwrap_or(&Value::Null)
}

#[test]
fn each_bad_row_is_told_by_its_line_and_nothing_is_there() {
    let long = "k".repeat(65_536);
    let cases: [(&str, String, &str); 12] = [
        (
            "x.csv",
            "a,1,2,x\n,1,2,x\n".into(),
            "line 2: a row is refused: the column k is part of the primary key and null",
        ),
        (
            "x.csv",
            format!("a,1,2,x\n{long},1,2,x\n"),
            "line 2: a row is refused: the partition key has 65536 bytes",
        ),
        ("x.csv", "a,1,x,x\n".into(), "line 1: a row is refused: column v: 'x' is no int"),
        (
            "x.csv",
            "a,99999999999,1,x\n".into(),
            "line 1: a row is refused: column c: '99999999999' is no int",
        ),
        ("x.csv", "a,1,2\n".into(), "line 1: a row is refused: there are 3 fields, not 4"),
        ("x.csv", "a,1,2,\"x\n".into(), "line 1: the record that begins here is cut off"),
        (
            "x.jsonl",
            "{\"k\":\"a\",\"c\":1}\n\n{\"c\":1}\n".into(),
            "line 3: a row is refused: the column k of the partition key is missing",
        ),
        (
            "x.jsonl",
            "{\"k\":\"\",\"c\":1}\n".into(),
            "line 1: a row is refused: the partition key k is empty",
        ),
        (
            "x.jsonl",
            "{\"k\":\"a\",\"v\":1}\n".into(),
            "line 1: a row is refused: the clustering columns are missing",
        ),
        (
            "x.jsonl",
            "{\"k\":\"a\",\"c\":1,\"x\":1}\n".into(),
            "line 1: a row is refused: the table has no column 'x'",
        ),
        ("x.jsonl", "{\"k\":\"a\",\"c\":1,\n".into(), "line 1: a row is refused: byte "),
        ("x.jsonl", "{\"k\":\"a\",\"c\":true}\n".into(), "line 1: a row is refused: column c: "),
    ];
    for (name, text, expected) in cases {
        let import = Import::of(name, text);
        let output = import.run(&[]);
        assert_eq!(output.status.code(), Some(2), "{expected}: {output:?}");
        assert!(told(&output).contains(expected), "{expected}: {}", told(&output));
        assert!(!import.out().exists(), "{expected}: nothing is to be there");
    }
}

#[test]
fn refused_rows_are_kept_as_they_stand_and_one_more_than_allowed_ends_the_import() {
    let text = "a,1,1,x\nb,bad,1,x\nc,1,1,x\nd,1,\"b\nad\",x\n";
    let import = Import::of("x.csv", text);
    let rejects = import.place.path().join("rejects.csv");
    let options = ["--max-errors", "2", "--rejects", rejects.to_str().unwrap()];
    let output = import.run(&options);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(told(&output).contains("line 2: ") && told(&output).contains("line 4: "), "{}", told(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("2 rows read, 2 refused"), "{output:?}");
    assert_eq!(fs::read_to_string(&rejects).unwrap(), "b,bad,1,x\nd,1,\"b\nad\",x\n");
    assert_eq!(import.rows().len(), 2);

    let import = Import::of("x.csv", text);
    let output = import.run(&["--max-errors", "1"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(told(&output).contains("more than 1 rows are refused"), "{}", told(&output));
    assert!(!import.out().exists());
}

#[test]
fn times_come_from_options_fields_and_columns() {
    let import = Import::of("x.csv", "k,c,v,w,ts,ttl,writetime(w)\na,1,2,x,50,100,60\nb,1,2,x,,,\n");
    let output = import.run(&[
        "--header",
        "--timestamp-column",
        "ts",
        "--ttl-column",
        "ttl",
        "--timestamp",
        "7",
        "--now",
        "1700000000",
    ]);
    assert!(output.status.success(), "{output:?}");
    let rows = import.rows();
    let of = |key: &str| rows.iter().find(|row| row["liveness_info"]["tstamp"] == key).unwrap();
    let (first, second) = (of("50"), of("7"));
    assert_eq!(first["liveness_info"]["ttl"], 100);
    assert_eq!(first["liveness_info"]["expires_at"], "1700000100");
    assert_eq!(cell(first, "w")["tstamp"], "60");
    assert_eq!(cell(first, "w")["ttl"], Value::Null, "as the row");
    assert_eq!(second["liveness_info"]["ttl"], Value::Null);
}

#[test]
fn a_null_is_no_tombstone_unless_that_is_asked_for() {
    for (options, deleted) in
        [(&["--null-string", "NULL"][..], false), (&["--null-string", "NULL", "--null", "delete"], true)]
    {
        let import = Import::of("x.csv", "a,1,NULL,x\n");
        assert!(import.run(options).status.success());
        let rows = import.rows();
        assert_eq!(cell(&rows[0], "v")["deletion_info"].is_object(), deleted);
    }
}

#[test]
fn rows_are_passed_over_at_the_beginning_and_left_at_the_end_as_copy_counts_them() {
    let import = Import::of("x.csv", "k,c,v,w\na,bad,1,x\nb,2,1,x\nc,3,1,x\nd,4,bad,x\n");
    let output = import.run(&["--header", "--skip-rows", "1", "--max-rows", "3"]);
    assert!(output.status.success(), "{output:?}");
    let mut rows: Vec<i64> = import.rows().iter().map(|row| row["clustering"][0].as_i64().unwrap()).collect();
    rows.sort_unstable();
    assert_eq!(rows, [2, 3]);
}

#[test]
fn standard_input_is_read_and_its_format_has_to_be_told() {
    let import = Import::of("x.csv", "");
    let run = |options: &[&str], text: &str| {
        let mut command = cqlite();
        command.args(["import", "-", "--schema", SCHEMA, "--out"]).arg(import.out()).args(options);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let output = run(&[], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("--format"), "{}", told(&output));
    let output = run(&["--format", "jsonl"], "{\"k\":\"a\",\"c\":1,\"v\":5}\n");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(cell(&import.rows()[0], "v")["value"], 5);
}

#[test]
fn one_import_becomes_several_sstables_by_size_and_by_tokens() {
    let text: String = (0..20_000).map(|row| format!("key{row},{row},1,{row:0100}\n")).collect();
    let import = Import::of("x.csv", &text);
    assert!(import.run(&["--split-size", "100KiB", "--compression", "none"]).status.success());
    let by_size = import.written();
    assert!(by_size.len() > 10, "{}", by_size.len());
    assert!(cqlite().arg("verify").arg(import.out()).output().unwrap().status.success());
    for data in &by_size[1..by_size.len() - 1] {
        // Ten bits a key, as for a chance of one in a hundred.
        let filter =
            data.with_file_name(data.file_name().unwrap().to_str().unwrap().replace("Data.db", "Filter.db"));
        let keys = 100 * 1024 / 130;
        let bytes = filter.metadata().unwrap().len();
        assert!((keys..3 * keys).contains(&bytes), "{bytes} bytes for about {keys} keys");
    }

    let import = Import::of("x.csv", &text);
    let tokens = import.place.path().join("tokens");
    fs::write(&tokens, "0\n-4611686018427387904\n").unwrap();
    assert!(import.run(&["--tokens", tokens.to_str().unwrap()]).status.success());
    assert_eq!(import.written().len(), 3);
}

#[test]
fn lossless_rows_go_where_their_sstable_was_and_wrong_lengths_are_told_by_line() {
    let import = Import::of("x.csv", "a,1,2,x\n");
    let id = "0123456789abcdef0123456789abcdef";
    let schema = format!("{SCHEMA} WITH id = 01234567-89ab-cdef-0123-456789abcdef");
    let mut command = cqlite();
    command.arg("import").arg(&import.input).arg("--out").arg(import.out()).args(["--schema", &schema]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let table = Path::new("ks").join(format!("t-{id}"));
    let [data] = import.written().try_into().unwrap();
    assert_eq!(data.parent().unwrap(), import.out().join(&table));
    let dumped = cqlite().args(["dump", "--lossless"]).arg(&data).output().unwrap();
    let text = String::from_utf8(dumped.stdout).unwrap();

    let again = Import::of("rows.jsonl", &text);
    let lossless = |import: &Import| {
        let mut command = cqlite();
        command
            .args(["import", "--lossless"])
            .arg(&import.input)
            .arg("--out")
            .arg(import.out())
            .output()
            .unwrap()
    };
    let output = lossless(&again);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(again.written()[0].parent().unwrap(), again.out().join(&table));

    let wrong = Import::of("rows.jsonl", text.replace("\"00000002\"", "\"0000000200\""));
    let output = lossless(&wrong);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(told(&output).contains("line 3: cell 1: the field 'value' has 5 bytes"), "{}", told(&output));
    assert!(!wrong.out().exists());

    let astray = Import::of("rows.jsonl", text.replace("\"keyspace\":\"ks\"", "\"keyspace\":\"../..\""));
    let output = lossless(&astray);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(told(&output).contains("cannot be the name of a directory"), "{}", told(&output));
}

#[test]
fn an_output_that_is_there_already_is_refused() {
    let import = Import::of("x.csv", "a,1,2,x\n");
    assert!(import.run(&[]).status.success());
    let output = import.run(&[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(told(&output).contains("there is an SSTable here already"), "{}", told(&output));
    assert_eq!(import.written().len(), 1);
}

#[test]
fn refused_rows_never_replace_a_file_that_is_there() {
    let import = Import::of("x.csv", "a,1,2,x\nb,bad,1,x\n");
    let text = fs::read(&import.input).unwrap();
    let output = import.run(&["--max-errors", "5", "--rejects", import.input.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(told(&output).contains("x.csv: there is a file already"), "{}", told(&output));
    assert_eq!(fs::read(&import.input).unwrap(), text);
    assert!(!import.out().exists());

    let sound = Import::of("x.csv", "a,1,2,x\n");
    let rejects = sound.place.path().join("rejects.csv");
    assert!(sound.run(&["--rejects", rejects.to_str().unwrap()]).status.success());
    assert!(!rejects.exists(), "no row was refused");
}

#[test]
fn a_schema_is_a_file_if_there_is_one_and_cql_if_it_begins_as_a_statement() {
    let import = Import::of("x.csv", "a,1,2,x\n");
    let run = |schema: &str, out: &str| {
        let mut command = cqlite();
        command.current_dir(import.place.path()).args(["import", "x.csv", "--schema", schema, "--out", out]);
        command.output().unwrap()
    };
    fs::write(import.place.path().join("create_tables.cql"), SCHEMA).unwrap();
    for (schema, out) in [
        ("create_tables.cql", "1"),
        ("USE ks; CREATE TABLE t (k text, c int, v int, w text, PRIMARY KEY (k, c))", "2"),
        ("  create\nTABLE ks.t (k text, c int, v int, w text, PRIMARY KEY (k, c))", "3"),
    ] {
        let output = run(schema, out);
        assert!(output.status.success(), "{schema}: {output:?}");
        assert_eq!(data_files(&import.place.path().join(out)).unwrap().len(), 1, "{schema}");
    }
    let output = run("create_others.cql", "4");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(told(&output).contains("create_others.cql: "), "{}", told(&output));
    assert!(!told(&output).contains("CQL: line"), "{}", told(&output));
}

#[test]
fn what_the_version_cannot_hold_is_a_refused_row_or_told_before_any() {
    let import = Import::of(
        "x.jsonl",
        "{\"k\":\"a\",\"$delete\":\"partition\",\"$timestamp\":-5}\n{\"k\":\"a\",\"c\":1}\n",
    );
    let output = import.run(&["--to", "oa", "--max-errors", "5"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(told(&output).contains("line 1: the partition is deleted with the write time -5"), "{output:?}");
    assert_eq!(import.rows().len(), 1);

    let import = Import::of("x.csv", "a,1,2,x\n");
    let output = import.run(&["--to", "me", "--compression", "zstd"]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(told(&output).contains("Zstd, which the version 'me' cannot hold; write another"), "{output:?}");
    assert!(!told(&output).contains("--lossy"), "{output:?}");
    assert!(!import.out().exists());
}

#[test]
fn the_first_id_is_none_that_cassandra_does_not_have() {
    let import = Import::of("x.csv", "a,1,2,x\n");
    for id in ["0", "2147483648"] {
        let output = import.run(&["--first-id", id]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(told(&output).contains("--first-id"), "{}", told(&output));
    }
    assert!(!import.out().exists());
}

#[test]
fn the_last_row_of_a_key_counts_and_with_one_time_for_all_the_greater_value() {
    let text = "a,1,2,z\na,1,3,a\n";
    for (options, v, w) in [(&[][..], 3, "a"), (&["--timestamp", "7"], 3, "z")] {
        let import = Import::of("x.csv", text);
        assert!(import.run(options).status.success());
        let rows = import.rows();
        assert_eq!((&cell(&rows[0], "v")["value"], &cell(&rows[0], "w")["value"]), (&v.into(), &w.into()));
    }
}
