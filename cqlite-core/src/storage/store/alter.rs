//! Changes of the schema, and emptying tables.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use cqlite_sstable::component::statistics::CommitLogPosition;
use cqlite_sstable::writer::{Operation, Transaction};
use cqlite_sstable::{Descriptor, Result};

use super::janitor::Chore;
use super::troubles::Work;
use super::view::Tables;
use super::{Removal, Store, TableSettings, TableSstable, TableView};
use crate::storage::TableId;
use crate::storage::fs::FsFiles;
use crate::storage::lifecycle::{live_index_sstables, remove_indexes};
use crate::storage::mutation::TableLayout;

/// A table of which all up to a moment is in SSTables.
#[derive(Debug)]
pub struct FlushedTable {
    /// The table.
    pub id: TableId,
    /// Where its SSTables are.
    pub directory: PathBuf,
    /// The SSTables, in which nothing is that was written later.
    pub sstables: Vec<Arc<TableSstable>>,
    /// Those of its secondary indexes, which a node wrote.
    pub indexes: Vec<Descriptor>,
}

impl Store {
    /// Has a table written by another schema from now on. Writes that were made by the one before are decoded anew.
    ///
    /// # Errors
    /// If there is no such table.
    pub fn alter_table(&self, layout: Arc<TableLayout>, settings: TableSettings) -> Result<()> {
        let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        self.change_table(layout.id(), |view| {
            view.table.settings.store(Arc::new(settings));
            if Arc::ptr_eq(&view.layout, &layout) {
                return;
            }
            let new = self.new_memtable(&layout);
            let old = std::mem::replace(&mut view.active, new);
            view.layout = layout;
            if old.memtable.is_empty() {
                self.mark_clean(view.table.id, old.start, view.active.start);
            } else {
                view.flushing.push(old);
                self.want_flush(view.table.id);
            }
        })
    }

    /// Changes how the SSTables of a table are written and compacted.
    ///
    /// # Errors
    /// If there is no such table.
    pub fn set_table_settings(&self, id: TableId, settings: TableSettings) -> Result<()> {
        self.tables.load().get(id)?.table.settings.store(Arc::new(settings));
        Ok(())
    }

    /// Refuses writes to a table that is about to be dropped, or takes them again. Those that were let through before are in
    /// the memtables when this returns.
    ///
    /// # Errors
    /// If there is no such table.
    pub fn set_leaving(&self, id: TableId, is_leaving: bool) -> Result<()> {
        let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        self.change_table(id, |view| view.is_leaving = is_leaving)
    }

    /// Takes a table out: later writes and reads do not find it. Its SSTables are removed when nobody reads them any more, and
    /// those of its secondary indexes at once. That it was dropped has to last before.
    ///
    /// # Errors
    /// If there is no such table. That its SSTables cannot be removed is only noted: nobody reads them any more.
    pub fn drop_table(&self, id: TableId) -> Result<()> {
        // A compaction that ends later would find no table to put its outputs into.
        let stopped = self.scheduler.get().map(|scheduler| scheduler.stop_table(id));
        let dropped = {
            let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
            let _change = self.change.lock().unwrap_or_else(PoisonError::into_inner);
            let mut tables = Tables::clone(&self.tables.load());
            let dropped = tables.get(id).cloned()?;
            tables.by_id.remove(&id);
            self.tables.store(Arc::new(tables));
            dropped
        };
        if let Some(log) = self.log.get() {
            log.forget(id);
        }
        drop(stopped);
        if let Some(scheduler) = self.scheduler.get() {
            scheduler.forget_table(id);
        }
        self.troubles.forget_table(id);
        let _flushes = dropped.table.flushes.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_read_only() {
            return Ok(());
        }
        let removed = self.remove_sstables(&dropped, &self.flushed_sstables(&dropped)).map(drop);
        let indexes = remove_indexes(&self.fs, &dropped.table.directory, self.options.version);
        if let Err(error) = removed.and(indexes) {
            self.note_error(Work::Removal, id, &error);
        }
        Ok(())
    }

    /// Writes what is in memtables, and tells up to which place of the log nothing else is left to write. Nothing that is
    /// written later is in the SSTables of the view that comes with it.
    ///
    /// # Errors
    /// As [`Store::flush`].
    pub fn flush_up_to_now(&self, id: TableId) -> Result<(CommitLogPosition, Vec<Arc<TableSstable>>)> {
        let pinned = {
            let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
            self.switch_under_gate(id)?;
            Arc::clone(self.tables.load().get(id)?)
        };
        self.flush(id)?;
        Ok((pinned.active.start, self.flushed_sstables(&pinned)))
    }

    /// The SSTables of a view in which all was switched, with those that became of its memtables.
    pub(super) fn flushed_sstables(&self, pinned: &TableView) -> Vec<Arc<TableSstable>> {
        let flushed = pinned.flushing.iter().filter_map(|logged| logged.flushed.get().cloned().flatten());
        pinned.sstables.iter().cloned().chain(flushed).collect()
    }

    /// All tables with their SSTables as of one moment, for snapshots: of every batch all or nothing is in them.
    ///
    /// # Errors
    /// As [`Store::flush`].
    pub fn flushed_tables(&self) -> Result<Vec<FlushedTable>> {
        let pinned: Vec<Arc<TableView>> = {
            let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
            let ids: Vec<TableId> = self.tables.load().by_id.keys().copied().collect();
            ids.into_iter().try_for_each(|id| self.switch_under_gate(id))?;
            self.tables.load().by_id.values().cloned().collect()
        };
        // What is damaged would be missing.
        pinned.iter().try_for_each(|view| view.table.quarantine.check(None, None))?;
        self.flush_all()?;
        let told = |view: Arc<TableView>| {
            let directory = view.table.directory.clone();
            let indexes = live_index_sstables(&self.fs, &directory)?;
            Ok(FlushedTable { id: view.table.id, directory, sstables: self.flushed_sstables(&view), indexes })
        };
        pinned.into_iter().map(told).collect()
    }

    /// Takes SSTables out of a table, and all that could not be opened, at once, and removes them when nobody reads them any more.
    ///
    /// # Errors
    /// If there is no such table, or it cannot be made to last: then they stay.
    pub fn discard_sstables(&self, id: TableId, sstables: &[Arc<TableSstable>]) -> Result<()> {
        let view = Arc::clone(self.tables.load().get(id)?);
        let removed = self.remove_sstables(&view, sstables)?;
        self.change_table(id, |view| {
            view.sstables.retain(|one| !sstables.iter().any(|gone| Arc::ptr_eq(one, gone)));
        })?;
        for gone in removed {
            view.table.quarantine.release(&gone);
        }
        if view.table.quarantine.is_empty() {
            self.troubles.went_well(Work::Reading, id);
        }
        Ok(())
    }

    /// Returned is what was removed.
    fn remove_sstables(&self, view: &TableView, sstables: &[Arc<TableSstable>]) -> Result<Vec<Descriptor>> {
        let is_known = |one: &Descriptor| view.sstables.iter().any(|known| known.live().descriptor() == one);
        let mut removed: Vec<Descriptor> =
            sstables.iter().map(|sstable| sstable.live().descriptor().clone()).collect();
        // Those that could not even be opened are in no view.
        let damaged = view.table.quarantine.damaged().into_iter().map(|damaged| damaged.descriptor);
        removed.extend(damaged.filter(|one| !is_known(one)));
        if removed.is_empty() {
            return Ok(removed);
        }
        let mut transaction =
            Transaction::begin(self.output(&view.table), Operation::Compaction, self.options.version)?;
        for descriptor in &removed {
            let files = FsFiles::new(Arc::clone(&self.fs), descriptor.clone());
            transaction.remove(files.obsolete()?)?;
        }
        let committed = self.commit(transaction)?;
        if let Some(removal) = self.removal(view.table.id, Chore::Discard(committed)) {
            sstables.iter().for_each(|sstable| sstable.replace(Arc::clone(&removal)));
        }
        Ok(removed)
    }

    /// What the janitor is to do once nobody reads any more what it is given to. Without a janitor the store is stopped, and
    /// the next opening does it.
    pub(super) fn removal(&self, table: TableId, chore: Chore) -> Option<Arc<Removal>> {
        let janitor = self.janitor.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        self.removals.begin(table);
        Some(Arc::new(Removal::new(table, chore, janitor)))
    }

    /// Waits until nothing is left of a table of this id that was dropped: a new one's files would have the names of those that are
    /// still to go.
    ///
    /// # Errors
    /// If views of before keep SSTables of it.
    pub fn wait_until_removed(&self, id: TableId) -> Result<()> {
        self.removals.wait(id)
    }
}
