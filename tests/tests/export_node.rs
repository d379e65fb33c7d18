//! What `cqlite export` prints of the directory of a real node is what the node answers, and the node makes the same rows again of the
//! statements.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::path::Path;

use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Connection, Node},
    cqlite::cqlite,
};

const SCHEMA: [&str; 5] = [
    "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    "CREATE TYPE ks.point (x int, y text)",
    "CREATE TABLE ks.t (k int, c text, s text static, a int, b bigint, ts timestamp, d date, du duration, l list<text>, \
     st set<int>, m map<text, int>, p point, fp frozen<point>, tp tuple<int, text>, PRIMARY KEY (k, c))",
    "CREATE TABLE ks.counts (k int PRIMARY KEY, n counter)",
    "CREATE MATERIALIZED VIEW ks.v AS SELECT k, c, a, b FROM ks.t WHERE a IS NOT NULL AND k IS NOT NULL AND c IS NOT NULL \
     PRIMARY KEY (a, k, c)",
];

const WRITES: [&str; 9] = [
    "INSERT INTO ks.t (k, c, s, a, b, ts, d, du, l, st, m, p, fp, tp) VALUES (1, 'it''s \"x\"', 'stat', 1, 2, 12345, '2024-02-29', 1y2d, \
     ['b', 'a', 'b'], {3, 1}, {'k': 1}, {x: 1, y: 'q'}, {x: null, y: ''}, (1, null)) USING TIMESTAMP 1000",
    "UPDATE ks.t USING TIMESTAMP 2000 SET b = 9, l = l + ['z'], m['n'] = 5, p.y = 'later' WHERE k = 1 AND c = 'it''s \"x\"'",
    "UPDATE ks.t USING TIMESTAMP 2500 AND TTL 200000000 SET st = st + {7}, a = 4 WHERE k = 1 AND c = 'it''s \"x\"'",
    "UPDATE ks.t USING TIMESTAMP 3000 SET a = 5 WHERE k = 2 AND c = 'no liveness'",
    "INSERT INTO ks.t (k, s) VALUES (3, 'static alone') USING TIMESTAMP 4000",
    "INSERT INTO ks.t (k, c) VALUES (4, '') USING TIMESTAMP 5000 AND TTL 200000000",
    "UPDATE ks.t USING TIMESTAMP 5500 SET a = null WHERE k = 2 AND c = 'no liveness'",
    "UPDATE ks.counts SET n = n + 5 WHERE k = 1",
    "UPDATE ks.counts SET n = n - 7 WHERE k = 2",
];

fn select(connection: &mut Connection, what: &str) -> Vec<String> {
    connection.execute(&format!("SELECT {what}")).unwrap().into_texts()
}

fn exported(path: &Path, options: &[&str]) -> String {
    let output = cqlite().arg("export").args(options).arg(path).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_node_answers_as_its_directory_was_exported_and_makes_the_rows_again() {
    let name = "a_node_answers_as_its_directory_was_exported_and_makes_the_rows_again";
    let Some(cassandra) = cassandra_or_skip(name) else { return };
    let place = tempfile::tempdir().unwrap();
    let mut node = Node::builder(&cassandra, place.path().join("node"))
        .setting("materialized_views_enabled", true)
        .start()
        .unwrap();
    let mut connection = node.connect().unwrap();
    for (number, statement) in SCHEMA.iter().chain(&WRITES).enumerate() {
        connection.execute(statement).unwrap();
        if number == SCHEMA.len() + 1 {
            node.flush("ks", &["t"]).unwrap();
        }
    }
    node.flush("ks", &[]).unwrap();
    let lines = ["--format", "jsonl", "--table"];
    for table in ["ks.t", "ks.v", "ks.counts"] {
        let answered = select(&mut connection, &format!("JSON * FROM {table}"));
        let text = exported(&node.data(), &[&lines[..], &[table]].concat());
        assert!(
            text.split_terminator('\n').eq(answered.iter().map(String::as_str)),
            "{table}: {answered:#?}\n{text}"
        );
    }
    let questions = [
        "JSON * FROM ks.t",
        "JSON k, c, WRITETIME(a), WRITETIME(b), TTL(a), WRITETIME(s) FROM ks.t",
        "JSON * FROM ks.counts",
    ];
    let before = questions.map(|question| select(&mut connection, question));
    let statements =
        ["ks.t", "ks.counts"].map(|table| exported(&node.data(), &["--format", "cql", "--table", table]));
    connection.execute("DROP MATERIALIZED VIEW ks.v").unwrap();
    for (table, statements) in ["ks.t", "ks.counts"].iter().zip(statements) {
        connection.execute(&format!("TRUNCATE {table}")).unwrap();
        for statement in statements.split_terminator(";\n") {
            connection.execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    }
    let after = questions.map(|question| select(&mut connection, question));
    assert_eq!(without_seconds(&before), without_seconds(&after));
    node.stop().unwrap();
}

/// The answers with times to live in days, since some seconds pass.
fn without_seconds(answers: &[Vec<String>]) -> Vec<String> {
    let days = |row: &String| match row.split_once("\"ttl(a)\": ") {
        Some((front, behind)) => {
            let (seconds, rest) = behind.split_once(',').unwrap();
            let days =
                seconds.parse::<i64>().map_or(seconds.to_owned(), |seconds| (seconds / 86_400).to_string());
            format!("{front}{days}{rest}")
        }
        None => row.clone(),
    };
    answers.iter().flatten().map(days).collect()
}
