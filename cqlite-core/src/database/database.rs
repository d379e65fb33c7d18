//! The database.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use cqlite_sstable::partitioner::Token;
use cqlite_sstable::reader::TokenRange;
use cqlite_sstable::{Error, Result, SstableId};

use super::indexes::WholeIndexes;
use super::places::Places;
use super::refresh::Reader;
use super::striped_locks::StripedLocks;
use super::{DatabaseBuilder, Metrics};
use crate::catalog::{Schema, Table};
use crate::storage::TableId;
use crate::storage::commitlog::CommitLog;
use crate::storage::compaction::scheduler::{CompactionRequest, RunningCompaction, Scheduler};
use crate::storage::fs::{FileLock, FileSystem};
use crate::storage::lifecycle::{IngestOptions, ingest};
use crate::storage::mutation::{Batch, Mutation};
use crate::storage::read::{Page, ReadCommand};
use crate::storage::store::{Commit, Health, Store, View};

/// A database: the tables of one directory, which is laid out as that of a node of Cassandra.
///
/// It can be shared by any number of threads. Dropped, it syncs the commit log and leaves what is not flushed to the next
/// opening; [`Database::close`] flushes all and leaves an empty log.
///
/// # Example
/// ```
/// use cqlite_core::catalog::{Keyspace, Replication};
/// use cqlite_core::storage::mutation::PartitionUpdateBuilder;
/// use cqlite_core::storage::read::ReadCommand;
/// use cqlite_core::Database;
/// use cqlite_sstable::Partitioner;
/// use cqlite_sstable::row::{Cell, ClusteringBuffer, DeletionTime, Liveness, NO_DELETION_TIME, Row, RowItem};
///
/// let db = Database::in_memory()?.open()?;
/// db.create_keyspace(Keyspace::new("shop", Replication::simple(1), true)?)?;
/// let table = db.create_table("shop", "CREATE TABLE prices (item text PRIMARY KEY, cents int)")?;
///
/// let timestamp = db.next_timestamp();
/// let mut update = PartitionUpdateBuilder::new(table.layout(), b"tea");
/// let cents = Cell {
///     column: 0,
///     timestamp,
///     ttl_seconds: 0,
///     local_deletion_time_seconds: NO_DELETION_TIME,
///     path: None,
///     value: &250_i32.to_be_bytes(),
/// };
/// let clustering = ClusteringBuffer::default();
/// let row = Row {
///     is_static: false,
///     clustering: clustering.as_clustering(),
///     liveness: Some(Liveness::new(timestamp)),
///     deletion: DeletionTime::LIVE,
///     shadowable_deletion: DeletionTime::LIVE,
/// };
/// update.row(&row, &[RowItem::Cell(cents)])?;
/// db.write(&update.build()?)?;
///
/// let page = db.read(&ReadCommand::key(table.id(), b"tea"))?;
/// let partition = page.partitions().next().ok_or("there is one")?;
/// let row = partition.rows().next().ok_or("there is one")?;
/// assert_eq!(row.cells().value(0), Some(&250_i32.to_be_bytes()[..]));
/// db.close()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Database {
    pub(super) store: Arc<Store>,
    pub(super) fs: Arc<dyn FileSystem>,
    pub(super) places: Places,
    pub(super) schema: Arc<ArcSwap<Schema>>,
    /// Held by who changes the schema, empties a table, or copies all of them.
    pub(super) schema_change: Arc<Mutex<()>>,
    pub(super) auto_snapshot: bool,
    pub(super) whole_indexes: WholeIndexes,
    pub(super) locks: StripedLocks,
    /// Of one that is only read.
    pub(super) reader: Option<Reader>,
    /// Whether it shows somebody's files.
    pub(super) is_of_files: bool,
    /// Held as long as the database is open.
    pub(super) _lock: Option<Box<dyn FileLock>>,
}

impl Database {
    /// A database in a directory, with the options of the builder that is returned.
    ///
    /// # Errors
    /// None that depends on the directory: that is looked at when it is opened.
    pub fn builder(directory: impl AsRef<Path>) -> Result<DatabaseBuilder> {
        DatabaseBuilder::on_disk(directory.as_ref())
    }

    /// A database that is gone with the process.
    ///
    /// # Errors
    /// None; the type is that of what it is made by.
    pub fn in_memory() -> Result<DatabaseBuilder> {
        DatabaseBuilder::in_memory()
    }

    /// Opens the database in a directory, and makes it where there is none.
    ///
    /// # Errors
    /// As [`DatabaseBuilder::open`].
    pub fn open(directory: impl AsRef<Path>) -> Result<Self> {
        Self::builder(directory)?.open()
    }

    /// Opens the database in a directory only to read it.
    ///
    /// # Errors
    /// As [`DatabaseBuilder::open_read_only`].
    pub fn open_read_only(directory: impl AsRef<Path>) -> Result<Self> {
        Self::builder(directory)?.open_read_only()
    }

    /// Keyspaces, tables and types as they are now.
    pub fn schema(&self) -> Schema {
        Schema::clone(&self.schema.load())
    }

    /// The schema as it is now.
    pub(crate) fn current_schema(&self) -> Arc<Schema> {
        self.schema.load_full()
    }

    /// The time by the clock of the database, in milliseconds since 1970.
    pub(crate) fn now_millis(&self) -> i64 {
        self.store.now_micros().div_euclid(1_000)
    }

    /// A table by its name.
    ///
    /// # Errors
    /// If there is none.
    pub fn table(&self, keyspace: &str, name: &str) -> Result<Arc<Table>> {
        self.schema
            .load()
            .table(keyspace, name)
            .cloned()
            .ok_or_else(|| Error::invalid_input(format!("there is no table {keyspace}.{name}")))
    }

    /// A timestamp for a write, in microseconds: greater than all that were given out before.
    pub fn next_timestamp(&self) -> i64 {
        self.store.next_timestamp()
    }

    /// The time by which what is written now expires, in seconds since 1970.
    pub(crate) fn now_seconds(&self) -> i64 {
        self.store.now_seconds()
    }

    /// Makes a write, and waits until it is acknowledged.
    ///
    /// # Errors
    /// If a table is one of those that the database itself is kept in, and as [`Store::submit`] and [`Commit::wait`].
    pub fn write(&self, mutation: &Mutation) -> Result<()> {
        self.check_writable()?;
        self.prepare_writes(std::slice::from_ref(mutation))?;
        self.store.submit_one(mutation)?.wait()
    }

    /// Makes a write. When it returns, readers see it; it is acknowledged when what it returns was waited for.
    ///
    /// # Errors
    /// If a table is one of those that the database itself is kept in, and as [`Store::submit`].
    pub fn submit(&self, batch: &Batch) -> Result<Commit> {
        self.check_writable()?;
        self.prepare_writes(batch.mutations())?;
        self.store.submit(batch)
    }

    /// What there is now, for repeatable reads.
    pub fn view(&self) -> View {
        self.store.view()
    }

    /// Reads what there is now.
    ///
    /// # Errors
    /// As [`View::read`].
    pub fn read(&self, command: &ReadCommand) -> Result<Page> {
        self.view().read(command)
    }

    /// Reads several partitions of what there is now, in the order of their keys in the list.
    ///
    /// # Errors
    /// As [`View::read`].
    pub fn multi_get(&self, table: TableId, keys: impl IntoIterator<Item = Vec<u8>>) -> Result<Page> {
        self.read(&ReadCommand::keys(table, keys))
    }

    /// Writes what is in the memtables of a table into SSTables.
    ///
    /// # Errors
    /// As [`Store::flush`].
    pub fn flush(&self, table: TableId) -> Result<()> {
        self.check_writable()?;
        self.store.flush(table)
    }

    /// Writes what is in all memtables into SSTables, and goes on in another segment of the commit log, so that nothing of
    /// those before is needed any more.
    ///
    /// # Errors
    /// As [`Store::flush`] and [`CommitLog::rotate`].
    pub fn flush_and_trim_log(&self) -> Result<()> {
        self.check_writable()?;
        self.store.log().map_or(Ok(()), CommitLog::rotate)?;
        self.store.flush_all()
    }

    /// Waits until all that was written is synced, whatever the mode of the commit log.
    ///
    /// # Errors
    /// As [`CommitLog::flush`].
    pub fn sync(&self) -> Result<()> {
        self.store.log().map_or(Ok(()), CommitLog::flush)
    }

    /// Compacts a table on the thread of the caller: all of it, SSTables that are named, or each alone for what can be
    /// dropped of it. Returned is what there is instead.
    ///
    /// # Errors
    /// If there is no such table or SSTable, one is damaged, there is too little room, or compactions are paused.
    pub fn compact(&self, table: TableId, request: &CompactionRequest) -> Result<Vec<SstableId>> {
        self.check_writable()?;
        let scheduler = self.store.scheduler().ok_or_else(read_only)?;
        scheduler.compact(table, request)
    }

    /// Lets no compaction begin, and those that run wait until [`Database::resume_compactions`], those that a caller of
    /// [`Database::compact`] runs among them.
    pub fn pause_compactions(&self) {
        self.store.scheduler().into_iter().for_each(|scheduler| scheduler.set_paused(true));
    }

    /// Lets compactions go on.
    pub fn resume_compactions(&self) {
        self.store.scheduler().into_iter().for_each(|scheduler| scheduler.set_paused(false));
    }

    /// The compactions that run, with how far they are.
    pub fn running_compactions(&self) -> Vec<RunningCompaction> {
        self.store.scheduler().map_or_else(Vec::new, Scheduler::running)
    }

    /// Waits until there is nothing to compact. While compactions are paused, it does not wait for them.
    pub fn wait_idle(&self) {
        self.store.scheduler().into_iter().for_each(Scheduler::wait_idle);
    }

    /// Takes SSTables from elsewhere into a table, all of them or none. The originals stay.
    ///
    /// # Errors
    /// If one is not of the table or is damaged, or they cannot be copied; and if the table is one of those that the database
    /// itself is kept in.
    pub fn ingest(
        &self,
        table: TableId,
        sstables: &[cqlite_sstable::Descriptor],
        options: IngestOptions,
    ) -> Result<()> {
        self.check_writable()?;
        self.refuse_own(table)?;
        let known = self.schema.load().table_by_id(table).cloned();
        let known =
            known.ok_or_else(|| Error::invalid_input(format!("there is no table of the id {table}")))?;
        let ids = self.store.ids_of(table)?;
        let of = (&**known.schema(), known.layout().partitioner());
        let directory = self.store.view().table(table)?.table().directory().clone();
        self.forget_indexes_of(std::iter::once(table))?;
        let ingested = ingest(&self.fs, &directory, of, sstables, (&*ids, options))?;
        let taken = ingested.commit()?;
        self.store.take_in(table, taken)
    }

    /// About how many bytes of SSTables the partitions of a range of tokens take.
    ///
    /// # Errors
    /// If there is no such table.
    pub fn approximate_size(&self, table: TableId, range: &TokenRange) -> Result<u64> {
        let view = self.view();
        let sizes = view.table(table)?.sstables().iter().map(|sstable| {
            let (first, last) = (&sstable.live().first().token, &sstable.live().last().token);
            share(range, first, last) * sstable.live().files().disk_bytes as f64
        });
        Ok(sizes.sum::<f64>() as u64)
    }

    /// What is counted and measured, as of now.
    pub fn metrics(&self) -> Metrics {
        self.store.metrics()
    }

    /// Whether writes are taken.
    pub fn health(&self) -> Health {
        self.store.health()
    }

    /// What failed in the background last, as long as nothing of its kind went well since.
    pub fn last_error(&self) -> Option<String> {
        self.store.last_error()
    }

    /// Tries again what failed: flushes, compactions, and whether there is room on the disk.
    pub fn resume(&self) {
        self.store.resume();
        self.store.scheduler().into_iter().for_each(Scheduler::retry);
    }

    /// Refuses later writes, flushes all, and leaves an empty commit log.
    ///
    /// # Errors
    /// If something cannot be written: it is in the commit log, and replayed at the next opening.
    pub fn close(self) -> Result<()> {
        if self.reader.is_some() || self.is_of_files {
            self.store.stop();
            return Ok(());
        }
        self.store.close()
    }

    pub(super) fn check_writable(&self) -> Result<()> {
        if self.is_of_files {
            let told = "these are somebody's files, which are only read";
            return Err(
                Error::invalid_input(told).advise("import what is to be changed into a database of its own")
            );
        }
        if self.reader.is_some() { Err(read_only()) } else { Ok(()) }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.store.stop();
        // Views may keep the store, but the directory is another's from now on. Who wants to know whether that worked calls
        // `sync` or `close`.
        let _ = self.store.log().map(CommitLog::leave);
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("directory", &self.places.root).finish_non_exhaustive()
    }
}

pub(super) fn read_only() -> Error {
    Error::invalid_input("the database was opened only to be read").advise("open it by `open` to write to it")
}

/// Which part of the tokens from `first` to `last` a range has, if a hash spreads them evenly; else all or nothing.
fn share(range: &TokenRange, first: &Token, last: &Token) -> f64 {
    let number = |token: &Token| match token {
        Token::Murmur3(token) => Some(*token as f64),
        Token::Random(token) => Some(token.unwrap_or(0) as f64),
        _ => None,
    };
    let is_apart = range.after.as_ref().is_some_and(|after| last <= after)
        || range.through.as_ref().is_some_and(|through| through < first);
    let (false, Some(from), Some(to)) = (is_apart, number(first), number(last)) else {
        return if is_apart { 0.0 } else { 1.0 };
    };
    let after = range.after.as_ref().and_then(number).map_or(from, |after| after.max(from));
    let through = range.through.as_ref().and_then(number).map_or(to, |through| through.min(to));
    if to > from { ((through - after) / (to - from)).clamp(0.0, 1.0) } else { 1.0 }
}
