//! Two tables of a key and a value, and what is in them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_sstable::row::{Cell, ClusteringBuffer, DeletionTime, Liveness, NO_DELETION_TIME, Row, RowItem};
use cqlite_sstable::schema::{Column, TableKind, TableSchema};
use cqlite_sstable::types::CqlType;
use cqlite_sstable::{Format, Partitioner, Version};

use super::storage::TableId;
use super::storage::compaction::CompactionParameters;
use super::storage::compaction::executor::CompactedTable;
use super::storage::fs::{FileSystem, MemoryFileSystem};
use super::storage::mutation::{Mutation, PartitionUpdateBuilder, TableLayout};
use super::storage::read::ReadCommand;
use super::storage::store::{MachineClock, Store, StoreOptions, TableSettings, View};

const DATA: &str = "/data";
pub const TABLES: [TableId; 2] = [TableId::from_bytes([1; 16]), TableId::from_bytes([2; 16])];

/// The rows of a table: each key with the first bytes of its value.
pub type Rows = BTreeMap<u64, u64>;

fn schema(number: usize) -> TableSchema {
    TableSchema {
        keyspace: "ks".into(),
        name: ["a", "b"][number].into(),
        id: Some(TABLES[number].0),
        kind: TableKind::Table,
        partition_key: vec![Column::new("k", CqlType::BigInt)],
        clustering: Vec::new(),
        static_columns: Vec::new(),
        regular_columns: vec![Column::new("v", CqlType::Blob)],
        dropped_columns: Vec::new(),
        user_types: Vec::new(),
        options: Vec::new(),
        keyspace_options: Vec::new(),
        indexes: Vec::new(),
        is_compact: false,
        enforces_strict_liveness: false,
    }
}

pub fn layouts() -> Vec<Arc<TableLayout>> {
    (0..2).map(|number| TableLayout::new(&schema(number), Partitioner::Murmur3).unwrap()).collect()
}

fn directory(number: usize) -> PathBuf {
    Path::new(DATA).join(["a", "b"][number])
}

/// Makes the directories of the tables, so that they stay.
pub fn make_directories(files: &MemoryFileSystem) {
    files.create_directory(Path::new(DATA)).unwrap();
    (0..2).for_each(|number| files.create_directory(&directory(number)).unwrap());
    [DATA, "/"].iter().for_each(|path| files.sync_directory(Path::new(path)).unwrap());
}

/// A store of the tables, without a commit log.
pub fn store(files: &MemoryFileSystem, layouts: &[Arc<TableLayout>]) -> Arc<Store> {
    let version = Version::parse("nb", Format::Big).unwrap();
    let options = StoreOptions {
        data_directory: DATA.into(),
        version,
        has_uuid_ids: false,
        memtable_bytes: 64 << 20,
        chunk_cache_bytes: 0,
        reserved_disk_bytes: 0,
        is_read_only: false,
        incremental_backups: false,
        clock: Arc::new(MachineClock),
    };
    let store = Store::new(Arc::new(files.clone()), options);
    store.set_host_id([9; 16]);
    for (number, layout) in layouts.iter().enumerate() {
        let compaction = CompactionParameters::default();
        let compacted = CompactedTable {
            schema: schema(number),
            parameters: compaction.clone(),
            compression: None,
            bloom_filter_fp_chance: 0.01,
            gc_grace_seconds: 0,
            version,
            index_block_bytes: None,
            host_id: None,
        };
        let settings = TableSettings {
            compacted: Arc::new(compacted),
            compaction: Arc::new(compaction),
            min_index_interval: 128,
            incremental_backups: false,
            flush_period: None,
            is_of_view: false,
        };
        store.add_table(Arc::clone(layout), &directory(number), settings).unwrap();
    }
    store
}

/// Sets rows of both tables, each in one mutation for both.
pub fn mutations(layouts: &[Arc<TableLayout>], rows: &[(u64, u64)], timestamp: i64) -> Vec<Mutation> {
    let of_row = |(key, value): &(u64, u64)| {
        let of_tables = layouts.iter().map(|layout| mutation(layout, *key, *value, timestamp));
        Mutation::joined(of_tables).unwrap()
    };
    rows.iter().map(of_row).collect()
}

fn mutation(layout: &Arc<TableLayout>, key: u64, value: u64, timestamp: i64) -> Mutation {
    let mut builder = PartitionUpdateBuilder::new(layout, &key.to_be_bytes());
    let bytes: Vec<u8> = value.to_be_bytes().into_iter().cycle().take(160).collect();
    let cell = Cell {
        column: 0,
        timestamp,
        ttl_seconds: 0,
        local_deletion_time_seconds: NO_DELETION_TIME,
        path: None,
        value: &bytes,
    };
    let clustering = ClusteringBuffer::default();
    let row = Row {
        is_static: false,
        clustering: clustering.as_clustering(),
        liveness: Some(Liveness::new(timestamp)),
        deletion: DeletionTime::LIVE,
        shadowable_deletion: DeletionTime::LIVE,
    };
    builder.row(&row, &[RowItem::Cell(cell)]).unwrap();
    builder.build().unwrap()
}

/// What a view shows of both tables.
pub fn shown(view: &View) -> [Rows; 2] {
    TABLES.map(|table| {
        let page = view.read(&ReadCommand::all(table)).unwrap();
        let number = |bytes: &[u8]| u64::from_be_bytes(bytes[..8].try_into().unwrap());
        let rows = page.partitions().map(|partition| {
            let row = partition.rows().next().unwrap();
            (number(partition.key()), number(row.cells().value(0).unwrap()))
        });
        rows.collect()
    })
}
