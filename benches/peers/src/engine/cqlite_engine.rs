//! CQLite with one table of a blob by a blob.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use cqlite_core::Database;
use cqlite_core::catalog::{Keyspace, Replication, Table};
use cqlite_core::storage::mutation::{Batch, Mutation, PartitionUpdateBuilder};
use cqlite_core::storage::read::{ReadCommand, ReadPartition, ReadRow, RowSink};
use cqlite_sstable::row::{Cell, ClusteringBuffer, DeletionTime, Liveness, NO_DELETION_TIME, Row, RowItem};

use super::slow_file_system::SlowFileSystem;
use super::{Activity, Engine, Settings};
use crate::key::Key;
use crate::result::Result;

/// The share of the memory for memtables at which CQLite flushes: what the peers call the size of a memtable.
pub const FLUSH_SHARE: f64 = 0.4;

thread_local! {
    static UPDATE: RefCell<Option<PartitionUpdateBuilder>> = const { RefCell::new(None) };
}

/// A database of CQLite and its only table.
pub struct CqliteEngine {
    database: Database,
    table: Arc<Table>,
}

impl CqliteEngine {
    /// Opens a database, or makes it.
    pub fn open(directory: &Path, settings: &Settings) -> Result<Self> {
        let mut builder = Database::builder(directory)?;
        if let Some(bytes) = settings.cache_bytes {
            builder = builder.chunk_cache(bytes);
        }
        if let Some(bytes) = settings.memtable_bytes {
            builder = builder.memtable_memory((bytes as f64 / FLUSH_SHARE) as usize);
        }
        if let Some(bytes) = settings.log_bytes {
            builder = builder.commit_log_size(bytes);
        }
        if let Some(bytes) = settings.sstable_bytes_per_second {
            builder = builder.file_system(Arc::new(SlowFileSystem::new(bytes)));
        }
        let database = builder.open()?;
        if database.schema().keyspace("bench").is_none() {
            database.create_keyspace(Keyspace::new("bench", Replication::simple(1), true)?)?;
            let chunk_kib = if settings.same_tables { 4 } else { 16 };
            let statement = format!(
                "CREATE TABLE kv (k blob PRIMARY KEY, v blob) \
                 WITH compression = {{'class': 'LZ4Compressor', 'chunk_length_in_kb': '{chunk_kib}'}}"
            );
            database.create_table("bench", &statement)?;
        }
        let table = database.table("bench", "kv")?;
        Ok(Self { database, table })
    }

    fn mutation(&self, key: &Key, value: &[u8]) -> Result<Mutation> {
        UPDATE.with_borrow_mut(|update| {
            let of_table = |one: &mut PartitionUpdateBuilder| Arc::ptr_eq(one.layout(), self.table.layout());
            if !update.as_mut().is_some_and(of_table) {
                *update = None;
            }
            let update = update.get_or_insert_with(|| PartitionUpdateBuilder::new(self.table.layout(), b""));
            let timestamp = self.database.next_timestamp();
            let clustering = ClusteringBuffer::default();
            let row = Row {
                is_static: false,
                clustering: clustering.as_clustering(),
                liveness: Some(Liveness::new(timestamp)),
                deletion: DeletionTime::LIVE,
                shadowable_deletion: DeletionTime::LIVE,
            };
            let cell = Cell {
                column: 0,
                timestamp,
                ttl_seconds: 0,
                local_deletion_time_seconds: NO_DELETION_TIME,
                path: None,
                value,
            };
            update.restart(key);
            update.row(&row, &[RowItem::Cell(cell)])?;
            Ok(update.build()?)
        })
    }
}

impl Engine for CqliteEngine {
    fn put(&self, key: &Key, value: &[u8]) -> Result<()> {
        Ok(self.database.write(&self.mutation(key, value)?)?)
    }

    fn put_synced(&self, key: &Key, value: &[u8]) -> Result<()> {
        drop(self.database.submit(&self.mutation(key, value)?.into())?);
        Ok(self.database.sync()?)
    }

    fn put_batch_synced(&self, entries: &[(Key, Vec<u8>)]) -> Result<()> {
        let mut batch = Batch::new();
        for (key, value) in entries {
            batch.push(self.mutation(key, value)?);
        }
        drop(self.database.submit(&batch)?);
        Ok(self.database.sync()?)
    }

    fn get(&self, key: &Key, value: &mut Vec<u8>) -> Result<bool> {
        let mut sink = Values { value, found: false };
        self.database.view().for_each(&ReadCommand::key(self.table.id(), *key), &mut sink)?;
        Ok(sink.found)
    }

    fn scan(&self, visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<()> {
        let mut sink = Scan { key: Vec::new(), visit };
        self.database.view().for_each(&ReadCommand::all(self.table.id()), &mut sink)?;
        Ok(())
    }

    fn settle(&self) -> Result<Instant> {
        self.database.flush(self.table.id())?;
        self.database.wait_idle();
        Ok(Instant::now())
    }

    fn activity(&self) -> Result<Activity> {
        let metrics = self.database.metrics();
        let table = metrics.tables.iter().find(|table| table.id == self.table.id());
        let flushes = table.map_or(0, |table| table.flushes);
        Ok(Activity { flushes, compacted: table.is_some_and(|table| table.sstables < flushes) })
    }

    fn sstable_bytes(&self) -> Result<u64> {
        let metrics = self.database.metrics();
        let table = metrics.tables.iter().find(|table| table.id == self.table.id());
        Ok(table.map_or(0, |table| table.disk_bytes))
    }

    fn close(self: Box<Self>) -> Result<()> {
        Ok(self.database.sync()?)
    }
}

/// Keeps the value of the only row.
struct Values<'a> {
    value: &'a mut Vec<u8>,
    found: bool,
}

impl RowSink for Values<'_> {
    fn partition(&mut self, _: &ReadPartition<'_>) -> cqlite_sstable::Result<ControlFlow<()>> {
        Ok(ControlFlow::Continue(()))
    }

    fn row(&mut self, row: &ReadRow<'_>) -> cqlite_sstable::Result<ControlFlow<()>> {
        self.value.clear();
        self.value.extend_from_slice(row.cells.value(0).unwrap_or_default());
        self.found = true;
        Ok(ControlFlow::Continue(()))
    }
}

/// Shows keys and values.
struct Scan<'a> {
    key: Vec<u8>,
    visit: &'a mut dyn FnMut(&[u8], &[u8]),
}

impl RowSink for Scan<'_> {
    fn partition(&mut self, partition: &ReadPartition<'_>) -> cqlite_sstable::Result<ControlFlow<()>> {
        self.key.clear();
        self.key.extend_from_slice(partition.key);
        Ok(ControlFlow::Continue(()))
    }

    fn row(&mut self, row: &ReadRow<'_>) -> cqlite_sstable::Result<ControlFlow<()>> {
        (self.visit)(&self.key, row.cells.value(0).unwrap_or_default());
        Ok(ControlFlow::Continue(()))
    }
}
