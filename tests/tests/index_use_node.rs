//! A node finds rows by the indexes and filters that the library writes as well as by its own: with no cache and no
//! map in between, it reads as many bytes of files.
//!
//! A test takes half a minute.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{fs, path::PathBuf};

use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Cassandra, Connection, Format, Node},
    fuzz::Random,
    known::data_files,
    rewritten::{self, Rewritten},
    scratch,
};
use serde_json::Value;

/// Partitions with even keys; odd ones are absent.
const PARTITIONS: usize = 600;
/// Rows of a partition; they fill several blocks of the index.
const ROWS: usize = 120;
const READS: usize = 1_000;
/// How often all reads are made: the first times the node still loads its own code.
const WARM_UPS: usize = 2;

/// What it costs a node to read.
#[derive(Debug)]
struct Cost {
    bytes: u64,
    false_positives: u64,
}

/// The rows that a read answers, column by column.
type Rows = Vec<Vec<Option<Vec<u8>>>>;

struct Reading {
    node: Node,
    connection: Connection,
    /// What the first reads answered.
    answers: Option<Vec<Rows>>,
}

impl Reading {
    /// A node without caches, with a table of two SSTables that each hold every other partition.
    fn start(cassandra: &Cassandra, directory: PathBuf, format: Format) -> Self {
        let mut node = Node::builder(cassandra, directory)
            .format(format)
            .setting("disk_access_mode", "standard")
            .setting("file_cache_enabled", false)
            .setting("key_cache_size", "0MiB")
            .setting("row_cache_size", "0MiB")
            .start()
            .unwrap();
        let mut connection = node.connect().unwrap();
        for cql in [
            "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
            "CREATE TABLE ks.t (pk int, ck int, v text, PRIMARY KEY (pk, ck)) WITH bloom_filter_fp_chance = 0.1 \
             AND caching = {'keys': 'NONE', 'rows_per_partition': 'NONE'} \
             AND compaction = {'class': 'SizeTieredCompactionStrategy', 'enabled': false}",
        ] {
            connection.execute(cql).unwrap();
        }
        for half in 0..2 {
            for partition in (half..PARTITIONS).step_by(2) {
                connection.execute(&partition_batch(partition * 2)).unwrap();
            }
            node.flush("ks", &["t"]).unwrap();
        }
        Self { node, connection, answers: None }
    }

    /// Makes all reads some times over. The bytes are those of the last time, the false positives those of all.
    fn cost(&mut self) -> Cost {
        for _ in 0..WARM_UPS {
            self.read();
        }
        let before = self.bytes_read();
        self.read();
        let bytes = self.bytes_read() - before;
        let stats = self.node.nodetool(&["tablestats", "-F", "json", "ks.t"]).unwrap();
        let stats: Value = serde_json::from_str(stats.text()).unwrap();
        let false_positives = &stats["ks"]["tables"]["t"]["bloom_filter_false_positives"];
        let false_positives = false_positives.to_string().trim_matches('"').parse().unwrap();
        Cost { bytes, false_positives }
    }

    fn read(&mut self) {
        let mut random = Random::new(7);
        let answers = (0..READS).map(|_| self.connection.execute(&read(&mut random)).unwrap().rows).collect();
        match &self.answers {
            Some(first) => assert!(answers == *first, "the same reads have other answers"),
            None => self.answers = Some(answers),
        }
    }

    fn bytes_read(&self) -> u64 {
        let io = fs::read_to_string(format!("/proc/{}/io", self.node.pid())).unwrap();
        let line = io.lines().find_map(|line| line.strip_prefix("rchar: "));
        line.unwrap().parse().unwrap()
    }
}

fn partition_batch(pk: usize) -> String {
    let row = |ck| {
        let value = format!("{pk:08}{ck:08}").repeat(1 + (pk + ck) % 12);
        format!("INSERT INTO ks.t (pk, ck, v) VALUES ({pk}, {ck}, '{value}')")
    };
    let rows: Vec<String> = (0..ROWS).map(row).collect();
    format!("BEGIN UNLOGGED BATCH {}; APPLY BATCH", rows.join("; "))
}

/// A point, a slice forward or backward, or a key that is not there.
fn read(random: &mut Random) -> String {
    let pk = 2 * random.below(PARTITIONS);
    let (from, to) = (random.below(ROWS), random.below(ROWS));
    let condition = match random.below(10) {
        0..=3 => format!("pk = {pk} AND ck = {from}"),
        4 | 5 => format!("pk = {pk} AND ck >= {from} LIMIT 5"),
        6 => format!("pk = {pk} AND ck > {} AND ck <= {}", from.min(to), from.max(to)),
        7 => format!("pk = {pk} AND ck < {from} ORDER BY ck DESC LIMIT 5"),
        _ => format!("pk = {} AND ck = {from}", pk + 1),
    };
    format!("SELECT * FROM ks.t WHERE {condition}")
}

fn is_within_5_percent(ours: u64, theirs: u64) -> bool {
    ours.abs_diff(theirs) * 20 <= theirs
}

fn reads_cost_the_same(test: &str, format: Format) {
    if !cfg!(target_os = "linux") {
        eprintln!("SKIPPED: {test} needs /proc");
        return;
    }
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    let temporary = scratch::directory();
    let mut reading = Reading::start(&cassandra, temporary.path().join("node"), format);
    let theirs = reading.cost();

    let rewritten = temporary.path().join("ks/t");
    let flushed = data_files(&reading.node.table_directory("ks", "t")).unwrap();
    let written = rewritten::rewrite(&flushed, format.version(), &rewritten).unwrap();
    assert!(matches!(written, Rewritten::Written(_)), "{written:?}");
    reading.connection.execute("TRUNCATE ks.t").unwrap();
    reading.node.import("ks", "t", &rewritten).unwrap();
    let ours = reading.cost();
    eprintln!("{format}: Cassandra's own {theirs:?}, rewritten {ours:?}");
    assert!(theirs.bytes > 1_000_000 && theirs.false_positives > 20, "{theirs:?} says nothing");
    assert!(is_within_5_percent(ours.bytes, theirs.bytes), "{ours:?}, and {theirs:?} of its own");
    let same = is_within_5_percent(ours.false_positives, theirs.false_positives);
    assert!(same, "{ours:?}, and {theirs:?} of its own");
}

#[test]
fn reads_of_rewritten_nb_cost_a_node_what_its_own_cost() {
    reads_cost_the_same("reads_of_rewritten_nb_cost_a_node_what_its_own_cost", Format::Nb);
}

#[test]
fn reads_of_rewritten_oa_cost_a_node_what_its_own_cost() {
    reads_cost_the_same("reads_of_rewritten_oa_cost_a_node_what_its_own_cost", Format::Oa);
}

#[test]
fn reads_of_rewritten_da_cost_a_node_what_its_own_cost() {
    reads_cost_the_same("reads_of_rewritten_da_cost_a_node_what_its_own_cost", Format::Da);
}
