//! A real node takes what `cqlite import` made of its own exports and answers the same `SELECT`; and what a node flushed
//! of statements is, byte for byte in Data.db, what an import of the same rows is.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::fs;
use std::path::{Path, PathBuf};

use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Connection, Node, Rows},
    cqlite::cqlite,
    known::data_files,
};

const SCHEMA: [&str; 5] = [
    "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    "CREATE TYPE ks.point (x int, y text)",
    "CREATE TYPE ks.shape (name text, at frozen<point>, tags frozen<set<text>>)",
    "CREATE TABLE ks.every (k int, c text, a ascii, b bigint, bl blob, bo boolean, d date, de decimal, do double, du duration, \
     f float, i inet, si smallint, t time, ti tinyint, ts timestamp, tu timeuuid, u uuid, v varint, l list<int>, s set<text>, \
     m map<text, frozen<list<int>>>, fl frozen<list<frozen<map<text, int>>>>, tp tuple<int, text, frozen<point>>, \
     ve vector<float, 3>, p point, fp frozen<shape>, st text static, PRIMARY KEY (k, c))",
    "CREATE TABLE ks.same (k int, c int, s int static, v text, w int, m map<text, int>, t set<int>, fl frozen<list<int>>, \
     PRIMARY KEY (k, c)) WITH CLUSTERING ORDER BY (c DESC)",
];

const EVERY: [&str; 3] = [
    "INSERT INTO ks.every (k, c, a, b, bl, bo, d, de, do, du, f, i, si, t, ti, ts, tu, u, v, l, s, m, fl, tp, ve, p, fp, st) \
     VALUES (1, 'x, \"y\"', 'asc', 9223372036854775807, 0xcafe, true, '2024-02-29', 1.10, 1.5E20, 1y2mo3d4h, -0.25, '::1', \
     -3, '08:12:54.123456789', 7, '2024-02-29 08:12:54.123Z', 50554d6e-29bb-11e5-b345-feff819cdc9f, \
     123e4567-e89b-12d3-a456-426655440000, 123456789012345678901234567890, [3, 1], {'b', 'a'}, {'k': [1, 2], 'é': []}, \
     [{'a': 1}, {}], (1, 'it''s', {x: 1, y: 'q'}), [1.5, -2, 0], {x: 5, y: 'p'}, \
     {name: 'n', at: {x: 1, y: null}, tags: {'t1', 't2'}}, 'static') USING TIMESTAMP 1000",
    "INSERT INTO ks.every (k, c) VALUES (1, 'alone') USING TIMESTAMP 1001",
    "INSERT INTO ks.every (k, c, b, s, de) VALUES (2, '', -1, {'one'}, 1E+40) USING TIMESTAMP 1002 AND TTL 200000000",
];

/// A node with the schema, and a connection to it.
fn start(node: &Node) -> Connection {
    let mut connection = node.connect().unwrap();
    for statement in SCHEMA {
        connection.execute(statement).unwrap();
    }
    connection
}

fn texts(rows: Rows) -> Vec<String> {
    rows.into_texts()
}

/// Imports a file, and returns the directory of the SSTable.
fn import(file: &Path, table: &str, options: &[&str]) -> PathBuf {
    let out = file.with_extension("out");
    let schema = SCHEMA.join(";\n");
    let mut command = cqlite();
    command.arg("import").arg(file).args(["--schema", &schema, "--table", table, "--out"]).arg(&out);
    let output = command.args(options).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let [data] = data_files(&out).unwrap().try_into().unwrap();
    data.parent().unwrap().to_owned()
}

#[test]
fn a_node_answers_from_what_was_exported_and_imported_as_it_did_before() {
    let name = "a_node_answers_from_what_was_exported_and_imported_as_it_did_before";
    let Some(cassandra) = cassandra_or_skip(name) else { return };
    let place = tempfile::tempdir().unwrap();
    let mut node = Node::builder(&cassandra, place.path().join("node")).start().unwrap();
    let mut connection = start(&node);
    for statement in EVERY {
        connection.execute(statement).unwrap();
    }
    let mut select = |what: &str| texts(connection.execute(&format!("SELECT {what} FROM ks.every")).unwrap());
    let rows = select("JSON *");
    let file = place.path().join("every.jsonl");
    fs::write(&file, select("JSON k, c, a, b, WRITETIME(b), TTL(b), bl, bo, d, de, do, du, f, i, si, t, ti, ts, tu, u, v, l, s, m, fl, tp, ve, p, fp, st").join("\n")).unwrap();
    let directory = import(&file, "ks.every", &["--timestamp", "2000"]);
    connection.execute("TRUNCATE ks.every").unwrap();
    node.import("ks", "every", &directory).unwrap();
    let mut select = |what: &str| texts(connection.execute(&format!("SELECT {what} FROM ks.every")).unwrap());
    assert_eq!(select("JSON *"), rows);
    let written = select("JSON k, c, WRITETIME(b), WRITETIME(s), TTL(b)");
    let of = |start: &str| written.iter().find(|row| row.starts_with(start)).unwrap();
    let (first, second) = (of("{\"k\": 1, \"c\": \"x"), of("{\"k\": 2"));
    assert!(first.contains("\"writetime(b)\": 1000,") && first.contains("\"ttl(b)\": null"), "{first}");
    assert!(second.contains("\"writetime(b)\": 1002,") && !second.contains("\"ttl(b)\": null"), "{second}");
    assert!(second.contains("2000"), "{second}");
    node.stop().unwrap();
}

#[test]
fn an_import_has_the_rows_and_positions_of_a_flush_of_the_same_statements() {
    let name = "an_import_has_the_rows_and_positions_of_a_flush_of_the_same_statements";
    let Some(cassandra) = cassandra_or_skip(name) else { return };
    let place = tempfile::tempdir().unwrap();
    let mut node = Node::builder(&cassandra, place.path().join("node")).start().unwrap();
    let mut connection = start(&node);
    // In one batch everything is deleted and expires by one clock.
    connection
        .execute(
            "BEGIN UNLOGGED BATCH \
             INSERT INTO ks.same (k, c, s, v, w, m, t, fl) VALUES (1, 1, 9, 'one', 1, {'b': 2, 'a': 1}, {3, 1}, [1, 2]) \
               USING TIMESTAMP 1000; \
             INSERT INTO ks.same (k, c, v) VALUES (1, 2, 'two') USING TIMESTAMP 1001 AND TTL 200000000; \
             INSERT INTO ks.same (k, c, v, w) VALUES (1, 7, null, 4) USING TIMESTAMP 1004; \
             DELETE FROM ks.same USING TIMESTAMP 1002 WHERE k = 1 AND c = 3; \
             DELETE v, m FROM ks.same USING TIMESTAMP 1003 WHERE k = 1 AND c = 4; \
             DELETE m['x'], t[5] FROM ks.same USING TIMESTAMP 1005 WHERE k = 1 AND c = 5; \
             DELETE FROM ks.same USING TIMESTAMP 1006 WHERE k = 1 AND c >= 10 AND c < 20; \
             DELETE FROM ks.same USING TIMESTAMP 1007 WHERE k = 2; \
             INSERT INTO ks.same (k, s) VALUES (3, 5) USING TIMESTAMP 1008; \
             APPLY BATCH",
        )
        .unwrap();
    node.flush("ks", &["same"]).unwrap();
    let [flushed] = data_files(&node.table_directory("ks", "same")).unwrap().try_into().unwrap();
    let dumped = |arguments: &[&str], data: &Path| {
        let output = cqlite().arg("dump").args(arguments).arg(data).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let theirs = dumped(&["--lossless"], &flushed);
    // The node's clock, by a deletion.
    let at = theirs.split("\"ts\":1002,\"at\":").nth(1).unwrap();
    let now: String = at.chars().take_while(char::is_ascii_digit).collect();
    let file = place.path().join("same.jsonl");
    let lines = r#"{"k":3,"s":5,"$timestamp":1008}
{"k":1,"c":7,"v":null,"w":4,"$timestamp":1004}
{"k":1,"c":5,"$delete_elements":{"m":["x"],"t":[5]},"$timestamp":1005}
{"k":1,"c":1,"s":9,"v":"one","w":1,"m":{"b":2,"a":1},"t":[3,1],"fl":[1,2],"$timestamp":1000}
{"k":1,"c":4,"$delete":["v","m"],"$timestamp":1003}
{"k":1,"c":2,"v":"two","$timestamp":1001,"$ttl":200000000}
{"k":2,"$delete":"partition","$timestamp":1007}
{"k":1,"c":3,"$delete":"row","$timestamp":1002}
{"k":1,"$delete_range":{">=":{"c":10},"<":{"c":20}},"$timestamp":1006}
"#;
    fs::write(&file, lines).unwrap();
    let directory = import(&file, "ks.same", &["--now", &now, "--null", "delete"]);
    let [ours] = data_files(&directory).unwrap().try_into().unwrap();
    let without_header = |text: &str| text.split_once('\n').unwrap().1.to_owned();
    assert_eq!(without_header(&dumped(&["--lossless"], &ours)), without_header(&theirs));
    assert_eq!(dumped(&["--raw-times"], &ours), dumped(&["--raw-times"], &flushed), "positions");
    node.stop().unwrap();
}
