//! SSTables of all versions in one compaction: a real node answers from what they became as from themselves.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    slice,
};

use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Connection, Format, Node, OldVersion},
    fixtures,
    known::data_files,
    rewritten::{self, Compaction, Rewritten},
    scratch,
};

/// The tables of the old fixtures that change more than what the fixtures have in each version, and the two writes.
const TABLES: [(&str, &str, [&str; 2]); 3] = [
    (
        "collections",
        "(k text PRIMARY KEY, l list<int>, m map<text, int>, n int, s set<text>, z frozen<map<int, text>>)",
        [
            "UPDATE old.collections SET m = m + {'new': 7}, s = s - {'x'}, l = l + [8] WHERE k = 'k1'",
            "INSERT INTO old.collections (k, n, s) VALUES ('z', 9, {'only here'})",
        ],
    ),
    (
        "dense",
        "(k int, c int, v text, PRIMARY KEY (k, c)) WITH COMPACT STORAGE",
        [
            "INSERT INTO old.dense (k, c, v) VALUES (1, 76, 'new')",
            "DELETE FROM old.dense WHERE k = 2 AND c = 5",
        ],
    ),
    (
        "static_compact",
        "(k int PRIMARY KEY, c int, v text) WITH COMPACT STORAGE",
        [
            "INSERT INTO old.static_compact (k, v) VALUES (1, 'new')",
            "DELETE FROM old.static_compact WHERE k = 2",
        ],
    ),
];

type Values = Vec<Vec<Option<Vec<u8>>>>;

/// What a node answers from the SSTables in a directory, which are gone from there.
fn answer(node: &mut Node, connection: &mut Connection, table: &str, directory: &Path) -> Values {
    connection.execute(&format!("TRUNCATE old.{table}")).unwrap();
    node.import("old", table, directory).unwrap();
    connection.execute(&format!("SELECT * FROM old.{table}")).unwrap().rows
}

/// Puts what Cassandra wrote in each version into a directory: the oldest ones, `da` of the first write to the node,
/// and `nb` of the second.
fn inputs(node: &Node, table: &str, directory: &Path) -> Vec<PathBuf> {
    fs::create_dir_all(directory).unwrap();
    for version in OldVersion::ALL {
        let old = fixtures::root().join(version.letters).join("old").join(table);
        data_files(&old).unwrap().iter().for_each(|data| drop(rewritten::copy(data, directory)));
    }
    let flushed = data_files(&node.table_directory("old", table)).unwrap();
    assert_eq!(flushed.len(), 2, "{flushed:?}");
    rewritten::copy(&flushed[0], directory);
    let alone = scratch::directory();
    match rewritten::rewrite(slice::from_ref(&flushed[1]), "nb", alone.path()).unwrap() {
        Rewritten::Written(written) => drop(rewritten::copy(&written[0], directory)),
        Rewritten::Refused(words) => panic!("{words}"),
    }
    data_files(directory).unwrap()
}

#[test]
fn sstables_of_all_versions_become_one_of_any_version_with_the_same_rows() {
    let test = "sstables_of_all_versions_become_one_of_any_version_with_the_same_rows";
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    let root = scratch::directory();
    let mut node = Node::builder(&cassandra, root.path().join("node")).format(Format::Da).start().unwrap();
    let mut connection = node.connect().unwrap();
    let replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
    connection.execute(&format!("CREATE KEYSPACE old WITH replication = {replication}")).unwrap();
    for (table, columns, writes) in TABLES {
        connection.execute(&format!("CREATE TABLE old.{table} {columns}")).unwrap();
        for write in writes {
            connection.execute(write).unwrap();
            node.flush("old", &[table]).unwrap();
        }
        let place = |what: &str| root.path().join(what).join("old").join(table);
        let data = inputs(&node, table, &place("inputs"));
        assert_eq!(data.len(), OldVersion::ALL.len() + 2);
        fs::create_dir_all(place("copies")).unwrap();
        data.iter().for_each(|data| drop(rewritten::copy(data, &place("copies"))));
        let before = answer(&mut node, &mut connection, table, &place("copies"));
        assert!(before.len() > 1, "{before:?}");
        for version in rewritten::VERSIONS {
            let compacted = rewritten::compact(&data, &Compaction { version, purge: None }, &place(version));
            assert!(matches!(&compacted, Rewritten::Written(one) if one.len() == 1), "{compacted:?}");
            let after = answer(&mut node, &mut connection, table, &place(version));
            assert_eq!(after, before, "{table} as {version}");
        }
    }
    node.stop().unwrap();
}
