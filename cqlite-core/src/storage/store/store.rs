//! The store.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use cqlite_sstable::component::statistics::CommitLogPosition;
use cqlite_sstable::find::LiveSet;
use cqlite_sstable::io::ChunkCache;
use cqlite_sstable::writer::SstableIds;
use cqlite_sstable::{Component, Descriptor, Error, ErrorKind, Result, SstableId};

use super::admission::Admission;
use super::clock::Timestamps;
use super::compactions::StoreHost;
use super::flusher::FlushQueue;
use super::health::HealthState;
use super::janitor::Told;
use super::latencies::Latencies;
use super::lookups::Lookups;
use super::readers::Readers;
use super::removals::Removals;
use super::sequencer::Sequencer;
use super::table::LoggedMemtable;
use super::troubles::{Troubles, Work};
use super::view::Tables;
use super::{
    Event, EventListener, Health, PeriodicChore, StoreOptions, TableSettings, TableSstable, TableStore,
    TableView, View,
};
use crate::storage::TableId;
use crate::storage::commitlog::CommitLog;
use crate::storage::compaction::executor::LiveSstable;
use crate::storage::compaction::scheduler::{CompactionEvent, Scheduler, SchedulerOptions};
use crate::storage::fs::FileSystem;
use crate::storage::lifecycle::{clean_orphans, live_set};
use crate::storage::memtable::{HeldMemory, Memtable, Visibility};
use crate::storage::mutation::TableLayout;
use crate::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use crate::sync::{ArcSwap, Mutex, RwLock};

/// The tables of one directory (`db.ColumnFamilyStore`, of all tables together).
pub struct Store {
    pub(super) fs: Arc<dyn FileSystem>,
    pub(super) options: StoreOptions,
    pub(super) visibility: Arc<Visibility>,
    pub(super) held: Arc<HeldMemory>,
    pub(super) memtable_budget: AtomicUsize,
    pub(super) sequencer: Sequencer,
    pub(super) readers: Readers,
    pub(super) host_id: OnceLock<[u8; 16]>,
    pub(super) timestamps: Timestamps,
    pub(super) cache: ChunkCache,
    pub(super) tables: ArcSwap<Tables>,
    /// Held by who makes other tables out of those that there are.
    pub(super) change: Mutex<()>,
    /// Shared by writers, from the log to the memtables; closed to switch a memtable.
    pub(super) gate: RwLock<()>,
    pub(super) log: OnceLock<CommitLog>,
    pub(super) health: HealthState,
    pub(super) troubles: Troubles,
    pub(super) listener: OnceLock<Arc<dyn EventListener>>,
    pub(super) periodic_chore: OnceLock<Box<dyn PeriodicChore>>,
    pub(super) admission: Admission,
    pub(super) writes: Latencies,
    pub(super) reads: Latencies,
    pub(super) flushes: Latencies,
    pub(super) lookups: Lookups,
    pub(super) flush_queue: FlushQueue,
    pub(super) scheduler: OnceLock<Scheduler>,
    pub(super) removals: Removals,
    pub(super) janitor: Mutex<Option<Sender<Told>>>,
    /// What was written since the room on the disk was looked at.
    pub(super) unwatched_bytes: AtomicU64,
    chores: Mutex<Option<Receiver<Told>>>,
    is_stopping: AtomicBool,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Store {
    /// A store without tables. Its data directory has to be there.
    pub fn new(fs: Arc<dyn FileSystem>, options: StoreOptions) -> Arc<Self> {
        let visibility = Arc::new(Visibility::new());
        let (janitor, chores) = channel();
        Arc::new(Self {
            fs,
            sequencer: Sequencer::new(Arc::clone(&visibility)),
            readers: Readers::new(Arc::clone(&visibility)),
            visibility,
            held: Arc::default(),
            memtable_budget: options.memtable_bytes.into(),
            host_id: OnceLock::new(),
            timestamps: Timestamps::after(0),
            cache: ChunkCache::new(options.chunk_cache_bytes),
            tables: ArcSwap::default(),
            change: Mutex::default(),
            gate: RwLock::default(),
            log: OnceLock::new(),
            health: HealthState::default(),
            troubles: Troubles::default(),
            listener: OnceLock::new(),
            periodic_chore: OnceLock::new(),
            admission: Admission::default(),
            writes: Latencies::default(),
            reads: Latencies::default(),
            flushes: Latencies::default(),
            lookups: Lookups::default(),
            flush_queue: FlushQueue::default(),
            scheduler: OnceLock::new(),
            janitor: Mutex::new(Some(janitor)),
            removals: Removals::default(),
            chores: Mutex::new(Some(chores)),
            unwatched_bytes: AtomicU64::new(0),
            is_stopping: AtomicBool::new(false),
            threads: Mutex::default(),
            options,
        })
    }

    /// Opens a table whose directory is there.
    ///
    /// # Errors
    /// If there is a table of this id already, and if one of its SSTables cannot be opened.
    pub fn add_table(
        &self,
        layout: Arc<TableLayout>,
        directory: &Path,
        settings: TableSettings,
    ) -> Result<()> {
        let directories = [directory.to_owned()];
        if !self.options.is_read_only {
            clean_orphans(&self.fs, &directories)?;
        }
        let found = self.live_set(directory)?;
        if let Some(error) = found.refused.into_iter().chain(found.undecided).next() {
            return Err(error);
        }
        let (mut sstables, mut damaged) = (Vec::new(), Vec::new());
        for descriptor in found.sstables.into_iter().filter(|one| !one.is_index()) {
            match self.open_sstable(descriptor.clone(), &layout) {
                Ok(sstable) => {
                    let newest = sstable.sstable().statistics().stats.max_timestamp;
                    self.pass_timestamp(newest);
                    sstables.push(sstable);
                }
                // Who writes the database has removed it meanwhile.
                Err(error) if self.options.is_read_only && error.kind() == ErrorKind::Missing => {
                    return Err(error);
                }
                Err(error) if matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Missing) => {
                    damaged.push((descriptor, error));
                }
                Err(error) => return Err(error),
            }
        }
        let ids = self.ids_in(directory)?;
        let table = TableStore::new(&layout, directory.to_owned(), settings, ids);
        self.show_table(layout, table, sstables, damaged)
    }

    /// Adds a table of which the SSTables are open, those of somebody else: nothing of it is written. Reads of what damaged
    /// ones may have are refused.
    ///
    /// # Errors
    /// If there is a table of this id already.
    pub fn add_opened_table(
        &self,
        layout: Arc<TableLayout>,
        directory: &Path,
        settings: TableSettings,
        sstables: Vec<LiveSstable>,
        damaged: Vec<(Descriptor, Error)>,
    ) -> Result<()> {
        let table = TableStore::new(&layout, directory.to_owned(), settings, SstableIds::uuids());
        let sstables = sstables.into_iter().map(|live| self.shown(Arc::new(live))).collect();
        self.show_table(layout, table, sstables, damaged)
    }

    fn show_table(
        &self,
        layout: Arc<TableLayout>,
        table: TableStore,
        sstables: Vec<Arc<TableSstable>>,
        damaged: Vec<(Descriptor, Error)>,
    ) -> Result<()> {
        for (descriptor, error) in damaged {
            self.note_error(Work::Reading, layout.id(), &error);
            table.quarantine.add(descriptor, None, &error);
        }
        let _change = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tables = Tables::clone(&self.tables.load());
        if tables.by_id.contains_key(&layout.id()) {
            let told = format!("there is a table of the id {} already", layout.id());
            return Err(Error::invalid_input(told).at(&table.directory));
        }
        let active = self.new_memtable(&layout);
        let mut view = TableView {
            table: Arc::new(table),
            layout,
            active,
            flushing: Vec::new(),
            sstables,
            is_leaving: false,
        };
        view.sort_sstables();
        tables.by_id.insert(view.table.id, Arc::new(view));
        self.tables.store(Arc::new(tables));
        Ok(())
    }

    /// The SSTables that are part of a table. Who only reads does not make the directory where it is missing.
    pub(super) fn live_set(&self, directory: &Path) -> Result<LiveSet> {
        match live_set(&self.fs, &[directory.to_owned()]) {
            Err(_) if self.options.is_read_only && self.is_missing(directory) => Ok(LiveSet::default()),
            found => found,
        }
    }

    fn is_missing(&self, directory: &Path) -> bool {
        self.fs.entry(directory).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    }

    /// Opens an SSTable of a table.
    pub(super) fn open_sstable(
        &self,
        descriptor: Descriptor,
        layout: &TableLayout,
    ) -> Result<Arc<TableSstable>> {
        // Who writes the database may remove files at any moment.
        let live = match self.options.is_read_only {
            true => LiveSstable::open_held(&self.fs, descriptor)?,
            false => LiveSstable::open(&self.fs, descriptor)?,
        };
        let partitioner = layout.partitioner();
        if live.sstable().partitioner()? != *partitioner {
            let named = &live.sstable().statistics().validation.partitioner;
            let told = format!("the SSTable is of {named}, and its table of {}", partitioner.name());
            return Err(Error::invalid_input(told).at(live.descriptor().file(Component::Data)));
        }
        Ok(self.shown(Arc::new(live)))
    }

    /// The ids of new SSTables in a directory.
    fn ids_in(&self, directory: &Path) -> Result<SstableIds> {
        if self.options.has_uuid_ids || self.options.is_read_only {
            return Ok(SstableIds::uuids());
        }
        let mut last = 0;
        for entry in self.fs.list(directory).map_err(|error| Error::io(directory, error))? {
            let descriptor = Descriptor::from_file(&directory.join(&entry.name));
            if let Ok(SstableId::Sequence(number)) = descriptor.map(|descriptor| descriptor.id().clone()) {
                last = last.max(number);
            }
        }
        Ok(SstableIds::from(last.saturating_add(1)))
    }

    /// An SSTable as a view has it.
    pub(super) fn shown(&self, live: Arc<LiveSstable>) -> Arc<TableSstable> {
        Arc::new(TableSstable::new(live, self.cache.clone()))
    }

    /// Writes go to this log from now on.
    ///
    /// # Errors
    /// If there is one already.
    pub fn set_log(&self, log: CommitLog) -> Result<()> {
        let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        self.log.set(log).map_err(|_| Error::invalid_input("the store has a commit log already"))?;
        let _change = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tables = Tables::clone(&self.tables.load());
        for view in tables.by_id.values_mut() {
            let active = self.new_memtable(&view.layout);
            *view = Arc::new(TableView { active, ..TableView::clone(view) });
        }
        self.tables.store(Arc::new(tables));
        Ok(())
    }

    /// Says by which id SSTables that are written name this node.
    pub fn set_host_id(&self, host_id: [u8; 16]) {
        // It is said once.
        let _ = self.host_id.set(host_id);
    }

    /// The id of this node, once it is known.
    pub fn host_id(&self) -> Option<[u8; 16]> {
        self.host_id.get().copied()
    }

    /// All timestamps that are given out later are greater than this, unless it is more than a day ahead of the time: no clock gave
    /// it then, and what is written by a client of its own must not move the time of all.
    pub fn pass_timestamp(&self, timestamp: i64) {
        self.timestamps.pass(timestamp, &*self.options.clock);
    }

    /// It was this time once, in microseconds since 1970, whatever the clock says now: timestamps of SSTables are passed by that.
    pub fn pass_time(&self, micros: i64) {
        self.timestamps.pass_time(micros);
        for sstable in self.tables.load().by_id.values().flat_map(|view| &view.sstables) {
            self.pass_timestamp(sstable.sstable().statistics().stats.max_timestamp);
        }
    }

    /// Starts the threads that flush, compact and clean up.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn start(self: &Arc<Self>, compactions: SchedulerOptions) -> Result<()> {
        let host = Arc::new(StoreHost::of(self));
        let scheduler = Scheduler::start(host, compactions)?;
        self.scheduler.set(scheduler).map_err(|_| Error::invalid_input("the store was started already"))?;
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let store = Arc::clone(self);
        threads.push(spawn("flusher", move || store.flush_in_background())?);
        let chores = self.chores.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(chores) = chores {
            let store = Arc::clone(self);
            threads.push(spawn("janitor", move || super::janitor::clean_up(&store, &chores))?);
        }
        Ok(())
    }

    /// Ends the threads. What is in memtables and in the log stays as it is.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::SeqCst);
        if let Some(scheduler) = self.scheduler.get() {
            scheduler.close();
        }
        self.flush_queue.wake();
        if let Some(janitor) = self.janitor.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // Where it was never started, nobody is told.
            let _ = janitor.send(None);
        }
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // A thread that panicked has told so.
            let _ = thread.join();
        }
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::SeqCst)
    }

    /// Refuses all later writes, flushes all tables, and ends the log, of which nothing is left then.
    ///
    /// # Errors
    /// If something cannot be written. What is left of the log is replayed at the next opening.
    pub fn close(&self) -> Result<()> {
        self.set_health(Health::Closed);
        // Who came through before is waited for.
        drop(self.gate.write().unwrap_or_else(PoisonError::into_inner));
        let flushed = self.flush_all();
        self.stop();
        flushed?;
        self.log.get().map_or(Ok(()), CommitLog::close)
    }

    /// An empty memtable for what is written from now on. The gate is closed, or nothing is written to the table yet.
    pub(super) fn new_memtable(&self, layout: &Arc<TableLayout>) -> Arc<LoggedMemtable> {
        let (visibility, held) = (Arc::clone(&self.visibility), Arc::clone(&self.held));
        let memtable = Memtable::new(Arc::clone(layout), visibility, held);
        let (start, begun, flushed) = (self.log_position(), Instant::now(), OnceLock::new());
        Arc::new(LoggedMemtable { memtable, start, begun, flushed })
    }

    pub(super) fn log_position(&self) -> CommitLogPosition {
        self.log.get().map_or(CommitLogPosition::NONE, CommitLog::position)
    }

    /// Changes what a table consists of. What `change` returns is in place when this returns.
    pub(super) fn change_table<T>(&self, id: TableId, change: impl FnOnce(&mut TableView) -> T) -> Result<T> {
        let _change = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tables = Tables::clone(&self.tables.load());
        let mut view = TableView::clone(tables.get(id)?);
        let changed = change(&mut view);
        view.sort_sstables();
        tables.by_id.insert(id, Arc::new(view));
        self.tables.store(Arc::new(tables));
        Ok(changed)
    }

    /// What there is now.
    pub fn view(self: &Arc<Self>) -> View {
        View::open(self)
    }

    /// A timestamp for a write: greater than all that were given out before, and than all that were there at the opening and
    /// not more than a day ahead of the time.
    pub fn next_timestamp(&self) -> i64 {
        self.timestamps.next(&*self.options.clock)
    }

    /// The time, in seconds since 1970.
    pub fn now_seconds(&self) -> i64 {
        self.now_micros().div_euclid(1_000_000)
    }

    /// The time, in microseconds since 1970.
    pub fn now_micros(&self) -> i64 {
        self.options.clock.now_micros()
    }

    /// Whether writes are taken.
    pub fn health(&self) -> Health {
        if let Some(failure) = self.log.get().and_then(CommitLog::failure) {
            self.set_health(Health::ReadOnly { cause: failure.to_string() });
        }
        self.health.get()
    }

    pub(super) fn set_health(&self, health: Health) {
        if self.health.set(health.clone()) {
            self.flush_queue.wake();
            self.tell(&Event::HealthChanged(health));
        }
    }

    /// Notes and tells what failed in the background.
    pub fn note_error(&self, work: Work, table: impl Into<Option<TableId>>, error: &Error) {
        self.troubles.note(work, table.into(), error);
        self.tell(&Event::Failed { error: error.to_string() });
    }

    /// Who is told of what happens from now on.
    pub fn set_listener(&self, listener: Arc<dyn EventListener>) {
        // It is said once.
        let _ = self.listener.set(listener);
    }

    /// What is done beside flushes from now on, by the thread that flushes.
    pub fn set_periodic_chore(&self, chore: Box<dyn PeriodicChore>) {
        // It is said once.
        let _ = self.periodic_chore.set(chore);
    }

    /// Tells of something that happened.
    pub fn tell(&self, event: &Event) {
        if let Some(listener) = self.listener.get() {
            listener.tell(event);
        }
    }

    /// Its compactions, once it was started.
    pub fn scheduler(&self) -> Option<&Scheduler> {
        self.scheduler.get()
    }

    pub(super) fn compaction_told(&self, event: &CompactionEvent<'_>) {
        match event {
            CompactionEvent::Failed { table, error, .. } => self.note_error(Work::Compaction, *table, error),
            CompactionEvent::Completed { table, .. } => {
                self.troubles.went_well(Work::Compaction, *table);
                self.tell(&Event::Compacted { table: *table });
            }
            CompactionEvent::Started { .. } | CompactionEvent::Cancelled { .. } => {}
        }
    }

    /// Whether SSTables that are flushed are linked into `backups`, as far as tables want it.
    pub fn has_incremental_backups(&self) -> bool {
        self.options.incremental_backups
    }

    pub(super) fn memtable_budget(&self) -> usize {
        self.memtable_budget.load(Ordering::Relaxed)
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    thread::Builder::new().name(format!("cqlite-{name}")).spawn(work).map_err(Error::output)
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("data_directory", &self.options.data_directory).finish_non_exhaustive()
    }
}
