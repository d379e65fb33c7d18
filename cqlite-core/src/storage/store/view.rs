//! What there is at one moment.

use std::fmt;
use std::sync::Arc;

use arc_swap::Guard;
use cqlite_sstable::{Error, Result};
use rustc_hash::FxHashMap;

use super::{Store, TableView};
use crate::storage::TableId;

/// All tables at one moment. It is never changed: where something changes, another one takes its place as a whole.
#[derive(Debug, Clone, Default)]
pub(super) struct Tables {
    pub(super) by_id: FxHashMap<TableId, Arc<TableView>>,
}

impl Tables {
    pub(super) fn get(&self, id: TableId) -> Result<&Arc<TableView>> {
        self.by_id.get(&id).ok_or_else(|| no_table(id))
    }
}

pub(super) fn no_table(id: TableId) -> Error {
    Error::invalid_input(format!("there is no table of the id {id}; it may have been dropped"))
}

/// What there is at one moment, for repeatable reads: writes and compactions that come later change nothing of it.
///
/// As long as it is there, the memtables and SSTables of that moment are kept.
pub struct View {
    store: Arc<Store>,
    tables: Arc<Tables>,
    visible: u64,
}

impl View {
    pub(super) fn open(store: &Arc<Store>) -> Self {
        let (tables, visible) = store.pin();
        Self { store: Arc::clone(store), tables, visible }
    }

    /// A table.
    ///
    /// # Errors
    /// If there is none of this id.
    pub fn table(&self, id: TableId) -> Result<&Arc<TableView>> {
        self.tables.get(id)
    }

    /// The number up to which writes are seen.
    pub(in crate::storage) fn visible(&self) -> u64 {
        self.visible
    }

    /// The store.
    pub(in crate::storage) fn store(&self) -> &Arc<Store> {
        &self.store
    }
}

impl Drop for View {
    fn drop(&mut self) {
        self.store.readers.close(self.visible);
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("visible", &self.visible).finish_non_exhaustive()
    }
}

impl Store {
    /// All tables and the number up to which their writes are complete, of one moment.
    fn pin(&self) -> (Arc<Tables>, u64) {
        loop {
            let tables: Guard<Arc<Tables>> = self.tables.load();
            let visible = self.readers.open();
            // Where a memtable was switched in between, writes up to that number may be in one that is not known here.
            if Arc::ptr_eq(&tables, &self.tables.load()) {
                return (Guard::into_inner(tables), visible);
            }
            self.readers.close(visible);
        }
    }
}
