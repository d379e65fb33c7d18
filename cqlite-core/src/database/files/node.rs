//! What a node keeps of itself, beside its tables.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use cqlite_sstable::Result;
use cqlite_sstable::find::{FindOptions, find};
use cqlite_sstable::schema::SchemaSearch;

use super::FilesOptions;
use super::opened_table::OpenedTable;
use crate::catalog::{Schema, StoredLocal};
use crate::database::open::settings_of;
use crate::storage::fs::FileSystem;
use crate::storage::store::{Store, StoreOptions};

/// What `system.local` of a data directory says; nothing where it is not there.
pub(super) fn stored_local(
    fs: &Arc<dyn FileSystem>,
    base: &Schema,
    root: &Path,
    options: StoreOptions,
) -> Result<StoredLocal> {
    let local = base.system().local();
    let directory = root.join(local.keyspace()).join(local.directory_name());
    if fs.entry(&directory).is_err() {
        return Ok(StoredLocal::default());
    }
    let store = Store::new(Arc::clone(fs), options);
    let mut search = SchemaSearch::default();
    for found in find(std::slice::from_ref(&directory), &FindOptions::default())?.tables {
        let opened = OpenedTable::open(fs, found, &mut search, &FilesOptions::default())?;
        if let Some((_, error)) = opened.damaged.into_iter().next() {
            return Err(error);
        }
        let settings = settings_of(local, base, &store);
        store.add_opened_table(
            Arc::clone(local.layout()),
            &directory,
            settings,
            opened.sstables,
            Vec::new(),
        )?;
    }
    let view = store.view();
    if view.table(local.id()).is_err() {
        return Ok(StoredLocal { truncated: BTreeMap::new(), ..StoredLocal::default() });
    }
    let (mut rows, columns) = view.unfiltered(local.id())?;
    StoredLocal::read(&mut rows, &columns, store.now_seconds())
}
