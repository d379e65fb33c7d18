//! Statements that change no schema, as they cannot be.

use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{CqlError, Node},
    ddl::Ddl,
    scratch,
};

const MADE: [&str; 12] = [
    "CREATE KEYSPACE r WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    "CREATE TYPE r.one (a int)",
    "CREATE TYPE r.many (l list<int>)",
    "CREATE TYPE r.outer_one (o frozen<one>)",
    "CREATE TABLE r.base (k int, c int, s int static, v text, u one, PRIMARY KEY (k, c))",
    "CREATE TABLE r.only_key (k int PRIMARY KEY)",
    "CREATE TABLE r.counters (k int PRIMARY KEY, n counter, m counter)",
    "CREATE TABLE r.of_type (k frozen<one> PRIMARY KEY)",
    "ALTER TABLE r.base ADD (gone int, gone_static text static)",
    "ALTER TABLE r.base DROP gone",
    "ALTER TABLE r.base DROP gone_static",
    "ALTER TABLE r.counters DROP m",
];

/// What both refuse with the same words.
const REFUSED: [&str; 57] = [
    "CREATE KEYSPACE \"a-b\" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    "CREATE KEYSPACE a234567890123456789012345678901234567890123456789 WITH replication = {'class': 'SimpleStrategy'}",
    "CREATE KEYSPACE a WITH durable_writes = true",
    "CREATE KEYSPACE a WITH replication = {'replication_factor': 1}",
    "CREATE KEYSPACE a WITH replication = {'class': 'LocalStrategy'}",
    "CREATE KEYSPACE a WITH replication = {'class': 'NoStrategy'}",
    "CREATE KEYSPACE a WITH replication = {'class': 'SimpleStrategy'} AND more = 1",
    "CREATE KEYSPACE a WITH replication = {'class': 'SimpleStrategy'} AND durable_writes = 'maybe'",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH nothing = 1",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH gc_grace_seconds = 'x'",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH gc_grace_seconds = -1",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH gc_grace_seconds = {'a': 1}",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH compaction = 'x'",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH default_time_to_live = -1",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH default_time_to_live = 630720001",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH bloom_filter_fp_chance = 0",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH bloom_filter_fp_chance = 0.00005",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH bloom_filter_fp_chance = 1.5",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH bloom_filter_fp_chance = 'x'",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH crc_check_chance = 2",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH min_index_interval = 0",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH max_index_interval = 5",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH memtable_flush_period_in_ms = -1",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH cdc = 'maybe'",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH speculative_retry = 'soon'",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH speculative_retry = '100p'",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH speculative_retry = 'MIN(9p,8p)'",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH speculative_retry = 'MAX(9ms,8ms)'",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH caching = {'keys': 'some'}",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH caching = {'rows_per_partition': '-1'}",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH caching = {'more': 'ALL'}",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH compaction = {'min_threshold': '4'}",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH compaction = {'class': 'NoStrategy'}",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH compaction = {'class': 'SizeTieredCompactionStrategy', 'more': '4'}",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH compaction = {'class': 'SizeTieredCompactionStrategy', 'min_threshold': 1}",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH compression = {'chunk_length_in_kb': '4'}",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH compression = {'enabled': 'false', 'class': 'LZ4Compressor'}",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH compression = {'class': ''}",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH compression = {'class': 'LZ4Compressor', 'chunk_length_in_kb': 3}",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH compression = {'class': 'LZ4Compressor', 'chunk_length_in_kb': 0}",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH compression = {'class': 'LZ4Compressor', 'chunk_length_in_kb': 'x'}",
    "CREATE TABLE r.t (k int PRIMARY KEY) WITH compression = {'class': 'LZ4Compressor', 'min_compress_ratio': 0.5}",
    "CREATE TABLE r.t (k list<int> PRIMARY KEY)",
    "CREATE TABLE r.t (k one PRIMARY KEY)",
    "CREATE TABLE r.t (k counter PRIMARY KEY)",
    "CREATE TABLE r.t (k duration PRIMARY KEY)",
    "CREATE TABLE r.t (k int PRIMARY KEY, s int static)",
    "CREATE TABLE r.t (k int PRIMARY KEY, n counter, v int)",
    "CREATE TABLE r.t (k int PRIMARY KEY, n counter) WITH default_time_to_live = 5",
    "CREATE TABLE r.t (k int PRIMARY KEY, m many)",
    "CREATE TABLE r.\"t-t\" (k int PRIMARY KEY)",
    "ALTER TABLE r.base ADD v int",
    "ALTER TABLE r.only_key ADD s int static",
    "ALTER TABLE r.base ADD gone text",
    "ALTER TABLE r.base ADD gone int static",
    "ALTER TABLE r.counters ADD m counter",
    "ALTER TABLE r.base DROP k",
];

/// As above.
const REFUSED_ALSO: [&str; 11] = [
    "ALTER TABLE r.base ADD m many",
    "ALTER TABLE r.base DROP nothing",
    "ALTER TABLE r.base DROP u",
    "ALTER TABLE r.base RENAME v TO w",
    "ALTER TABLE r.base RENAME nothing TO w",
    "ALTER TABLE r.base RENAME k TO c",
    "CREATE TYPE r.one (a int)",
    "CREATE TYPE r.t (n counter)",
    "CREATE TYPE r.t (o one)",
    "DROP TYPE r.one",
    "DROP TYPE r.nothing",
];

#[test]
fn what_a_node_refuses_is_refused_with_its_words() {
    let Some(cassandra) = cassandra_or_skip("what_a_node_refuses_is_refused_with_its_words") else { return };
    let directory = scratch::directory();
    let node = Node::builder(&cassandra, directory.path()).start().unwrap();
    let mut connection = node.connect().unwrap();
    let mut ddl = Ddl::new(1_700_000_000_000_000);
    for statement in MADE {
        connection.execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        ddl.execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let mut differing = Vec::new();
    for statement in REFUSED.iter().chain(&REFUSED_ALSO) {
        let theirs = match connection.execute(statement) {
            Err(CqlError::Server { message, .. }) => message,
            other => panic!("{statement}: {other:?}"),
        };
        let ours = match ddl.execute(statement) {
            Err(error) => error.message().to_owned(),
            Ok(()) => "done".to_owned(),
        };
        if ours != theirs {
            differing.push(format!("{statement}\n  we say   {ours}\n  it says  {theirs}"));
        }
    }
    node.kill();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}
