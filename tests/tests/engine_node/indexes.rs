//! Secondary indexes and views of a node, and what is written to their tables without one.

use cqlite_core::Database;
use cqlite_sstable::ErrorKind;
use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Connection, Format, Node},
    scratch,
};

/// How often it is looked whether a node has built its indexes.
const LOOKS: usize = 60;

fn count(connection: &mut Connection, query: &str) -> usize {
    connection.execute(query).unwrap().rows.len()
}

#[test]
fn a_node_finds_by_its_indexes_what_was_replayed_and_written_without_it() {
    let test = "a_node_finds_by_its_indexes_what_was_replayed_and_written_without_it";
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    let scratch = scratch::directory();
    let directory = scratch.path().join("node");
    let start = || {
        let node = Node::builder(&cassandra, &directory).format(Format::Nb);
        let node = node.setting("commitlog_sync", "batch").setting("materialized_views_enabled", true);
        node.start().unwrap()
    };
    let node = start();
    let mut connection = node.connect().unwrap();
    for statement in [
        "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "CREATE TABLE ks.t (k int PRIMARY KEY, v text)",
        "CREATE INDEX by_v ON ks.t (v)",
        "CREATE TABLE ks.b (k int PRIMARY KEY, v int)",
        "CREATE MATERIALIZED VIEW ks.mv AS SELECT * FROM ks.b WHERE k IS NOT NULL AND v IS NOT NULL PRIMARY KEY (v, k)",
        "INSERT INTO ks.t (k, v) VALUES (1, 'by node')",
        "INSERT INTO ks.b (k, v) VALUES (1, 1)",
    ] {
        connection.execute(statement).unwrap();
    }
    let by_index = "SELECT * FROM ks.t WHERE v = 'by node'";
    assert_eq!(count(&mut connection, by_index), 1);
    drop(connection);
    node.kill();

    let db = Database::builder(&directory).unwrap().open().unwrap();
    let write = |name: &str, key: i32, value: &[u8]| {
        let table = db.table("ks", name).unwrap();
        let update = db.update(&table, &key.to_be_bytes()).insert(&[], &[("v", Some(value))]);
        db.write(&update.unwrap().build().unwrap())
    };
    write("t", 2, b"by CQLite").unwrap();
    assert_eq!(write("b", 2, &[0, 0, 0, 9]).unwrap_err().kind(), ErrorKind::Unsupported);
    let view = db.table("ks", "mv").unwrap();
    let of_view = db.update(&view, &[0, 0, 0, 9]).insert(&[&[0, 0, 0, 2]], &[]).unwrap().build().unwrap();
    assert_eq!(db.write(&of_view).unwrap_err().kind(), ErrorKind::Unsupported);
    db.close().unwrap();

    let node = start();
    let mut connection = node.connect().unwrap();
    let queries = [by_index, "SELECT * FROM ks.t WHERE v = 'by CQLite'"];
    let mut found = Vec::new();
    for _ in 0..LOOKS {
        found = queries
            .iter()
            .map(|query| connection.execute(query).map_or(0, |result| result.rows.len()))
            .collect();
        if found == [1, 1] {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    assert_eq!(found, [1, 1], "{}", node.log());
    let counts = ["SELECT * FROM ks.t", "SELECT * FROM ks.b", "SELECT * FROM ks.mv"];
    assert_eq!(counts.map(|query| count(&mut connection, query)), [2, 1, 1]);
}
