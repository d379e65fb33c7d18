//! Opening a database.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use cqlite_cql::Uuid;
use cqlite_sstable::component::statistics::CommitLogPosition;
use cqlite_sstable::schema::{SchemaRows, SchemaTable};
use cqlite_sstable::{Error, ErrorKind, Partitioner, Result};

use super::checkpoints::Checkpoints;
use super::directory_lock::lock_directory;
use super::indexes::{WholeIndexes, is_of_view};
use super::places::Places;
use super::refresh::Reader;
use super::replay::Followed;
use super::{Database, DatabaseBuilder, Event};
use crate::catalog::{LocalNode, Schema, StoredLocal, SystemTables, Table, TruncationRecord};
use crate::storage::TableId;
use crate::storage::commitlog::{ArchiveTold, CommitLog, CommitLogOptions, FlushWanted, FoundSegments};
use crate::storage::compaction::executor::CompactedTable;
use crate::storage::compaction::scheduler::SchedulerOptions;
use crate::storage::compaction::{SystemClock, Throttle};
use crate::storage::replay::{LogFollower, ReplayPolicy};
use crate::storage::store::{Store, StoreOptions, TableSettings};

/// How often tables are looked at to which nothing was written: something may have expired.
const CHECK_INTERVAL: Duration = Duration::from_secs(60);

/// The year 2100: a greater id of a segment tells no time.
const LATEST_TIME_MICROS: i64 = 4_102_444_800_000_000;

/// How often a reader beside a writer begins anew, if the writer takes away what it reads.
const READ_ONLY_ATTEMPTS: usize = 10;

impl Database {
    pub(super) fn open_with(builder: DatabaseBuilder) -> Result<Self> {
        let (fs, places) = (Arc::clone(&builder.fs), Places::of(&builder.directory));
        places.is_there(&*fs)?;
        places.make(&*fs)?;
        let lock = lock_directory(&*fs, &places.lock)?;
        let opened = Opened::open(&builder, &places)?;
        let db = opened.into_database(builder, places, Some(lock))?;
        Ok(db)
    }

    pub(super) fn open_read_only_with(builder: DatabaseBuilder) -> Result<Self> {
        let (fs, places) = (Arc::clone(&builder.fs), Places::of(&builder.directory));
        if !places.is_there(&*fs)? {
            let told = "there is no database in the directory";
            return Err(Error::new(ErrorKind::Missing, told).at(&places.root));
        }
        if builder.replay_policy != ReplayPolicy::Refuse {
            let told = "who opens a database to read alone cannot have damage of its commit log passed over";
            let advice = "leave `on_log_corruption` as it is, or open the database to write";
            return Err(Error::invalid_input(told).at(&places.root).advise(advice));
        }
        let mut attempt = 1;
        loop {
            match Opened::open_to_read(&builder, &places) {
                Ok(Some((opened, follower))) => return Ok(opened.into_reader(builder, places, follower)),
                Err(error) if error.kind() != ErrorKind::Missing => return Err(error),
                Err(error) if attempt == READ_ONLY_ATTEMPTS => return Err(error),
                Ok(None) if attempt == READ_ONLY_ATTEMPTS => {
                    let told = "the process that writes the database takes files away faster than they can be opened";
                    return Err(Error::new(ErrorKind::Io, told).at(&places.root).advise("try again"));
                }
                _ => attempt += 1,
            }
        }
    }
}

/// What is known of a database while it is opened.
pub(super) struct Opened {
    pub(super) store: Arc<Store>,
    pub(super) schema: Schema,
    pub(super) truncated: BTreeMap<TableId, TruncationRecord>,
    /// Emptied after the point in time to which is restored.
    refilled: BTreeMap<TableId, TruncationRecord>,
    host_id: Option<Uuid>,
    events: Vec<Event>,
    /// The tables that rows were replayed of.
    pub(super) replayed: BTreeSet<TableId>,
    /// Why a segment was not archived.
    unarchived: Option<Error>,
}

impl Opened {
    /// Opens the tables, and brings what the commit log holds into SSTables.
    fn open(builder: &DatabaseBuilder, places: &Places) -> Result<Self> {
        let mut opened = Self::catalogue(builder, places, false)?;
        let replayed = opened.read_tables(builder, places).and_then(|()| opened.replay(builder, places));
        let report = match replayed {
            Ok(Some(report)) => report,
            // The process ended while the schema was changed: part of that is in SSTables, and all of it in the log.
            Ok(None) | Err(_) => {
                opened.replay_catalogue(builder, places)?;
                let local = opened.stored_local()?;
                opened.take_truncations(builder, local);
                opened.read_tables(builder, places)?;
                opened.replay(builder, places)?.unwrap_or_default()
            }
        };
        let newest_micros = report.newest_micros.unwrap_or(0);
        let newest_unknown = report.unknown_tables.keys().next_back().copied();
        if report.segments > 0 {
            opened.events.push(Event::Replayed(report));
        }
        opened.refuse_lost_schema(builder, places, newest_unknown)?;
        let found = FoundSegments::list(&*builder.fs, &places.commit_log)?;
        let least = opened.least_segment_id(&found);
        // An id is the time in milliseconds at which the segment was begun, or greater than those before.
        let begun_micros =
            least.saturating_sub(1).checked_mul(1_000).filter(|micros| *micros < LATEST_TIME_MICROS);
        opened.store.pass_time(begun_micros.unwrap_or(0));
        opened.store.pass_timestamp(newest_micros);
        opened.unarchived = found.put_away(&*builder.fs, builder.archive.as_deref())?;
        opened.begin_log(builder, places, least)?;
        Ok(opened)
    }

    /// Where the schema is missing, the log is not taken for one of tables that were dropped.
    fn refuse_lost_schema(
        &self,
        builder: &DatabaseBuilder,
        places: &Places,
        unknown: Option<TableId>,
    ) -> Result<()> {
        let stored = self.schema.system().schema_table(SchemaTable::Tables).id();
        let view = self.store.view();
        let (Some(unknown), true) = (unknown, view.table(stored)?.sstables().is_empty()) else {
            return Ok(());
        };
        if builder.replay_policy != ReplayPolicy::Refuse {
            return Ok(());
        }
        let told = format!(
            "the commit log has writes to the table {unknown} and others, and there is no schema that knows them"
        );
        Err(Error::new(ErrorKind::Missing, told)
            .at(&places.commit_log)
            .advise("put 'data/system_schema' back; to lose these writes, skip what is damaged"))
    }

    /// Opens the tables and reads the commit log into memtables. None if a writer took files away meanwhile.
    fn open_to_read(builder: &DatabaseBuilder, places: &Places) -> Result<Option<(Self, LogFollower)>> {
        let mut opened = Self::catalogue(builder, places, true)?;
        // Beside a writer that removes the oldest ones it may look like that for a moment, too.
        if let Some(missing) = FoundSegments::list(&*builder.fs, &places.commit_log)?.missing().first() {
            return Err(missing.to_error().at(&places.commit_log));
        }
        let followed = opened.read_tables(builder, places).and_then(|()| opened.follow(builder, places));
        let followed = match followed {
            Ok(followed @ Followed { changes_schema: false, .. }) => followed,
            // What is read twice changes nothing.
            Ok(_) | Err(_) => {
                opened.follow(builder, places)?;
                opened.read_tables(builder, places)?;
                opened.follow(builder, places)?
            }
        };
        Ok(followed.is_complete.then_some((opened, followed.follower)))
    }

    /// Opens the tables in which the catalogue is kept, and reads it.
    fn catalogue(builder: &DatabaseBuilder, places: &Places, is_read_only: bool) -> Result<Self> {
        let mut partitioner = Partitioner::Murmur3;
        loop {
            let store = Store::new(
                Arc::clone(&builder.fs),
                StoreOptions {
                    data_directory: places.data.clone(),
                    version: builder.version,
                    has_uuid_ids: builder.has_uuid_ids,
                    memtable_bytes: builder.memtable_budget(),
                    chunk_cache_bytes: builder.cache_budget(),
                    reserved_disk_bytes: builder.reserved_disk_bytes,
                    incremental_backups: builder.incremental_backups,
                    is_read_only,
                    clock: Arc::clone(&builder.clock),
                },
            );
            let system = Arc::new(SystemTables::new(&partitioner)?);
            let mut opened = Self {
                store,
                schema: Schema::new(Arc::clone(&system))?,
                truncated: BTreeMap::new(),
                refilled: BTreeMap::new(),
                host_id: None,
                events: Vec::new(),
                replayed: BTreeSet::new(),
                unarchived: None,
            };
            for table in system.all() {
                opened.add_table(builder, places, table)?;
            }
            let local = opened.stored_local()?;
            let named = local.partitioner.as_deref();
            let stored = named
                .map(|name| Partitioner::parse(name, &cqlite_sstable::types::CqlType::Blob))
                .transpose()?;
            if let Some(stored) = stored
                && stored != partitioner
            {
                partitioner = stored;
                continue;
            }
            opened.host_id = local.host_id;
            opened.take_truncations(builder, local);
            if let Some(Uuid(host_id)) = opened.host_id {
                opened.store.set_host_id(host_id);
            }
            return Ok(opened);
        }
    }

    /// Those of before the point in time to which is restored hold; what was emptied later is filled again
    /// (`CommitLogReplayer.construct`).
    fn take_truncations(&mut self, builder: &DatabaseBuilder, local: StoredLocal) {
        let is_later = |record: &TruncationRecord| {
            let truncated_at_micros = record.truncated_at_millis.saturating_mul(1_000);
            builder.restore_point_micros.is_some_and(|point| truncated_at_micros > point)
        };
        (self.refilled, self.truncated) =
            local.truncated.into_iter().partition(|(_, record)| is_later(record));
    }

    fn stored_local(&self) -> Result<StoredLocal> {
        let local = self.schema.system().local();
        let view = self.store.view();
        let (mut rows, columns) = view.unfiltered(local.id())?;
        StoredLocal::read(&mut rows, &columns, self.store.now_seconds())
    }

    /// Reads the schema, and opens its tables. Those that were opened by an earlier one become what they are now.
    fn read_tables(&mut self, builder: &DatabaseBuilder, places: &Places) -> Result<()> {
        let now = read_schema(&self.store, &self.schema)?;
        let before = std::mem::replace(&mut self.schema, now);
        let known = self.store.table_ids();
        let schema = self.schema.clone();
        for gone in before.tables().filter(|table| schema.table_by_id(table.id()).is_none()) {
            self.store.drop_table(gone.id())?;
        }
        for table in schema.tables() {
            if !known.contains(&table.id()) {
                self.add_table(builder, places, table)?;
            } else if before.table_by_id(table.id()).is_some_and(|before| !Arc::ptr_eq(before, table)) {
                let settings = settings_of(table, &self.schema, &self.store);
                self.store.alter_table(Arc::clone(table.layout()), settings)?;
                self.note_parameters(table);
            } else {
                // What was opened before the host was known.
                let settings = settings_of(table, &self.schema, &self.store);
                self.store.set_table_settings(table.id(), settings)?;
            }
        }
        Ok(())
    }

    /// Has it told what of a table's parameters is not followed.
    fn note_parameters(&mut self, table: &Table) {
        let parameters = table.parameters();
        let told = [parameters.compaction_in_effect().1, parameters.compression_in_effect().1];
        for told in told.into_iter().flatten() {
            let error = format!("{}.{}: {told}", table.keyspace(), table.name());
            self.events.push(Event::Failed { error });
        }
    }

    fn add_table(&mut self, builder: &DatabaseBuilder, places: &Places, table: &Table) -> Result<()> {
        self.note_parameters(table);
        let settings = settings_of(table, &self.schema, &self.store);
        let directory = places.table(table);
        let is_missing = match self.store.is_read_only() {
            true => builder.fs.entry(&directory).is_err_and(|error| error.kind() == io::ErrorKind::NotFound),
            false => places.make_table(&*builder.fs, table)?.1,
        };
        // A directory without nodes' own tables can be read as well.
        let is_of_nodes = table.id() == self.schema.system().index_info().id();
        if is_missing && is_of_nodes && self.store.is_read_only() {
            return Ok(());
        }
        if is_missing && self.host_id.is_some() {
            let (table, directory) = (table.id(), directory.clone());
            self.events.push(Event::MissingDirectory { table, directory });
        }
        self.store.add_table(Arc::clone(table.layout()), &directory, settings)
    }

    /// An id for the next segment that is greater than all that anything names.
    fn least_segment_id(&self, found: &FoundSegments) -> i64 {
        let of_tables = self.store.greatest_segment_id();
        let of_truncated = self
            .truncated
            .values()
            .chain(self.refilled.values())
            .map(|record| record.position.segment_id)
            .max();
        let greatest = [found.greatest_id(), of_tables, of_truncated].into_iter().flatten().max();
        greatest.map_or(0, |id| id.saturating_add(1))
    }

    fn begin_log(&mut self, builder: &DatabaseBuilder, places: &Places, least_segment_id: i64) -> Result<()> {
        if !builder.has_log {
            return Ok(());
        }
        let store = Arc::downgrade(&self.store);
        let flush_wanted: FlushWanted = Arc::new(move |tables: &[TableId], _: CommitLogPosition| {
            if let Some(store) = store.upgrade() {
                tables.iter().for_each(|table| store.want_flush(*table));
            }
        });
        let store = Arc::downgrade(&self.store);
        let archive_told: ArchiveTold = Arc::new(move |error| {
            store.upgrade().into_iter().for_each(|store| store.note_archive(error));
        });
        let options = CommitLogOptions {
            mode: builder.sync_mode,
            segment_bytes: builder.segment_bytes,
            segment_age: builder.segment_age,
            total_bytes: builder.log_bytes,
            compression: builder.log_compression.clone(),
            archive: builder.archive.clone(),
            archive_told: Some(archive_told),
            flush_wanted: Some(flush_wanted),
            least_segment_id,
            ..CommitLogOptions::default()
        };
        self.store.set_log(CommitLog::open(Arc::clone(&builder.fs), &places.commit_log, options)?)
    }

    /// Starts what works in the background.
    fn into_database(
        self,
        builder: DatabaseBuilder,
        places: Places,
        lock: Option<Box<dyn crate::storage::fs::FileLock>>,
    ) -> Result<Database> {
        let throttle = Throttle::new(SystemClock::default(), builder.compaction_bytes_per_second);
        if let Some(listener) = builder.listener {
            self.store.set_listener(listener);
        }
        self.store.start(SchedulerOptions {
            concurrency: builder.concurrent_compactions,
            throttle: Arc::new(throttle),
            check_interval: CHECK_INTERVAL,
            ..SchedulerOptions::default()
        })?;
        let is_new = self.host_id.is_none();
        let host_id = self.host_id.unwrap_or_else(random_uuid);
        self.store.set_host_id(host_id.0);
        for table in self.schema.tables() {
            let settings = settings_of(table, &self.schema, &self.store);
            self.store.set_table_settings(table.id(), settings)?;
        }
        let whole_indexes = WholeIndexes::of(&self.schema, &self.replayed);
        let (events, unarchived) = (self.events, self.unarchived);
        let db = Database {
            store: self.store,
            fs: builder.fs,
            places,
            schema: Arc::new(ArcSwap::from_pointee(self.schema)),
            schema_change: Arc::default(),
            auto_snapshot: builder.auto_snapshot,
            whole_indexes,
            locks: super::striped_locks::StripedLocks::default(),
            reader: None,
            is_of_files: false,
            _lock: lock,
        };
        if is_new {
            let system = Arc::clone(db.schema.load().system());
            let node = LocalNode { host_id, cluster_name: builder.cluster_name };
            db.store.submit_one(&node.mutation(&system, db.next_timestamp())?)?.wait()?;
            db.store.flush(system.local().id())?;
        }
        db.forget_truncations(self.refilled.keys().copied())?;
        events.iter().for_each(|event| db.store.tell(event));
        unarchived.into_iter().for_each(|error| db.store.note_archive(Some(&error)));
        if let Some(options) = builder.checkpoints {
            db.store.set_periodic_chore(Box::new(Checkpoints {
                options,
                fs: Arc::clone(&db.fs),
                places: db.places.clone(),
                schema: Arc::clone(&db.schema),
                schema_change: Arc::clone(&db.schema_change),
                last: Default::default(),
            }));
        }
        Ok(db)
    }

    fn into_reader(self, builder: DatabaseBuilder, places: Places, follower: LogFollower) -> Database {
        if let Some(listener) = &builder.listener {
            self.store.set_listener(Arc::clone(listener));
        }
        self.events.iter().for_each(|event| self.store.tell(event));
        Database {
            store: self.store,
            fs: Arc::clone(&builder.fs),
            places,
            schema: Arc::new(ArcSwap::from_pointee(self.schema)),
            schema_change: Arc::default(),
            auto_snapshot: false,
            whole_indexes: WholeIndexes::default(),
            locks: super::striped_locks::StripedLocks::default(),
            reader: Some(Reader { builder, follower }),
            is_of_files: false,
            _lock: None,
        }
    }
}

/// The schema as its tables have it now.
pub(super) fn read_schema(store: &Arc<Store>, before: &Schema) -> Result<Schema> {
    let (system, view) = (before.system(), store.view());
    let mut rows = SchemaRows::default();
    for of in SchemaTable::ALL {
        let (mut source, columns) = view.unfiltered(system.schema_table(of).id())?;
        rows.read(of, &mut source, &columns, store.now_seconds())?;
    }
    Schema::read(system, &rows)
}

/// What of a table's parameters the storage goes by.
pub(super) fn settings_of(table: &Table, schema: &Schema, store: &Store) -> TableSettings {
    let parameters = table.parameters();
    let (compaction, _) = parameters.compaction_in_effect();
    TableSettings {
        compacted: Arc::new(CompactedTable {
            schema: cqlite_sstable::schema::TableSchema::clone(table.schema()),
            parameters: compaction.clone(),
            compression: parameters.compression_in_effect().0,
            bloom_filter_fp_chance: parameters.bloom_filter_fp_chance,
            gc_grace_seconds: i64::from(parameters.gc_grace_seconds),
            version: store.version(),
            index_block_bytes: None,
            host_id: store.host_id(),
        }),
        compaction: Arc::new(compaction),
        flush_period: flush_period(parameters.memtable_flush_period_millis),
        min_index_interval: u32::try_from(parameters.min_index_interval).unwrap_or(128),
        incremental_backups: store.has_incremental_backups() && parameters.incremental_backups,
        is_of_view: is_of_view(schema, table),
    }
}

/// The age at which memtables are flushed; 0 is for none.
fn flush_period(millis: i32) -> Option<Duration> {
    u64::try_from(millis).ok().filter(|millis| *millis > 0).map(Duration::from_millis)
}

/// A random UUID of version 4.
fn random_uuid() -> Uuid {
    let mut bytes = [0; 16];
    for half in bytes.chunks_mut(8) {
        // Each state is seeded by the operating system.
        half.copy_from_slice(&RandomState::new().build_hasher().finish().to_be_bytes());
    }
    let [.., version, _, variant, _, _, _, _, _, _, _] = &mut bytes;
    *version = (*version & 0x0F) | 0x40;
    *variant = (*variant & 0x3F) | 0x80;
    Uuid(bytes)
}
