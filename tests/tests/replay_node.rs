//! Nodes that were killed with writes in their commit logs alone: what they had and what a replay writes is what `SELECT` returned.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

#[path = "replay_model/output.rs"]
#[allow(dead_code, reason = "it is shared with the model of replays")]
mod output;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_core::storage::TableId;
use cqlite_core::storage::fs::DiskFileSystem;
use cqlite_core::storage::mutation::TableLayout;
use cqlite_core::storage::replay::{Replay, ReplayOptions, ReplayTable};
use cqlite_sstable::component::statistics::{IntervalSet, SerializationHeader};
use cqlite_sstable::io::DiskDirectory;
use cqlite_sstable::merge::{LazySource, Merge, SharedColumns};
use cqlite_sstable::reader::{ScanOptions, Sstable};
use cqlite_sstable::schema::SystemSchema;
use cqlite_sstable::writer::{SstableWriter, WriterOptions};
use cqlite_sstable::{Format, Partitioner, SstableId, Version};
use cqlite_tests::{
    available::corpus_or_skip,
    known::{KnownTable, data_files},
    scratch,
    selected::{difference, select},
};
use output::Output;

const NODES: [&str; 6] = [
    "node-drained",
    "node-killed",
    "node-killed-deflate",
    "node-killed-lz4",
    "node-killed-snappy",
    "node-killed-zstd",
];
const TABLES: [&str; 3] = ["cnt", "plain", "texty"];

/// A table of a node: its layout and its SSTables.
struct NodeTable {
    name: &'static str,
    layout: Arc<TableLayout>,
    sstables: Vec<Sstable>,
}

impl NodeTable {
    fn of(node: &Path, system: &SystemSchema, name: &'static str) -> Self {
        let schema = system.table("app", name).unwrap().unwrap();
        let layout = TableLayout::new(&schema, Partitioner::Murmur3).unwrap();
        let all = data_files(&node.join("data/app")).unwrap();
        let is_of_table = |path: &&PathBuf| {
            let directory = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
            directory.split('-').next() == Some(name)
        };
        let sstables = all.iter().filter(is_of_table).map(|path| Sstable::open(path).unwrap()).collect();
        Self { name, layout, sstables }
    }

    /// What its SSTables say of the log. All of them were written by this node.
    fn replayed(&self) -> ReplayTable {
        let mut flushed = IntervalSet::default();
        for sstable in &self.sstables {
            let stats = &sstable.statistics().stats;
            stats.commit_log_intervals.intervals().iter().for_each(|interval| flushed.insert(*interval));
        }
        ReplayTable { layout: Arc::clone(&self.layout), flushed, truncated_at: None }
    }
}

/// One SSTable of several.
fn compacted(sstables: &[Sstable], layout: &TableLayout, place: &Path) -> Sstable {
    let headers: Vec<&SerializationHeader> = sstables.iter().map(Sstable::header).collect();
    let columns = Arc::new(SharedColumns::new(&headers).unwrap());
    let header = columns.header(&headers).unwrap();
    let sources = sstables.iter().map(|one| LazySource::opened(one.scan(ScanOptions::default()).unwrap()));
    let order = layout.order().clone();
    let mut merge = Merge::new(Partitioner::Murmur3, columns, order, sources.collect());
    let version = Version::parse("oa", Format::Big).unwrap();
    let directory = Arc::new(DiskDirectory::create_all(place).unwrap());
    let options = WriterOptions::new(version, &Partitioner::Murmur3, 1000);
    let id = SstableId::Sequence(1);
    let mut writer =
        SstableWriter::new(directory, version, id, header, Partitioner::Murmur3, options).unwrap();
    writer.write(&mut merge).unwrap();
    writer.finish().unwrap();
    Sstable::open(place.join("oa-1-big-Data.db")).unwrap()
}

fn selected_at(node: &Path) -> i64 {
    let truth: serde_json::Value =
        serde_json::from_slice(&std::fs::read(node.join("truth.json")).unwrap()).unwrap();
    truth["selected_at"].as_i64().unwrap()
}

/// What the node answered.
fn truth(node: &Path, table: &str) -> KnownTable {
    let truth = node.join("truth/app").join(table);
    KnownTable {
        set: String::new(),
        keyspace: "app".into(),
        table: table.into(),
        directory: node.join("data/app"),
        sstables: Vec::new(),
        rows_json: Some(truth.join("rows.json.gz")),
        raw_json: Some(truth.join("raw.json.gz")),
        writetime_json: None,
        schema_cql: None,
        schema_internals_cql: None,
    }
}

#[test]
fn what_a_killed_node_left_and_what_a_replay_writes_of_its_log_is_what_select_returned() {
    let test = "what_a_killed_node_left_and_what_a_replay_writes_of_its_log_is_what_select_returned";
    let Some(corpus) = corpus_or_skip(test) else { return };
    let (mut replayed_tables, mut rows) = (0, 0);
    for (name, memory_bytes) in NODES.into_iter().flat_map(|node| [(node, 48 << 20), (node, 30 << 10)]) {
        let node = corpus.root().join("cassandra50/nb").join(name);
        let system = SystemSchema::find(&node.join("data")).unwrap();
        let tables = TABLES.map(|table| NodeTable::of(&node, &system, table));
        let known: HashMap<TableId, ReplayTable> =
            tables.iter().map(|table| (table.layout.id(), table.replayed())).collect();
        let place = scratch::directory();
        let log = place.path().join("commitlog");
        copy(&node.join("commitlog"), &log);
        let options = ReplayOptions { memory_bytes, ..ReplayOptions::default() };
        let scanned =
            Replay::new(Arc::new(DiskFileSystem), &log, options).scan(&|id| known.get(&id).cloned()).unwrap();
        let report = scanned.report();
        assert_eq!((report.damage_count, report.undecodable_mutations), (0, 0), "{name}: {report:?}");
        let data = place.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let output = Output::new(Arc::new(DiskFileSystem), &data);
        scanned.write(&output).unwrap();
        for table in tables {
            let written = output.written(table.layout.id());
            replayed_tables += usize::from(!written.is_empty());
            let mut all = table.sstables;
            all.extend(
                written.iter().map(|one| Sstable::open(one.file(cqlite_sstable::Component::Data)).unwrap()),
            );
            let one = compacted(&all, &table.layout, &place.path().join(table.name));
            let expected = truth(&node, table.name).raw_rows().unwrap().unwrap();
            rows += expected.rows.len();
            let told = difference(&select(&one, selected_at(&node)), &expected);
            assert_eq!(told, None, "{name}, {}, {memory_bytes} bytes of memory", table.name);
        }
    }
    assert!(replayed_tables >= 2 * 5 * 3 && rows > 1000, "{replayed_tables} tables, {rows} rows");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
