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
    fs::{self, OpenOptions},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use cqlite_core::storage::{
    commitlog::{
        CommitLog, CommitLogOptions, FoundSegments, LogEntry, MutationHead, SegmentCompression, TableId, Tail,
    },
    fs::DiskFileSystem,
};
use cqlite_sstable::compress::Compressor;
use cqlite_tests::{
    available::cassandra_or_skip,
    cassandra::{Cassandra, Node},
    scratch,
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
        tear(log_directory, &self.mutations[0].1);
        fs::write(log_directory.join("CommitLogSpare-77"), [0; 4096]).unwrap();
    }
}

/// Puts a section behind the last one, of which only a part was written.
fn tear(log_directory: &Path, mutation: &[u8]) {
    let found = FoundSegments::list(&DiskFileSystem, log_directory).unwrap();
    let last = found.segments().iter().rfind(|segment| !segment.is_empty()).unwrap();
    let mut reader = last.open(&DiskFileSystem).unwrap();
    while reader.next_section().unwrap().is_some() {}
    let Some(&Tail::Clean { offset }) = reader.tail() else { panic!("{:?}", reader.tail()) };
    let is_compressed = reader.descriptor().unwrap().compression.is_some();
    let next = offset as u32 + 8 + mutation.len() as u32 + 12;
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&(last.name().id as u32).to_be_bytes());
    hasher.update(&((last.name().id >> 32) as u32).to_be_bytes());
    hasher.update(&(offset as u32).to_be_bytes());
    let mut section = [next.to_be_bytes(), hasher.finalize().to_be_bytes()].concat();
    section.extend((mutation.len() as u32).to_be_bytes());
    // A plain segment has zeros behind; a compressed one ends.
    section.extend(if is_compressed { &mutation[..5] } else { &[] });
    OpenOptions::new().write(true).open(last.path()).unwrap().write_all_at(&section, offset).unwrap();

    let mut reader = last.open(&DiskFileSystem).unwrap();
    while reader.next_section().unwrap().is_some() {}
    assert_eq!(reader.tail(), Some(&Tail::Torn { offset: if is_compressed { offset } else { offset + 8 } }));
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_all(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
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
