//! A node of Cassandra starts on commit logs that CQLite wrote, and shows the rows that are nowhere else.
//!
//! The test takes two minutes.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use cqlite_core::storage::{
    commitlog::{
        CommitLog, CommitLogOptions, FoundSegments, LogEntry, MutationHead, SegmentCompression, TableId,
    },
    fs::DiskFileSystem,
};
use cqlite_sstable::compress::Compressor;
use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Cassandra, Node},
    scratch::{self, copy_all},
    torn_log::tear,
};

const ROWS: i32 = 300;

/// What a node left that was killed with writes in its commit log alone.
struct Killed {
    directory: PathBuf,
    /// All mutations of its log in their order, with the table that each touches first.
    mutations: Vec<(TableId, Vec<u8>)>,
    rows: Vec<String>,
}

fn rows(node: &Node) -> Vec<String> {
    let mut rows = node.connect().unwrap().execute("SELECT JSON * FROM ks.t").unwrap().into_texts();
    rows.sort();
    rows
}

impl Killed {
    fn new(cassandra: &Cassandra, directory: &Path) -> Self {
        let node = Node::builder(cassandra, directory).setting("commitlog_sync", "batch").start().unwrap();
        let mut connection = node.connect().unwrap();
        for cql in [
            "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
            "CREATE TABLE ks.t (k int, c text, s int static, v blob, m map<text, int>, PRIMARY KEY (k, c))",
        ] {
            connection.execute(cql).unwrap();
        }
        for row in 0..ROWS {
            let (key, value) = (row % 40, format!("{row:08x}").repeat(100));
            let cql = format!(
                "INSERT INTO ks.t (k, c, s, v, m) VALUES ({key}, 'c{row}', {row}, 0x{value}, {{'a': {row}}})"
            );
            connection.execute(&cql).unwrap();
        }
        connection.execute("DELETE FROM ks.t WHERE k = 7").unwrap();
        connection.execute("DELETE FROM ks.t WHERE k = 8 AND c > 'c1'").unwrap();
        let rows = rows(&node);
        node.kill();
        let log = directory.join("commitlog");
        let mut mutations = Vec::new();
        for segment in FoundSegments::list(&DiskFileSystem, &log).unwrap().segments() {
            let mut reader = segment.open(&DiskFileSystem).unwrap();
            while let Some(section) = reader.next_section().unwrap() {
                for entry in section.entries() {
                    let table = MutationHead::parse(entry.mutation).unwrap().table;
                    mutations.push((table, entry.mutation.to_vec()));
                }
            }
        }
        fs::remove_dir_all(&log).unwrap();
        Self { directory: directory.to_owned(), mutations, rows }
    }

    /// Writes all mutations again, in groups, and then what a writer leaves that dies.
    fn log_again(&self, log_directory: &Path, compression: Option<Compressor>) {
        fs::create_dir(log_directory).unwrap();
        let options = CommitLogOptions {
            segment_bytes: 128 << 10,
            compression: compression.map(SegmentCompression::new),
            ..CommitLogOptions::default()
        };
        let log = CommitLog::open(Arc::new(DiskFileSystem), log_directory, options).unwrap();
        for group in self.mutations.chunks(3) {
            let entries: Vec<_> = group
                .iter()
                .map(|(table, mutation)| LogEntry { mutation, tables: std::slice::from_ref(table) })
                .collect();
            log.append(&entries).unwrap().wait().unwrap();
        }
        assert!(log.metrics().segments_begun > 1);
        drop(log);
        assert!(tear(log_directory), "the end of the log was torn before");
    }
}

#[test]
fn cassandra_replays_what_was_logged_plain_and_with_each_compressor() {
    let test = "cassandra_replays_what_was_logged_plain_and_with_each_compressor";
    let Some(cassandra) = cassandra_or_skip(test) else { return };
    let scratch = scratch::directory();
    let killed = Killed::new(&cassandra, &scratch.path().join("killed"));
    assert!(killed.rows.len() > 200, "{}", killed.rows.len());
    for compression in [
        None,
        Some(Compressor::Lz4),
        Some(Compressor::Snappy),
        Some(Compressor::Deflate),
        Some(Compressor::Zstd),
    ] {
        let directory = scratch.path().join(compression.map_or("plain", Compressor::class_name));
        copy_all(&killed.directory, &directory);
        killed.log_again(&directory.join("commitlog"), compression);
        let node = Node::builder(&cassandra, &directory).start().unwrap();
        assert_eq!(rows(&node), killed.rows, "{compression:?}");
        node.kill();
        fs::remove_dir_all(&directory).unwrap();
    }
    // It is the log that brings them back.
    let node = Node::builder(&cassandra, &killed.directory).start().unwrap();
    assert_eq!(rows(&node), [""; 0]);
}
