//! A table of a store.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use cqlite_sstable::component::statistics::CommitLogPosition;
use cqlite_sstable::writer::SstableIds;

use super::{LiveSstable, TableSettings};
use crate::storage::TableId;
use crate::storage::memtable::Memtable;
use crate::storage::mutation::TableLayout;

/// What stays of a table as long as it is there, whatever is written to it.
#[derive(Debug)]
pub struct Table {
    pub(super) id: TableId,
    pub(super) directory: PathBuf,
    pub(super) settings: ArcSwap<TableSettings>,
    pub(super) ids: Mutex<SstableIds>,
    /// Held by who puts other SSTables or memtables in place of some, from the choice until the view has them.
    pub(super) flushes: Mutex<()>,
}

impl Table {
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
}

/// What a table consists of at one moment: the newest writes in the active memtable, older ones in those that are being
/// flushed, and the rest in SSTables (`db.lifecycle.View`).
#[derive(Debug, Clone)]
pub struct TableView {
    pub(super) table: Arc<Table>,
    pub(super) layout: Arc<TableLayout>,
    pub(super) active: Arc<LoggedMemtable>,
    /// The oldest first.
    pub(super) flushing: Vec<Arc<LoggedMemtable>>,
    pub(super) sstables: Vec<Arc<LiveSstable>>,
}

impl TableView {
    /// The table.
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// Its types and columns.
    pub fn layout(&self) -> &Arc<TableLayout> {
        &self.layout
    }

    /// All memtables, the newest first.
    pub(in crate::storage) fn memtables(&self) -> impl Iterator<Item = &Arc<Memtable>> {
        let older = self.flushing.iter().rev();
        std::iter::once(&self.active).chain(older).map(|logged| &logged.memtable)
    }

    /// The SSTables.
    pub fn sstables(&self) -> &[Arc<LiveSstable>] {
        &self.sstables
    }
}

/// A memtable with the place in the commit log behind which its writes are.
#[derive(Debug)]
pub(super) struct LoggedMemtable {
    pub(super) memtable: Arc<Memtable>,
    pub(super) start: CommitLogPosition,
}
