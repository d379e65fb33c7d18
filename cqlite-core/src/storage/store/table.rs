//! A table of a store.

use std::cmp::Reverse;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwap;
use cqlite_sstable::component::statistics::CommitLogPosition;
use cqlite_sstable::writer::SstableIds;
use cqlite_sstable::{Result, SstableId};

use super::{TableSettings, TableSstable};
use crate::storage::TableId;
use crate::storage::compaction::ShardSpace;
use crate::storage::lifecycle::Quarantine;
use crate::storage::memtable::Memtable;
use crate::storage::mutation::TableLayout;
use crate::sync::Mutex;

/// What stays of a table as long as it is there, whatever is written to it.
#[derive(Debug)]
pub struct TableStore {
    pub(super) id: TableId,
    pub(super) directory: PathBuf,
    pub(super) settings: ArcSwap<TableSettings>,
    pub(super) ids: Mutex<SstableIds>,
    /// Held by who flushes.
    pub(super) flushes: Mutex<()>,
    pub(super) shard_space: Arc<ShardSpace>,
    pub(super) quarantine: Quarantine,
    flushed: AtomicU64,
    flushed_bytes: AtomicU64,
    compacted: AtomicU64,
    compacted_bytes: AtomicU64,
}

impl TableStore {
    pub(super) fn new(
        layout: &TableLayout,
        directory: PathBuf,
        settings: TableSettings,
        ids: SstableIds,
    ) -> Self {
        Self {
            id: layout.id(),
            directory,
            settings: ArcSwap::from_pointee(settings),
            ids: Mutex::new(ids),
            flushes: Mutex::default(),
            shard_space: Arc::new(ShardSpace::whole(&layout.partitioner().token(&[]))),
            quarantine: Quarantine::default(),
            flushed: AtomicU64::new(0),
            flushed_bytes: AtomicU64::new(0),
            compacted: AtomicU64::new(0),
            compacted_bytes: AtomicU64::new(0),
        }
    }

    /// The id.
    pub fn id(&self) -> TableId {
        self.id
    }

    /// Where its SSTables are.
    pub fn directory(&self) -> &PathBuf {
        &self.directory
    }

    /// How its SSTables are written and compacted.
    pub fn settings(&self) -> Arc<TableSettings> {
        self.settings.load_full()
    }

    /// Its SSTables that turned out damaged.
    pub fn quarantine(&self) -> &Quarantine {
        &self.quarantine
    }

    /// The id of a new SSTable.
    pub(super) fn next_id(&self) -> Result<SstableId> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).next_id()
    }

    pub(super) fn note_flushed(&self, data_bytes: u64) {
        self.flushed.fetch_add(1, Ordering::Relaxed);
        self.flushed_bytes.fetch_add(data_bytes, Ordering::Relaxed);
    }

    pub(super) fn note_compacted(&self, data_bytes: u64) {
        self.compacted.fetch_add(1, Ordering::Relaxed);
        self.compacted_bytes.fetch_add(data_bytes, Ordering::Relaxed);
    }

    /// How many compactions there were, and the bytes of the Data.db that they wrote.
    pub(super) fn compacted(&self) -> (u64, u64) {
        (self.compacted.load(Ordering::Relaxed), self.compacted_bytes.load(Ordering::Relaxed))
    }

    /// How many SSTables were flushed, and the bytes of their Data.db.
    pub(super) fn flushed(&self) -> (u64, u64) {
        (self.flushed.load(Ordering::Relaxed), self.flushed_bytes.load(Ordering::Relaxed))
    }

    /// The mean length of Data.db of what was flushed; 0 if nothing was.
    pub(super) fn flushed_bytes(&self) -> f64 {
        match self.flushed() {
            (0, _) => 0.0,
            (flushed, bytes) => bytes as f64 / flushed as f64,
        }
    }
}

/// What a table consists of at one moment: the newest writes in the active memtable, older ones in those that are being
/// flushed, and the rest in SSTables (`db.lifecycle.View`).
#[derive(Debug, Clone)]
pub struct TableView {
    pub(super) table: Arc<TableStore>,
    pub(super) layout: Arc<TableLayout>,
    pub(super) active: Arc<LoggedMemtable>,
    /// The oldest first.
    pub(super) flushing: Vec<Arc<LoggedMemtable>>,
    /// Those with the newest writes first.
    pub(super) sstables: Vec<Arc<TableSstable>>,
    /// Whether it is being dropped: it is not written to any more.
    pub(super) is_leaving: bool,
}

impl TableView {
    /// The table.
    pub fn table(&self) -> &Arc<TableStore> {
        &self.table
    }

    /// Its types and columns.
    pub fn layout(&self) -> &Arc<TableLayout> {
        &self.layout
    }

    /// All memtables, the newest first. Older ones may be of an earlier schema.
    pub(in crate::storage) fn memtables(&self) -> impl Iterator<Item = &Arc<Memtable>> {
        let older = self.flushing.iter().rev();
        std::iter::once(&self.active).chain(older).map(|logged| &logged.memtable)
    }

    /// The SSTables, by their greatest timestamps: those with the newest writes first.
    pub fn sstables(&self) -> &[Arc<TableSstable>] {
        &self.sstables
    }

    /// Has to be called when SSTables were added.
    pub(super) fn sort_sstables(&mut self) {
        self.sstables.sort_by_key(|sstable| Reverse(sstable.max_timestamp()));
    }
}

/// A memtable with the place in the commit log behind which its writes are.
#[derive(Debug)]
pub(super) struct LoggedMemtable {
    pub(super) memtable: Arc<Memtable>,
    pub(super) start: CommitLogPosition,
    /// When it took the place of the one before.
    pub(super) begun: Instant,
    /// What became of it.
    pub(super) flushed: OnceLock<Option<Arc<TableSstable>>>,
}
