//! What the merge and the purge make of several SSTables is what a compaction of a real node leaves of them, cell by cell.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

mod histories;

use std::fs;
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cqlite_sstable::merge::{LazySource, Merge, NoOverlaps, Purge, PurgeOptions, PurgeReport, SharedColumns};
use cqlite_sstable::reader::{ScanOptions, Sstable};
use cqlite_sstable::row::ClusteringOrder;
use cqlite_tests::cassandra::{Format, Node};
use cqlite_tests::fuzz::Random;
use cqlite_tests::{
    available::cassandra_or_skip, cqlite::cqlite, rows_told::ColumnNames, rows_told::rows_told, scratch,
};
use histories::{Shape, statement};

const TABLES: u64 = 20;
const HISTORIES_A_TABLE: u64 = 10;
const FLUSHES: u64 = 4;

/// With the first, nothing is ever old enough to be purged; with the second, everything is.
const KEYSPACES: [(&str, i64); 2] = [("kept", i32::MAX as i64), ("purged", 0)];

fn data_files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.to_string_lossy().ends_with("-Data.db")).collect();
    files.sort();
    files
}

fn table_directory(node: &Node, keyspace: &str, table: &str) -> PathBuf {
    let entries = fs::read_dir(node.data().join(keyspace)).unwrap().map(|entry| entry.unwrap().path());
    let is_it = |path: &PathBuf| {
        path.file_name().unwrap().to_string_lossy().rsplit_once('-').is_some_and(|(name, _)| name == table)
    };
    entries.into_iter().find(is_it).unwrap()
}

/// Keeps the files of a directory under another name when Cassandra removes them.
fn link(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            fs::hard_link(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

fn merged(files: &[PathBuf], now_seconds: i64, gc_grace_seconds: i64) -> (Vec<String>, PurgeReport) {
    let sstables: Vec<Sstable> = files.iter().map(|file| Sstable::open(file).unwrap()).collect();
    let headers: Vec<_> = sstables.iter().map(Sstable::header).collect();
    let columns = Arc::new(SharedColumns::new(&headers).unwrap());
    let names = ColumnNames::of_header(&columns.header(&headers).unwrap());
    let order = ClusteringOrder::new(headers[0].clustering_types.clone());
    let sources = sstables.iter().map(|one| LazySource::opened(one.scan(ScanOptions::default()).unwrap()));
    let merge = Merge::new(sstables[0].partitioner().unwrap(), columns, order, sources.collect());
    let options = PurgeOptions {
        now_seconds,
        gc_before_seconds: now_seconds - gc_grace_seconds,
        keeps_unrepaired: false,
        strict_liveness: false,
        has_counters: false,
    };
    let mut purge = Purge::purging(merge, options, NoOverlaps);
    let told = rows_told(&mut purge, &names).unwrap();
    (told, *purge.report())
}

fn compacted(files: &[PathBuf]) -> Vec<String> {
    let Some(file) = files.first() else { return Vec::new() };
    assert_eq!(files.len(), 1, "{files:?}");
    let sstable = Sstable::open(file).unwrap();
    let names = ColumnNames::of_header(sstable.header());
    rows_told(&mut sstable.scan(ScanOptions::default()).unwrap(), &names).unwrap()
}

/// Writes the same histories into the tables of both keyspaces, flushed several times.
fn write_histories(node: &mut Node, shapes: &[Shape]) {
    let mut connection = node.connect().unwrap();
    for (keyspace, gc_grace_seconds) in KEYSPACES {
        connection.execute(&format!(
            "CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
        )).unwrap();
        connection.execute(&format!("CREATE TYPE {keyspace}.pair (a int, b text)")).unwrap();
        for shape in shapes {
            connection.execute(&shape.create(keyspace, gc_grace_seconds)).unwrap();
        }
    }
    for flush in 0..FLUSHES {
        for (keyspace, _) in KEYSPACES {
            for shape in shapes {
                for history in 0..HISTORIES_A_TABLE {
                    let seed = (shape.seed * HISTORIES_A_TABLE + history) * FLUSHES + flush;
                    let mut random = Random::new(seed);
                    for _ in 0..4 + random.below(10) {
                        let cql = statement(keyspace, shape, history, &mut random);
                        connection.execute(&cql).unwrap_or_else(|error| panic!("{cql}: {error}"));
                    }
                }
            }
        }
        for (keyspace, _) in KEYSPACES {
            node.flush(keyspace, &[]).unwrap();
        }
    }
}

#[test]
fn merged_and_purged_rows_are_those_that_cassandra_leaves_when_it_compacts() {
    let Some(cassandra) = cassandra_or_skip("merged_and_purged_rows") else { return };
    let directory = scratch::directory();
    let mut node = Node::builder(&cassandra, directory.path()).format(Format::Oa).start().unwrap();
    let shapes: Vec<Shape> = (0..TABLES).map(Shape::new).collect();
    write_histories(&mut node, &shapes);
    // What has a TTL of one second expires, and what is deleted becomes older than this second.
    thread::sleep(Duration::from_secs(3));
    let copy = |keyspace: &str, table: &str| directory.path().join("copies").join(keyspace).join(table);
    for (keyspace, _) in KEYSPACES {
        for shape in &shapes {
            link(&table_directory(&node, keyspace, &shape.table), &copy(keyspace, &shape.table));
        }
    }
    let now_seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    for (keyspace, _) in KEYSPACES {
        node.nodetool(&["compact", keyspace]).unwrap();
    }
    let (mut lines, mut purged, mut made_tombstones) = (0, 0, 0);
    for (keyspace, gc_grace_seconds) in KEYSPACES {
        for shape in &shapes {
            let inputs = data_files(&copy(keyspace, &shape.table));
            assert!(inputs.len() as u64 >= 2, "{inputs:?}");
            let (ours, report) = merged(&inputs, now_seconds, gc_grace_seconds);
            let theirs = compacted(&data_files(&table_directory(&node, keyspace, &shape.table)));
            for (number, (our, their)) in ours.iter().zip(&theirs).enumerate() {
                let before = &ours[number.saturating_sub(12)..number].join("\n");
                assert_eq!(our, their, "{keyspace}.{} line {number}, behind\n{before}", shape.table);
            }
            assert_eq!(ours.len(), theirs.len(), "{keyspace}.{}", shape.table);
            if keyspace == "kept" {
                assert_eq!(report.purged.total(), 0);
            }
            lines += ours.len();
            purged += report.purged.total();
            made_tombstones += report.cells_made_tombstones;
        }
    }
    println!("{lines} lines equal, {purged} tombstones purged, {made_tombstones} cells made tombstones");
    assert!(lines > 10_000 && purged > 2_000 && made_tombstones > 500, "{lines} {purged} {made_tombstones}");
    node.stop().unwrap();
}

/// An SSTable as no flush writes one: deletions of partitions beside static cells and rows that they cover.
const COVERED: &str = r#"{"cqlite_lossless":1,"keyspace":"alone","table":"t","version":"oa","partitioner":"org.apache.cassandra.dht.Murmur3Partitioner","key_type":"org.apache.cassandra.db.marshal.Int32Type","clustering_types":["org.apache.cassandra.db.marshal.Int32Type"],"static_columns":[{"name":"s","type":"org.apache.cassandra.db.marshal.Int32Type"},{"name":"z","type":"org.apache.cassandra.db.marshal.Int32Type"}],"regular_columns":[{"name":"v","type":"org.apache.cassandra.db.marshal.Int32Type"}]}
{"partition":{"key":"00000001","text":"1","deletion":{"ts":10,"at":1700000000}}}
{"static":{"cells":[{"column":"s","ts":5,"value":"00000001"},{"column":"z","ts":20,"value":"00000002"}]}}
{"row":{"clustering":["00000001"],"liveness":{"ts":3},"cells":[{"column":"v","ts":3,"value":"00000003"}]}}
{"partition":{"key":"00000002","text":"2","deletion":{"ts":10,"at":1700000000}}}
{"static":{"cells":[{"column":"s","ts":10,"value":"00000004"}]}}
{"row":{"clustering":["00000001"],"liveness":{"ts":11},"cells":[{"column":"v","ts":11,"value":"00000005"}]}}
{"partition":{"key":"00000004","text":"4"}}
{"static":{"cells":[{"column":"s","ts":1,"value":"00000006"}]}}
"#;

/// The one SSTable that a compaction left in place of `before`.
fn behind_compaction(directory: &Path, before: &[PathBuf]) -> Vec<PathBuf> {
    let names = |paths: &[PathBuf]| -> Vec<_> {
        paths.iter().map(|path| path.file_name().unwrap().to_owned()).collect()
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let after = data_files(directory);
        if after.len() == 1 && names(&after) != names(before) {
            return after;
        }
        assert!(Instant::now() < deadline, "the compaction left {after:?}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn of_one_sstable_cassandra_too_holds_the_static_row_against_the_deletion_of_its_partition() {
    let Some(cassandra) = cassandra_or_skip("of_one_sstable_cassandra_too") else { return };
    let directory = scratch::directory();
    let mut node =
        Node::builder(&cassandra, directory.path().join("node")).format(Format::Oa).start().unwrap();
    let mut connection = node.connect().unwrap();
    let create = format!(
        "CREATE TABLE alone.t (k int, c int, s int static, z int static, v int, PRIMARY KEY (k, c)) WITH \
         gc_grace_seconds = {} AND compaction = {{'class': 'SizeTieredCompactionStrategy', 'enabled': false}}",
        i32::MAX
    );
    let replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
    connection.execute(&format!("CREATE KEYSPACE alone WITH replication = {replication}")).unwrap();
    connection.execute(&create).unwrap();
    let (text, out) = (directory.path().join("covered.jsonl"), directory.path().join("out"));
    fs::write(&text, COVERED).unwrap();
    let imported =
        cqlite().args(["import", "--lossless"]).arg(&text).arg("--out").arg(&out).output().unwrap();
    assert!(imported.status.success(), "{imported:?}");
    let copy = directory.path().join("copy");
    link(&out.join("alone").join("t"), &copy);
    node.import("alone", "t", &out.join("alone").join("t")).unwrap();
    let table = table_directory(&node, "alone", "t");
    let before = data_files(&table);
    node.nodetool(&["compact", "alone", "t"]).unwrap();
    let theirs = compacted(&behind_compaction(&table, &before));
    let [input] = data_files(&copy).try_into().unwrap();
    let now_seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    let (ours, _) = merged(slice::from_ref(&input), now_seconds, i64::from(i32::MAX));
    assert_eq!(ours, theirs);
    let all = compacted(slice::from_ref(&input));
    assert!(theirs.len() < all.len(), "{theirs:?}");
    assert_eq!(theirs.iter().filter(|line| line.starts_with(" row")).count(), 2, "{theirs:?}");
    node.stop().unwrap();
}
