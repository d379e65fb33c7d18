//! `cqlite shell` carries out scripts: from `-e`, from a file, and from standard input.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use cqlite_core::Database;
use cqlite_tests::{cassandra::Format, cqlite::cqlite, fixtures};

const KEYSPACE: &str =
    "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};";

const TABLE: &str = "CREATE TABLE shop.carts (id int PRIMARY KEY, item text, cents int);";

fn shell(place: &Path, arguments: &[&str]) -> Command {
    let mut command = cqlite();
    command.arg("shell").args(arguments).current_dir(place).env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

struct Told {
    code: Option<i32>,
    answers: String,
    errors: String,
}

fn told(output: Output) -> Told {
    Told {
        code: output.status.code(),
        answers: String::from_utf8(output.stdout).unwrap(),
        errors: String::from_utf8(output.stderr).unwrap(),
    }
}

/// What statements in a database in memory tell.
fn in_memory(statements: &str) -> Told {
    let place = tempfile::tempdir().unwrap();
    let told = told(shell(place.path(), &["--memory", "-e", statements]).output().unwrap());
    let left = fs::read_dir(place.path()).unwrap().count();
    assert_eq!(left, 0, "a database in memory left something behind");
    told
}

/// What is told without an error.
fn answers(statements: &str) -> String {
    let told = in_memory(statements);
    assert_eq!((told.code, told.errors.as_str()), (Some(0), ""), "{statements}");
    told.answers
}

#[test]
fn several_statements_are_carried_out_one_after_another() {
    let statements = format!(
        "{KEYSPACE} {TABLE} USE shop; INSERT INTO carts (id, item) VALUES (1, 'tea; and more') -- a comment;
         ; INSERT INTO carts (id, cents) VALUES (22, 5); SELECT id, item FROM carts WHERE id IN (1, 22)"
    );
    let expected =
        "\n id | item\n----+---------------\n  1 | tea; and more\n 22 |          null\n\n(2 rows)\n";
    assert_eq!(answers(&statements), expected);
}

#[test]
fn a_refused_statement_is_told_and_the_others_are_carried_out() {
    let statements = format!(
        "{KEYSPACE} {TABLE} SELECT itm FROM shop.carts; SELEC 1; INSERT INTO shop.carts (id) VALUES ('x'); {TABLE}
         SELECT count(*) FROM shop.carts"
    );
    let told = in_memory(&statements);
    assert_eq!(told.code, Some(2));
    let errors: Vec<&str> = told.errors.lines().collect();
    assert_eq!(errors[0], "InvalidRequest: Undefined column name itm in table shop.carts");
    assert_eq!(errors[1], "hint: did you mean 'item'?");
    assert!(
        errors[2].starts_with("SyntaxException: line 1:0 no viable alternative at input 'SELEC'"),
        "{errors:?}"
    );
    assert_eq!(errors[3], "InvalidRequest: Invalid STRING constant (x) for \"id\" of type int");
    assert!(errors[4].starts_with("AlreadyExists: "), "{errors:?}");
    assert_eq!(told.answers, "\n count\n-------\n     0\n\n(1 rows)\n");
}

#[test]
fn statements_of_a_file_are_told_of_by_their_lines() {
    let place = tempfile::tempdir().unwrap();
    let script =
        format!("\u{feff}-- a script\n{KEYSPACE}\n\n{TABLE}\n\nSELECT *\nFROM shop.nothing;\nSHOW VERSION\n");
    fs::write(place.path().join("script.cql"), script).unwrap();
    let told = told(shell(place.path(), &["--memory", "-f", "script.cql"]).output().unwrap());
    assert_eq!(told.code, Some(2));
    assert!(
        told.errors.starts_with("script.cql:6:InvalidRequest: table nothing does not exist\n"),
        "{}",
        told.errors
    );
    assert!(told.answers.starts_with("[cqlite "), "{}", told.answers);
}

#[test]
fn standard_input_that_is_no_terminal_is_a_script_without_prompt_and_banner() {
    let place = tempfile::tempdir().unwrap();
    let run = |statements: &[u8]| {
        let mut command = shell(place.path(), &["--memory"]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(statements).unwrap();
        told(child.wait_with_output().unwrap())
    };
    let good = run(format!(
        "{KEYSPACE}\nUSE shop;\nCREATE TABLE t (k int PRIMARY KEY)\n;SELECT * FROM t;\nEXIT\nSELECT"
    )
    .as_bytes());
    assert_eq!((good.code, good.errors.as_str()), (Some(0), ""));
    assert_eq!(good.answers, "\n k\n---\n\n\n(0 rows)\n");
    let open = run(b"SELECT 'never ends");
    assert_eq!(open.code, Some(2));
    assert_eq!(
        open.errors,
        "<stdin>:1:SyntaxException: line 1:18 mismatched character '<EOF>' expecting '''\n"
    );
    let bytes = run(b"SHOW HOST\nSELECT '\xff';\n");
    assert_eq!(bytes.code, Some(2));
    assert!(bytes.errors.contains("<stdin>:2:byte 8 of the line is not UTF-8"), "{}", bytes.errors);
    assert_eq!(bytes.answers, "Connected to a database in memory.\n");
}

#[test]
fn a_database_keeps_what_was_written_and_is_only_read_while_somebody_else_has_it() {
    let place = tempfile::tempdir().unwrap();
    let run = |statements: &str| told(shell(place.path(), &["db", "-e", statements]).output().unwrap());
    let made = run(&format!("{KEYSPACE}{TABLE}INSERT INTO shop.carts (id, cents) VALUES (1, 5)"));
    assert_eq!((made.code, made.errors.as_str()), (Some(0), ""));
    let expected = "\n cents\n-------\n     5\n\n(1 rows)\n";
    assert_eq!(run("SELECT cents FROM shop.carts").answers, expected);

    let db = Database::open(place.path().join("db")).unwrap();
    let read = run("SELECT cents FROM shop.carts");
    assert_eq!((read.code, read.answers.as_str()), (Some(0), expected), "{}", read.errors);
    assert!(read.errors.contains("another process has the database open"), "{}", read.errors);
    assert!(read.errors.contains("it is only read here"), "{}", read.errors);
    let written = run("DELETE FROM shop.carts WHERE id = 1");
    assert_eq!(written.code, Some(2), "{}", written.errors);
    // What is only in the log is answered to a query as well.
    let mut query = cqlite();
    query.args(["query", "db", "SELECT cents FROM carts"]).current_dir(place.path()).env("NO_COLOR", "1");
    let asked = told(query.output().unwrap());
    assert_eq!((asked.code, asked.answers.as_str(), asked.errors.as_str()), (Some(0), expected, ""));
    db.close().unwrap();
}

#[test]
fn somebodys_files_are_shown_and_nothing_is_written_there() {
    let place = tempfile::tempdir().unwrap();
    let data = fixtures::data(Format::Nb);
    let data = data.to_str().unwrap();
    let run = |statements: &str| {
        told(shell(place.path(), &[data, "-k", "shop", "-e", statements]).output().unwrap())
    };
    let read = run("SELECT name FROM orders WHERE customer = 'grace' LIMIT 1; DESCRIBE TABLES");
    assert_eq!(read.code, Some(0), "{}", read.errors);
    assert_eq!(read.answers, "\n name\n--------------\n Grace Hopper\n\n(1 rows)\n\norders\n\n");
    for statement in [
        "INSERT INTO orders (customer, name) VALUES ('x', 'y')",
        "CREATE TABLE t (k int PRIMARY KEY)",
        "TRUNCATE orders",
        "DROP KEYSPACE shop",
    ] {
        let refused = run(statement);
        assert_eq!(refused.code, Some(2), "{statement}: {}", refused.errors);
    }
    let told = told(shell(place.path(), &["nowhere/nb-1-big-Data.db", "-e", "SHOW HOST"]).output().unwrap());
    assert_eq!(told.code, Some(3), "{}", told.errors);
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
}

#[test]
fn a_conditional_write_answers_whether_it_was_applied() {
    let statements = format!(
        "{KEYSPACE}{TABLE}INSERT INTO shop.carts (id, cents) VALUES (1, 5) IF NOT EXISTS;
         UPDATE shop.carts SET cents = 7 WHERE id = 1 IF cents = 6;"
    );
    let expected = "\n [applied]\n-----------\n      True\n\n [applied] | cents\n-----------+-------\n     False |     5\n";
    assert_eq!(answers(&statements), expected);
}

#[test]
fn batches_hold_semicolons() {
    let statements = format!(
        "{KEYSPACE}{TABLE}BEGIN BATCH\nINSERT INTO shop.carts (id) VALUES (1);\nINSERT INTO shop.carts (id) VALUES (2);\n\
         APPLY BATCH; SELECT count(*) FROM shop.carts;"
    );
    assert!(answers(&statements).contains("\n     2\n"));
}

#[test]
fn expanded_answers_have_a_line_for_each_value() {
    let statements = format!(
        "{KEYSPACE}{TABLE}INSERT INTO shop.carts (id, item) VALUES (1, 'tea'); EXPAND ON; SELECT * FROM shop.carts;"
    );
    let expected = "EXPAND set to ON\n\n@ Row 1\n-------+------\n id    | 1\n cents | null\n item  | tea\n\n\n(1 rows)\n";
    assert_eq!(answers(&statements), expected);
}

#[test]
fn tracing_tells_what_a_statement_touched() {
    let statements = format!(
        "{KEYSPACE}{TABLE}INSERT INTO shop.carts (id) VALUES (1); TRACING ON; SELECT * FROM shop.carts WHERE id = 1;
         TRACING OFF; TRACING;"
    );
    let answers = answers(&statements);
    for part in [
        "TRACING set to ON\n",
        "\nTracing session:\n",
        " Request complete ",
        "Looked for 1 partitions",
        "TRACING is OFF\n",
    ] {
        assert!(answers.contains(part), "{part}: {answers}");
    }
}

#[test]
fn files_are_carried_out_and_answers_written_to_others() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("inner.cql"), format!("{KEYSPACE}\n{TABLE}\nnonsense;\nEXIT\n")).unwrap();
    let statements = "SOURCE 'inner.cql'; CAPTURE 'out.txt'; SELECT id FROM shop.carts; CAPTURE; CAPTURE OFF; \
                      SELECT cents FROM shop.carts; SOURCE 'nowhere.cql'; CAPTURE OFF";
    let told = told(shell(place.path(), &["--memory", "-e", statements]).output().unwrap());
    assert_eq!(told.code, Some(2));
    let errors: Vec<&str> = told.errors.lines().collect();
    assert!(errors[0].starts_with("inner.cql:3:SyntaxException: "), "{errors:?}");
    assert!(errors[1].starts_with("Could not open 'nowhere.cql': "), "{errors:?}");
    assert_eq!(errors[2], "Not currently capturing output.");
    let captured = fs::read_to_string(place.path().join("out.txt")).unwrap();
    assert_eq!(captured, "\n id\n----\n\n\n(0 rows)\n");
    let expected = "Now capturing query output to 'out.txt'.\nCurrently capturing query output to 'out.txt'.\n\
                    \n cents\n-------\n\n\n(0 rows)\n";
    assert_eq!(told.answers, expected);
}

#[test]
fn a_file_that_names_itself_ends() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("loop.cql"), "SOURCE 'loop.cql'\n").unwrap();
    let told = told(shell(place.path(), &["--memory", "-f", "loop.cql"]).output().unwrap());
    assert_eq!(told.code, Some(2));
    assert!(told.errors.contains("SOURCE goes no deeper than 16 files"), "{}", told.errors);
}

#[test]
fn commands_of_cqlsh_are_known() {
    let statements = "CONSISTENCY; CONSISTENCY quorum; SERIAL CONSISTENCY LOCAL_SERIAL; PAGING 7; PAGING OFF; PAGING; \
                      EXPAND; SHOW HOST; HELP paging";
    let answers = answers(statements);
    let expected = "Current consistency level is ONE.\n\
                    Consistency level set to QUORUM. There is one copy here: all levels mean the same.\n\
                    Serial consistency level set to LOCAL_SERIAL. There is one copy here: both levels mean the same.\n\
                    Page size: 7\nPAGING set to OFF\nPAGING is OFF\nEXPAND is OFF\nConnected to a database in memory.\n\
                    PAGING ON stops after each page";
    assert!(answers.starts_with(expected), "{answers}");
    let refused = in_memory("LOGIN me; CONSISTENCY MANY; HELP nothing; CREATE ROLE r; HELP");
    let errors: Vec<&str> = refused.errors.lines().collect();
    assert_eq!(errors[0], "LOGIN is refused: there is no server here, and so are no users");
    assert_eq!(errors[1], "Improper CONSISTENCY command (problem at 'MANY').");
    assert!(errors[2].starts_with("There is no help on NOTHING"), "{errors:?}");
    assert_eq!((refused.code, errors.len()), (Some(2), 4), "{errors:?}");
    assert!(refused.answers.contains("CAPTURE ['file' | OFF]"), "{}", refused.answers);
}

#[test]
fn the_schema_is_described() {
    let statements = format!("{KEYSPACE}{TABLE}DESCRIBE KEYSPACE shop; DESC TABLE shop.nothing;");
    let told = in_memory(&statements);
    assert!(told.answers.starts_with("\nCREATE KEYSPACE shop WITH "), "{}", told.answers);
    assert!(
        told.answers.contains("\n\nCREATE TABLE shop.carts (\n    id int PRIMARY KEY,\n"),
        "{}",
        told.answers
    );
    assert_eq!(
        (told.code, told.errors.as_str()),
        (Some(2), "InvalidRequest: Table 'nothing' not found in keyspace 'shop'\n")
    );
}

#[test]
fn control_characters_of_values_do_not_reach_the_terminal() {
    let statements = format!(
        "{KEYSPACE}{TABLE}INSERT INTO shop.carts (id, item) VALUES (1, 'a\u{1b}[2J\tb'); SELECT item FROM shop.carts;"
    );
    let answers = answers(&statements);
    assert!(answers.contains("a\\x1b[2J\\tb"), "{answers}");
    assert!(!answers.contains('\u{1b}'), "{answers}");
}
