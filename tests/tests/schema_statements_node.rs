//! What statements make of a schema, beside a node that starts on it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use cqlite_core::Database;
use cqlite_core::query::{Answer, Session};
use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Connection, Node, NodeBuilder},
    scratch,
};
use serde_json::{Value, json};

/// Statements with what a node answered: the same that CQLite's own tests compare.
const ANSWERS: &str = include_str!("../../cqlite-core/src/query/schema/answers.txt");

/// The keyspace that most of them are about, and the statement that ends it.
const END: &str = "DROP KEYSPACE g";

/// How often it is looked whether a node has built its indexes.
const LOOKS: usize = 60;

/// Of the tables of the schema all rows of the keyspace.
const STORED: [&str; 7] =
    ["keyspaces", "tables", "columns", "dropped_columns", "column_masks", "indexes", "types"];

type Row = Vec<Option<Vec<u8>>>;

fn statements() -> impl Iterator<Item = String> {
    let statement = |line: &str| {
        let values: Vec<Value> = serde_json::from_str(line).unwrap();
        values[0].as_str().unwrap().to_owned()
    };
    ANSWERS.lines().map(statement).take_while(|statement| statement != END)
}

fn ours(session: &mut Session<'_>, statement: &str) -> Vec<Row> {
    let answer = session.execute(statement, &[]).unwrap_or_else(|error| panic!("{statement}: {error}"));
    let Answer::Rows(rows) = answer else { panic!("{statement}: no rows") };
    let owned = |value: Option<&[u8]>| value.map(<[u8]>::to_vec);
    rows.rows.rows().map(|row| row.values().map(owned).collect()).collect()
}

fn theirs(connection: &mut Connection, statement: &str) -> Vec<Row> {
    connection.execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}")).rows
}

fn texts(rows: &[Row]) -> Vec<String> {
    let text = |value: &Option<Vec<u8>>| {
        value.as_ref().map_or_else(|| "null".to_owned(), |value| value.escape_ascii().to_string())
    };
    rows.iter().map(|row| row.iter().map(text).collect::<Vec<_>>().join(" | ")).collect()
}

fn questions() -> Vec<String> {
    let stored = |table: &str| format!("SELECT * FROM system_schema.{table} WHERE keyspace_name = 'g'");
    let described = ["DESCRIBE KEYSPACE g", "DESCRIBE KEYSPACE g WITH INTERNALS"].map(str::to_owned);
    STORED.into_iter().map(stored).chain(described).collect()
}

/// The configurations of memtables that Cassandra comes with.
fn with_memtables(builder: NodeBuilder) -> NodeBuilder {
    builder.setting(
        "memtable",
        json!({ "configurations": {
            "skiplist": { "class_name": "SkipListMemtable" },
            "trie": { "class_name": "TrieMemtable" },
            "default": { "inherits": "skiplist" },
        } }),
    )
}

#[test]
fn a_node_starts_on_what_statements_made_of_a_schema_and_describes_it_alike() {
    let test = "a_node_starts_on_what_statements_made_of_a_schema_and_describes_it_alike";
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    let scratch = scratch::directory();
    let directory = scratch.path().join("node");
    let db = Database::open(&directory).unwrap();
    let mut session = db.session();
    for statement in statements() {
        // Those that are refused leave nothing.
        let _ = session.execute(&statement, &[]);
    }
    for value in ["one", "two"] {
        let insert = format!("INSERT INTO g.x (k, k2, c, de) VALUES (1, 2, '{value}', 1.5)");
        session.execute(&insert, &[]).unwrap();
    }
    let written: Vec<Vec<String>> = questions().iter().map(|one| texts(&ours(&mut session, one))).collect();
    drop(session);
    db.close().unwrap();

    let start = || {
        let builder = Node::builder(&cassandra, &directory).setting("cluster_name", "Test Cluster");
        with_memtables(builder).start().unwrap()
    };
    let node = start();
    let mut connection = node.connect().unwrap();
    for (question, written) in questions().iter().zip(&written) {
        let read = texts(&theirs(&mut connection, question));
        assert_eq!(read.len(), written.len(), "{question}");
        for (theirs, ours) in read.iter().zip(written) {
            assert_eq!(theirs, ours, "{question}");
        }
    }
    // It finds by the indexes what CQLite wrote.
    let by_index = "SELECT c FROM g.x WHERE de = 1.5";
    let mut found = 0;
    for _ in 0..LOOKS {
        found = connection.execute(by_index).map_or(0, |answer| answer.rows.len());
        if found == 2 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    assert_eq!(found, 2, "{}", node.log());
    for statement in ["CREATE INDEX added ON g.o2 (k)", "DROP INDEX g.x_c_idx"] {
        let answer = connection.execute(statement);
        assert_eq!(answer.is_ok(), statement.starts_with("DROP"), "{statement}: {answer:?}");
    }
    connection.execute("ALTER TABLE g.t6 ADD (v int, w text MASKED WITH DEFAULT)").unwrap();
    connection.execute("CREATE INDEX ON g.t6 (v) USING 'sai'").unwrap();
    let described = texts(&theirs(&mut connection, "DESCRIBE KEYSPACE g"));
    node.stop().unwrap();

    // What the node made of it is read and changed again.
    let db = Database::open(&directory).unwrap();
    let mut session = db.session();
    assert_eq!(texts(&ours(&mut session, "DESCRIBE KEYSPACE g")), described);
    for statement in ["DROP INDEX g.t6_v_idx", "ALTER TABLE g.t6 DROP v", "CREATE INDEX ON g.t6 (w)"] {
        session.execute(statement, &[]).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let changed = texts(&ours(&mut session, "DESCRIBE TABLE g.t6"));
    drop(session);
    db.close().unwrap();
    let node = start();
    let mut connection = node.connect().unwrap();
    assert_eq!(texts(&theirs(&mut connection, "DESCRIBE TABLE g.t6")), changed);
    node.kill();
}
