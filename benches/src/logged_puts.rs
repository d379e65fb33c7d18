//! The commit log that replays are measured with.

use std::path::Path;
use std::sync::Arc;

use cqlite_core::storage::TableId;
use cqlite_core::storage::commitlog::{CommitLog, CommitLogOptions, LogEntry, SyncMode};
use cqlite_core::storage::fs::DiskFileSystem;
use cqlite_core::storage::mutation::{PartitionUpdateBuilder, TableLayout};
use cqlite_core::storage::replay::ReplayTable;
use cqlite_cql::Uuid;
use cqlite_sstable::Partitioner;
use cqlite_sstable::component::statistics::IntervalSet;
use cqlite_sstable::row::{Cell, ClusteringBuffer, DeletionTime, Liveness, NO_DELETION_TIME, Row, RowItem};
use cqlite_sstable::schema::{Column, TableKind, TableSchema};
use cqlite_sstable::types::CqlType;

/// Puts of a key of 16 bytes and a value of 100 in a commit log.
pub struct LoggedPuts {
    layout: Arc<TableLayout>,
}

impl Default for LoggedPuts {
    fn default() -> Self {
        Self::new()
    }
}

impl LoggedPuts {
    /// Puts into a table of a key and a value.
    pub fn new() -> Self {
        let schema = TableSchema {
            keyspace: "bench".into(),
            name: "kv".into(),
            id: Some(Uuid([3; 16])),
            kind: TableKind::Table,
            partition_key: vec![Column::new("k", CqlType::Blob)],
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
        };
        Self { layout: TableLayout::new(&schema, Partitioner::Murmur3).unwrap() }
    }

    /// Writes a log of so many puts, so many of them a section. Nothing is synced.
    pub fn write(&self, directory: &Path, puts: u64, batch: u64, options: CommitLogOptions) {
        std::fs::create_dir(directory).unwrap();
        let options = CommitLogOptions { mode: SyncMode::Off, ..options };
        let log = CommitLog::open(Arc::new(DiskFileSystem), directory, options).unwrap();
        let mut builder = PartitionUpdateBuilder::new(&self.layout, b"");
        let tables = [self.layout.id()];
        for first in (0..puts).step_by(batch as usize) {
            let mut mutations = Vec::new();
            for number in first..first + batch {
                let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                builder.restart(&[mixed.to_be_bytes(), number.to_be_bytes()].concat());
                put(&mut builder, number);
                mutations.push(builder.build().unwrap());
            }
            let entries: Vec<_> =
                mutations.iter().map(|one| LogEntry { mutation: one.bytes(), tables: &tables }).collect();
            log.append(&entries).unwrap().wait().unwrap();
        }
    }

    /// The table, for a replay of all of the log.
    pub fn tables(&self) -> impl Fn(TableId) -> Option<ReplayTable> + Sync + '_ {
        |_| {
            let layout = Arc::clone(&self.layout);
            Some(ReplayTable { layout, flushed: IntervalSet::default(), truncated_at: None })
        }
    }
}

/// A value of which about a third is saved by compression.
fn put(builder: &mut PartitionUpdateBuilder, number: u64) {
    let timestamp = 1_700_000_000_000_000 + number as i64;
    let clustering = ClusteringBuffer::default();
    let row = Row {
        is_static: false,
        clustering: clustering.as_clustering(),
        liveness: Some(Liveness::new(timestamp)),
        deletion: DeletionTime::LIVE,
        shadowable_deletion: DeletionTime::LIVE,
    };
    let mut value = [b'x'; 100];
    let mut state = number;
    for byte in &mut value[..64] {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *byte = (state >> 56) as u8;
    }
    let cell = Cell {
        column: 0,
        timestamp,
        ttl_seconds: 0,
        local_deletion_time_seconds: NO_DELETION_TIME,
        path: None,
        value: &value,
    };
    builder.row(&row, &[RowItem::Cell(cell)]).unwrap();
}
