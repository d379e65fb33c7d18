//! `cqlite query` answers over files what Cassandra answered, and refuses what Cassandra refuses.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use cqlite_tests::{
    available::corpus_or_skip, cassandra::Format, cqlite::cqlite, fixtures, known::KnownTable,
    peak::run_measured,
};
use serde_json::Value;
use serde_json::value::RawValue;

fn query(path: &Path, statement: &str, arguments: &[&str]) -> Output {
    let mut command = cqlite();
    command.arg("query").args(arguments).arg(path).arg(statement).env("NO_COLOR", "1");
    command.stdin(Stdio::null()).output().unwrap()
}

/// What is answered without a word beside it.
fn answer(path: &Path, statement: &str, arguments: &[&str]) -> String {
    let output = query(path, statement, arguments);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), told.as_str()), (Some(0), ""), "{statement} in {}", path.display());
    String::from_utf8(output.stdout).unwrap()
}

/// What is refused, with its exit code.
fn refused(path: &Path, statement: &str, code: i32) -> String {
    let output = query(path, statement, &[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(code), 0), "{statement}: {told}");
    told
}

fn orders(format: Format) -> PathBuf {
    fixtures::table(format, "shop", "orders").directory
}

#[test]
fn every_fixture_is_answered_as_select_json_answered_it() {
    let mut tables = 0;
    for table in fixtures::tables().unwrap() {
        let Some(truth) = table.json_rows().unwrap() else { continue };
        let statement = format!("SELECT * FROM \"{}\"", table.table);
        let lines = answer(&table.directory, &statement, &["--format", "jsonl"]);
        let lines: Vec<&str> = lines.split_terminator('\n').collect();
        assert_eq!(lines, truth, "{}", table.directory.display());
        tables += 1;
    }
    assert!(tables > 150, "{tables}");
}

/// The path that a table of the corpus is asked at, and the arguments for the time of the truth.
fn of_corpus(table: &KnownTable) -> Option<(PathBuf, Vec<String>)> {
    let data = table.directory.parent()?.parent()?;
    let set = data.parent()?;
    let truth: Value = serde_json::from_slice(&fs::read(set.join("truth.json")).unwrap()).unwrap();
    let mut arguments = ["--format", "jsonl", "--now"].map(str::to_owned).to_vec();
    arguments.push(truth["selected_at"].as_i64().unwrap().to_string());
    if set.join("commitlog").is_dir() {
        arguments.push("--with-commitlog".to_owned());
        return Some((data.to_owned(), arguments));
    }
    let schema = set.join("schema_internals.cql");
    let declared = fs::read_to_string(&schema).unwrap();
    let name = format!("CREATE TABLE {}.{} (", table.keyspace, table.table);
    arguments.extend(["--schema".to_owned(), schema.to_str().unwrap().to_owned()]);
    // The others are views, or compact tables, which DESCRIBE shows as comments.
    let is_compact = declared.contains(&format!("Warning: Table {}.{} omitted", table.keyspace, table.table));
    let is_declared = !is_compact && declared.lines().any(|line| line == name);
    is_declared.then(|| (table.directory.clone(), arguments))
}

#[test]
fn tables_of_the_corpus_are_answered_as_select_json_answered_them_also_with_a_commit_log() {
    let test = "tables_of_the_corpus_are_answered_as_select_json_answered_them_also_with_a_commit_log";
    let Some(corpus) = corpus_or_skip(test) else { return };
    let (mut tables, mut with_log, mut rows) = (0, 0, 0);
    for table in corpus.tables().unwrap() {
        let Some(truth) = table.json_rows().unwrap() else { continue };
        let Some((path, arguments)) = of_corpus(&table) else { continue };
        let statement = format!("SELECT * FROM {}.\"{}\"", table.keyspace, table.table);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let lines = answer(&path, &statement, &arguments);
        let lines: Vec<&str> = lines.split_terminator('\n').collect();
        assert!(
            lines == truth,
            "{} rows instead of {}, or others: {}",
            lines.len(),
            truth.len(),
            path.display()
        );
        tables += 1;
        with_log += usize::from(arguments.contains(&"--with-commitlog"));
        rows += truth.len();
    }
    assert!(
        tables > 300 && with_log > 5 && rows > 100_000,
        "{tables} tables, {with_log} with log, {rows} rows"
    );
}

#[test]
fn a_table_is_shown_as_cqlsh_shows_it() {
    let statement = "SELECT customer, total, tags, coupon FROM orders WHERE customer IN ('ada', 'zoë')";
    let expected = "
 customer | total  | tags                | coupon
----------+--------+---------------------+-----------
      ada |  18.00 |                null |      null
      ada | 129.90 | {'fragile', 'gift'} |      null
      zoë |  42.50 |      {'cold chain'} | WELCOME10

(3 rows)
";
    let now = ["--now", "1750000000"];
    assert_eq!(answer(&orders(Format::Nb), statement, &now), expected);
    let none = answer(&orders(Format::Da), "SELECT total FROM orders WHERE customer = 'mallory'", &now);
    assert_eq!(none, "\n total\n-------\n\n\n(0 rows)\n");
}

#[test]
fn the_formats_have_the_same_rows() {
    let path = orders(Format::Oa);
    let statement = "SELECT customer, name, items FROM orders";
    let lines = answer(&path, statement, &["--format", "jsonl"]);
    let array = answer(&path, statement, &["--format", "json"]);
    let rows: Vec<Box<RawValue>> = serde_json::from_str(&array).unwrap();
    assert!(rows.iter().map(|row| row.get()).eq(lines.lines()));
    assert_eq!(rows.len(), 4);
    // What SELECT JSON answers is JSON already.
    let json = answer(&path, "SELECT JSON customer, name, items FROM orders", &["--format", "jsonl"]);
    assert_eq!(json, lines);
    let csv = answer(&path, statement, &["--format", "csv"]);
    let records: Vec<&str> = csv.split_terminator("\r\n").collect();
    assert_eq!(records[0], "customer,name,items");
    assert_eq!(records.len(), 5);
    assert_eq!(answer(&path, "SELECT total FROM orders WHERE customer = 'x'", &["--format", "json"]), "[]\n");
}

#[test]
fn a_table_is_found_by_its_name_alone_where_one_is_called_so() {
    let data = fixtures::data(Format::Nb);
    let count = |statement: &str| answer(&data, statement, &["--format", "csv"]);
    assert_eq!(count("SELECT count(*) FROM orders"), "count\r\n4\r\n");
    assert_eq!(count("SELECT count(*) FROM shop.orders"), "count\r\n4\r\n");
    let told = refused(&data, "SELECT * FROM shop.orderz", 2);
    assert!(told.contains("there is no table shop.orderz here"), "{told}");
    assert!(told.contains("hint: did you mean 'shop.orders'?"), "{told}");
}

#[test]
fn names_that_are_not_known_are_refused_with_the_nearest_one() {
    let told = refused(&orders(Format::Nb), "SELECT totl FROM orders", 2);
    assert!(told.starts_with("error: Undefined column name totl in table shop.orders\n"), "{told}");
    assert!(told.contains("hint: did you mean 'total'?"), "{told}");
}

#[test]
fn what_cassandra_refuses_is_refused_with_its_words() {
    let path = orders(Format::Nb);
    let told = refused(&path, "SELECT * FROM orders WHERE status = 'open'", 2);
    assert!(told.contains("use ALLOW FILTERING"), "{told}");
    let told = refused(&path, "SELECT * FROM orders WHERE customer = 1", 2);
    assert!(told.contains("Invalid INTEGER constant (1) for \"customer\" of type text"), "{told}");
    let told = refused(&path, "SELEC * FROM orders", 2);
    assert!(told.starts_with("error: line 1:0 no viable alternative at input 'SELEC'"), "{told}");
    let told = refused(&path, "SELECT * FROM orders WHERE customer = ?", 2);
    assert!(told.contains("bind marker"), "{told}");
}

#[test]
fn what_would_change_something_is_refused_by_its_name() {
    let path = orders(Format::Nb);
    for (statement, name) in [
        ("INSERT INTO orders (customer) VALUES ('x')", "INSERT"),
        ("DROP TABLE shop.orders", "DROP TABLE"),
        ("TRUNCATE orders", "TRUNCATE"),
    ] {
        let told = refused(&path, statement, 2);
        assert_eq!(
            told,
            format!("error: {name} is refused: the files are only read, by SELECT and DESCRIBE\n")
        );
    }
}

#[test]
fn a_statement_comes_from_standard_input_and_has_to_be_utf_8() {
    let ask = |statement: &[u8]| {
        let mut command = cqlite();
        command.arg("query").arg(orders(Format::Nb)).args(["-", "--format", "csv"]).env("NO_COLOR", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(statement).unwrap();
        child.wait_with_output().unwrap()
    };
    let output = ask("SELECT name\nFROM orders -- all of it\nWHERE customer = 'zoë' LIMIT 1;".as_bytes());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "name\r\nZoë Müller\r\n");
    let output = ask(b"SELECT name FROM orders WHERE customer = '\xff'");
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(told.contains("the statement is not UTF-8: byte 42"), "{told}");
}

#[test]
fn a_statement_of_ten_megabytes_and_ten_thousand_brackets_are_answered_or_refused() {
    let path = orders(Format::Nb);
    let ask = |statement: String| {
        let mut command = cqlite();
        command.arg("query").arg(&path).arg("-").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(statement.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let long = format!("SELECT name FROM orders WHERE customer = '{}'", "x".repeat(10 << 20));
    let output = ask(long);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 2)), "{:?}: {told}", output.status);
    let deep = format!("SELECT {}1{} FROM orders", "(int) (".repeat(10_000), ")".repeat(10_000));
    let output = ask(deep);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn verbose_tells_what_was_opened_and_read() {
    let output = query(
        &fixtures::data(Format::Nb),
        "SELECT * FROM shop.orders WHERE customer = 'ada'",
        &["-v", "--format", "jsonl"],
    );
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("note: shop.orders: 1 SSTables, "), "{told}");
    assert!(told.contains("other tables were not opened"), "{told}");
    assert!(told.contains("partitions 1 found"), "{told}");
    assert!(told.contains("note: answered: 2 rows, "), "{told}");
}

#[test]
fn the_schema_of_files_is_described() {
    let text = answer(&fixtures::data(Format::Nb), "DESCRIBE TABLE shop.orders", &[]);
    assert!(text.starts_with("\nCREATE TABLE shop.orders (\n    customer text,\n"), "{text}");
    let text = answer(&orders(Format::Nb), "DESC TABLES", &[]);
    assert!(text.contains("Keyspace shop\n-------------\norders\n"), "{text}");
}

#[test]
fn a_closed_pipe_ends_an_answer_well() {
    let path = fixtures::table(Format::Nb, "rows", "wide").directory;
    let mut command = cqlite();
    command.arg("query").arg(path).arg("SELECT * FROM wide").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 10]).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn rows_of_a_damaged_sstable_are_not_left_out_silently() {
    let table = fixtures::table(Format::Nb, "merge", "events");
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join(table.directory.file_name().unwrap());
    fs::create_dir(&directory).unwrap();
    for entry in fs::read_dir(&table.directory).unwrap().map(Result::unwrap) {
        if entry.path().is_file() {
            fs::copy(entry.path(), directory.join(entry.file_name())).unwrap();
        }
    }
    let damaged = directory.join(format!("{}-Data.db", table.sstables[0].stem()));
    let mut bytes = fs::read(&damaged).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    fs::write(&damaged, bytes).unwrap();
    let output = query(&directory, "SELECT * FROM events", &["--format", "jsonl"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("Data.db"), "{told}");
}

#[test]
fn an_answer_of_any_length_takes_less_than_64_mebibytes() {
    let Some(corpus) = corpus_or_skip("an_answer_of_any_length_takes_less_than_64_mebibytes") else { return };
    let table = corpus.tables().unwrap().into_iter().find(|table| table.table == "wide_big").unwrap();
    for format in ["table", "json", "csv"] {
        let mut command = cqlite();
        command.arg("query").arg(&table.directory).arg("SELECT * FROM wide_big").args(["--format", format]);
        let measured = run_measured(&mut command);
        assert_eq!((measured.code, measured.stderr.as_str()), (Some(0), ""), "{format}");
        let mebibytes = measured.peak_bytes >> 20;
        assert!(mebibytes < 64, "{mebibytes} MiB as {format}");
    }
}
