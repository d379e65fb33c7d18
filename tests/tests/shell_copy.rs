//! `COPY` of the shell writes what cqlsh wrote, and reads it again.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use cqlite_tests::{cassandra::Format, cqlite::cqlite, fixtures, repository};

/// As the records in `fixtures/copy` were written.
const DIALECT: &str = "HEADER = true AND NULL = '~'";
const DIGITS: &str = "FLOATPRECISION = 9 AND DOUBLEPRECISION = 17";

/// Tables of which cqlsh prints something else on purpose, see the test of exports.
const OTHERWISE_BY_CQLSH: [&str; 4] =
    ["collections.frozens", "collections.multi", "names.Upper", "types.times"];

fn shell(place: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = cqlite();
    command.arg("shell").args(arguments).current_dir(place).env("NO_COLOR", "1");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Who has statements of its own does not read it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn done(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), errors.as_str()), (Some(0), ""));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The records of a file, in no order: cqlsh writes ranges of tokens as they come.
fn records(text: &str) -> Vec<&str> {
    let mut records: Vec<&str> = text.split_terminator("\r\n").collect();
    records[1..].sort_unstable();
    records
}

#[test]
fn tables_are_written_as_cqlsh_wrote_them_and_read_again() {
    let place = tempfile::tempdir().unwrap();
    let data = fixtures::data(Format::Nb);
    let mut names: Vec<String> = fs::read_dir(repository().join("fixtures/copy"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".csv").map(str::to_owned))
        .filter(|name| !OTHERWISE_BY_CQLSH.contains(&name.as_str()))
        .collect();
    names.sort();
    let quoted = |name: &str| {
        let (keyspace, table) = name.split_once('.').unwrap();
        format!("{keyspace}.\"{table}\"")
    };
    let copies: Vec<String> = names
        .iter()
        .map(|name| format!("COPY {} TO '{name}.csv' WITH {DIALECT} AND {DIGITS};", quoted(name)))
        .collect();
    shell(place.path(), &[data.to_str().unwrap(), "-e", &copies.join("\n")], "");
    let mut compared = 0;
    for name in &names {
        let ours = fs::read_to_string(place.path().join(format!("{name}.csv"))).unwrap();
        let theirs = fs::read_to_string(repository().join(format!("fixtures/copy/{name}.csv"))).unwrap();
        assert_eq!(records(&ours), records(&theirs), "{name}");
        compared += records(&ours).len();
    }
    assert!(compared > 400, "{compared}");
}

#[test]
fn what_was_copied_from_a_file_is_copied_to_one_as_it_was() {
    let place = tempfile::tempdir().unwrap();
    let mut rows = 0;
    for (name, columns) in [
        ("keys.k_text", "p text, a text, d text, v int, PRIMARY KEY (p, a, d)"),
        ("types.ints", "pk int PRIMARY KEY, b bigint, i int, s smallint, t tinyint, v varint"),
        (
            "shop.orders",
            "customer text, ordered_at timestamp, order_id uuid, coupon text, items map<text, int>, name text static, \
             notes list<text>, status text, tags set<text>, total decimal, PRIMARY KEY (customer, ordered_at, order_id)",
        ),
    ] {
        let path = repository().join(format!("fixtures/copy/{name}.csv"));
        let theirs = fs::read_to_string(&path).unwrap();
        let header = theirs.split("\r\n").next().unwrap().to_owned();
        let statements = format!(
            "CREATE KEYSPACE k WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}};
             CREATE TABLE k.t ({columns});
             COPY k.t ({header}) FROM '{}' WITH {DIALECT}; COPY k.t ({header}) TO 'again.csv' WITH {DIALECT} AND {DIGITS}",
            path.display()
        );
        let output = shell(place.path(), &["--memory", "-e", &statements], "");
        done(&output);
        let ours = fs::read_to_string(place.path().join("again.csv")).unwrap();
        assert_eq!(records(&ours), records(&theirs), "{name}");
        rows += records(&ours).len();
    }
    assert!(rows > 20, "{rows}");
}

const MADE: &str =
    "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
                    CREATE TABLE k.t (id int PRIMARY KEY, note text, cents int); USE k;";

#[test]
fn rows_come_from_standard_input_and_go_to_standard_output() {
    let place = tempfile::tempdir().unwrap();
    let statements = format!(
        "{MADE} COPY t (id, note) FROM STDIN WITH DELIMITER='|'; COPY t (id, note) TO STDOUT WITH QUOTE='''' AND NULL='-'"
    );
    let output = shell(place.path(), &["--memory", "-e", &statements], "1|\"a|b\"\n2|\n\\.\nnot a row\n");
    let answers = done(&output);
    let (told, rows) = answers.split_once("seconds.\n").unwrap();
    assert!(told.starts_with("2 rows imported from STDIN in "), "{told}");
    let mut rows: Vec<&str> = rows.split_terminator("\r\n").collect();
    rows.sort_unstable();
    assert_eq!(rows, ["1,a|b", "2,-"]);
}

#[test]
fn rows_that_are_none_are_told_by_their_lines_and_kept_and_the_others_are_read() {
    let place = tempfile::tempdir().unwrap();
    fs::write(
        place.path().join("in.csv"),
        "id,note,cents\n1,good,5\nx,bad key,1\n2,too,few,fields\n,null key,1\n3,good,\n",
    )
    .unwrap();
    let statements = format!(
        "{MADE} COPY t (id, note, cents) FROM 'in.csv' WITH HEADER=true AND ERRFILE='bad.csv'; SELECT id FROM t WHERE id IN (1, 3)"
    );
    let output = shell(place.path(), &["--memory", "-e", &statements], "");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("in.csv:3: field 1: "), "{errors}");
    assert!(errors.contains("in.csv:4: there are 4 fields, and 3 columns"), "{errors}");
    assert!(errors.contains("in.csv:5: field 1 is null, and of the key"), "{errors}");
    assert!(errors.ends_with("InvalidRequest: 3 rows of in.csv were refused\n"), "{errors}");
    let bad = fs::read_to_string(place.path().join("bad.csv")).unwrap();
    assert_eq!(bad, "x,bad key,1\n2,too,few,fields\n,null key,1\n");
    assert!(String::from_utf8(output.stdout).unwrap().ends_with("(2 rows)\n"));
}

#[test]
fn options_leave_rows_and_columns_out() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("in.csv"), "1;a;7\n2;b;8\n3;c;9\n4;d;10\n").unwrap();
    let statements = format!(
        "{MADE} COPY t (id, note, cents) FROM 'in.csv' WITH DELIMITER=';' AND SKIPROWS=1 AND MAXROWS=2 AND SKIPCOLS='note' \
         AND NUMPROCESSES=4; COPY t (id, note, cents) TO 'out.csv' WITH HEADER=TRUE"
    );
    done(&shell(place.path(), &["--memory", "-e", &statements], ""));
    let out = fs::read_to_string(place.path().join("out.csv")).unwrap();
    assert_eq!(records(&out), ["id,note,cents", "2,,8", "3,,9"]);
}

#[test]
fn counters_are_counted_up() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("in.csv"), "a,5\nb,7\na,2\n").unwrap();
    let statements = "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
                      CREATE TABLE k.c (id text PRIMARY KEY, n counter); COPY k.c FROM 'in.csv'; COPY k.c TO 'out.csv'";
    done(&shell(place.path(), &["--memory", "-e", statements], ""));
    let out = fs::read_to_string(place.path().join("out.csv")).unwrap();
    let mut records: Vec<&str> = out.split_terminator("\r\n").collect();
    records.sort_unstable();
    assert_eq!(records, ["a,7", "b,7"]);
}

#[test]
fn what_cannot_be_copied_is_refused_before_anything_is_written() {
    let place = tempfile::tempdir().unwrap();
    let refused = |copy: &str| {
        let output = shell(place.path(), &["--memory", "-e", &format!("{MADE} {copy}")], "");
        assert_eq!(output.status.code(), Some(2), "{copy}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(
        refused("COPY tt TO 'x'"),
        "InvalidRequest: table k.tt does not exist\nhint: did you mean 't'?\n"
    );
    assert_eq!(
        refused("COPY t (id, sents) TO 'x'"),
        "InvalidRequest: there is no column sents in table k.t\nhint: did you mean 'cents'?\n"
    );
    assert!(refused("COPY t FROM 'nowhere.csv'").starts_with("Could not open 'nowhere.csv': "));
    assert_eq!(
        refused("COPY t TO 'x' WITH ENCODING='latin1'"),
        "the encoding 'latin1' is not supported: files are UTF-8\n"
    );
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
}
