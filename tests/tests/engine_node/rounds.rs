//! CQLite writes and is left, a node answers, writes and is left, and CQLite answers again.

use std::sync::Arc;

use cqlite_core::{Database, catalog::Table};
use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Format, Node, quoted},
    filled, scratch,
    torn_log::tear,
    writing::{KEYSPACE, TABLES, Writing},
};

use super::place::{Place, answers_of_node, host_id, stored_host_id};

/// How a database or a node is left.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    /// Closed or drained.
    Empty,
    /// With writes in the commit log alone.
    Full,
}

struct Round {
    /// The mode, the compressor of the commit log and the version of SSTables.
    writing: [&'static str; 3],
    left: Left,
    node: Format,
    /// The compressor of the node's commit log.
    node_compressor: Option<&'static str>,
    node_left: Left,
}

/// Has a node make a table, change one and empty one.
fn change_schema(node: &Node, tables: &[Arc<Table>], number: u64) {
    let mut connection = node.connect().unwrap();
    let count = tables.len() as u64;
    let name = |place: u64| quoted(tables[(place % count) as usize].name());
    for statement in [
        format!(
            "CREATE TABLE {KEYSPACE}.of_node_{number} (k int, c text, s set<text>, v frozen<list<int>>, PRIMARY KEY (k, c)) \
             WITH CLUSTERING ORDER BY (c DESC)"
        ),
        format!("ALTER TABLE {KEYSPACE}.of_node_{number} ADD st text static"),
        format!("TRUNCATE {KEYSPACE}.{}", name(3 + 5 * number)),
    ] {
        connection.execute(&statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

/// The directory while a node uses it.
fn beside(place: &Place<'_>) -> Database {
    Database::open_read_only(&place.directory).unwrap()
}

fn go_around(test: &str, seed: u64, rounds: &[Round]) {
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    let seed = seed + std::env::var("CQLITE_NODE_SEED").map_or(0, |more| more.parse().unwrap());
    let scratch = scratch::directory();
    let mut place = Place::new(scratch.path(), &cassandra);
    let (mut of_node, mut host) = (None, None);
    for (number, round) in (0..).zip(rounds) {
        let writing = Writing::parse(&round.writing).unwrap();
        let db = place.open(writing);
        match &of_node {
            None => filled::create(&db, KEYSPACE, TABLES, seed).unwrap(),
            Some(theirs) => place.assert_same(&place.answers_of(&db).1, theirs),
        }
        let ours = stored_host_id(&db);
        assert_eq!(*host.get_or_insert_with(|| ours.clone()), ours);
        filled::write(&db, KEYSPACE, seed + 10 * number).unwrap();
        let (tables, answers) = place.answers_of(&db);
        match round.left {
            Left::Empty => db.close().unwrap(),
            Left::Full => {
                drop(db);
                assert!(tear(&place.log_directory()), "{:?}", round.writing);
            }
        }
        place.dump_all();

        let mut node = place.node(round.node);
        if let Some(compressor) = round.node_compressor {
            node = node.setting("commitlog_compression", serde_json::json!([{ "class_name": compressor }]));
        }
        let mut node = node.start().unwrap();
        place.compare_node(&node, &tables, &answers);
        assert_eq!(Some(host_id(&node)), host);
        node.nodetool(&["verify", "-f", "-e", KEYSPACE]).unwrap();
        change_schema(&node, &tables, number);
        let tables = filled::tables(&beside(&place), KEYSPACE);
        place.change_by(&node, &tables, seed + 10 * number + 5);
        let theirs = answers_of_node(&node, &tables);
        // Beside the running node, with what is in its commit log alone.
        place.assert_same(&place.answers_of(&beside(&place)).1, &theirs);
        of_node = Some(theirs);
        match round.node_left {
            Left::Empty => node.stop().unwrap(),
            Left::Full => node.kill(),
        }
    }
    let db = place.open(Writing::parse(&rounds[0].writing).unwrap());
    place.assert_same(&place.answers_of(&db).1, &of_node.unwrap());
    drop(db);
    eprintln!("{test}: {:?} in {} rounds", place.counted, rounds.len());
}

#[test]
fn a_node_answers_what_cqlite_wrote_and_cqlite_what_the_node_wrote() {
    let rounds = [
        Round {
            writing: ["batch", "none", "nb"],
            left: Left::Empty,
            node: Format::Nb,
            node_compressor: None,
            node_left: Left::Empty,
        },
        Round {
            writing: ["group", "lz4", "nb"],
            left: Left::Full,
            node: Format::Nb,
            node_compressor: None,
            node_left: Left::Full,
        },
        Round {
            writing: ["write-back", "zstd", "nb"],
            left: Left::Full,
            node: Format::Nb,
            node_compressor: Some("LZ4Compressor"),
            node_left: Left::Full,
        },
    ];
    go_around("a_node_answers_what_cqlite_wrote_and_cqlite_what_the_node_wrote", 101, &rounds);
}

#[test]
fn so_they_do_with_the_formats_of_cassandra_5() {
    let rounds = [
        Round {
            writing: ["periodic", "snappy", "oa"],
            left: Left::Full,
            node: Format::Oa,
            node_compressor: Some("ZstdCompressor"),
            node_left: Left::Full,
        },
        Round {
            writing: ["off", "deflate", "da"],
            left: Left::Full,
            node: Format::Da,
            node_compressor: Some("DeflateCompressor"),
            node_left: Left::Full,
        },
        Round {
            writing: ["off", "none", "nb"],
            left: Left::Full,
            node: Format::Oa,
            node_compressor: Some("SnappyCompressor"),
            node_left: Left::Empty,
        },
    ];
    go_around("so_they_do_with_the_formats_of_cassandra_5", 202, &rounds);
}
