//! Snapshots and backups.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use cqlite_sstable::{Descriptor, Error, Result};

use super::Database;
use super::places::{Places, remove_tree};
use crate::catalog::{Schema, Table, snapshot_schema};
use crate::storage::fs::FileSystem;
use crate::storage::lifecycle::{SnapshotOptions, clear_snapshot, link_sstables, take_snapshot};
use crate::storage::store::{FlushedTable, Store};

impl Database {
    /// Keeps all tables as they are now under a name, by hard links in `snapshots/<tag>` of each table's directory, with
    /// `manifest.json` and `schema.cql` as a node writes them. Of every batch all or nothing is in it.
    ///
    /// # Errors
    /// If there is a snapshot of the name, or it cannot be written.
    pub fn snapshot(&self, tag: &str) -> Result<()> {
        self.check_writable()?;
        let _change = self.schema_change.lock().unwrap_or_else(PoisonError::into_inner);
        let schema = self.schema();
        let created_at_millis = self.store.now_seconds().saturating_mul(1000);
        for flushed in self.store.flushed_tables()? {
            let Some(table) = schema.table_by_id(flushed.id) else { continue };
            let text = schema_text(table);
            let options = SnapshotOptions {
                tag,
                created_at_millis,
                expires_at_millis: None,
                schema_cql: text.as_deref(),
            };
            take_snapshot(&self.fs, &flushed.directory, &descriptors(&flushed), options)?;
        }
        Ok(())
    }

    /// Removes a snapshot, also of tables that were dropped. Whether there was one.
    ///
    /// # Errors
    /// If a file cannot be removed.
    pub fn clear_snapshot(&self, tag: &str) -> Result<bool> {
        let mut was_there = false;
        for keyspace in directories(&*self.fs, &self.places.data)? {
            for table in directories(&*self.fs, &keyspace)? {
                was_there |= clear_snapshot(&self.fs, &table, tag)?;
            }
        }
        Ok(was_there)
    }

    /// Makes another database of this one as it is now, in a directory that is new or empty: by hard links where that is
    /// possible. It opens at once; of every batch all or nothing is in it.
    ///
    /// # Errors
    /// If the directory holds something, or cannot be written.
    pub fn backup(&self, directory: impl AsRef<Path>) -> Result<()> {
        self.check_writable()?;
        let _change = self.schema_change.lock().unwrap_or_else(PoisonError::into_inner);
        back_up_all(&self.store, &self.fs, &self.schema.load(), &Places::of(directory.as_ref()))
    }
}

/// Makes another database of all tables. Nobody changes the schema meanwhile.
///
/// # Errors
/// As [`Database::backup`].
pub(super) fn back_up_all(
    store: &Store,
    fs: &Arc<dyn FileSystem>,
    schema: &Schema,
    target: &Places,
) -> Result<()> {
    if target.is_there(&**fs)? {
        let told = "there is a database in the directory of the backup already";
        return Err(Error::invalid_input(told).at(&target.root).advise("name a new directory"));
    }
    // One that was begun before and not ended.
    remove_tree(&**fs, &target.unfinished().data)?;
    link_tables(store, &**fs, schema, target).inspect_err(|_| {
        // What is left of it is removed by the next one.
        let _ = remove_tree(&**fs, &target.unfinished().data);
    })?;
    let (from, to) = (&target.unfinished().data, &target.data);
    fs.rename(from, to).map_err(|error| Error::output(error).at(to))?;
    fs.sync_directory(&target.root).map_err(|error| Error::output(error).at(&target.root))
}

/// Links all tables into a directory that is not that of a database yet.
fn link_tables(store: &Store, fs: &dyn FileSystem, schema: &Schema, target: &Places) -> Result<()> {
    let tables = store.flushed_tables()?;
    let unfinished = target.unfinished();
    unfinished.make(fs)?;
    for flushed in tables {
        let Some(table) = schema.table_by_id(flushed.id) else { continue };
        let (to, _) = unfinished.make_table(fs, table)?;
        link_sstables(fs, &flushed.directory, &descriptors(&flushed), &to).map_err(|error| {
            error.advise("a backup lies on the file system of the database: copy it from there to another")
        })?;
    }
    Ok(())
}

/// The directories in a directory.
fn directories(fs: &dyn FileSystem, path: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs.list(path).map_err(|error| Error::io(path, error))?.into_iter();
    Ok(entries.filter(|entry| entry.is_directory).map(|entry| path.join(entry.name)).collect())
}

/// All SSTables of a table and of its indexes.
pub(super) fn descriptors(flushed: &FlushedTable) -> Vec<Descriptor> {
    let own = flushed.sstables.iter().map(|one| one.live().descriptor());
    own.chain(&flushed.indexes).cloned().collect()
}

/// The CQL of a table in a snapshot; none of those that a node makes by itself.
pub(super) fn schema_text(table: &Table) -> Option<String> {
    (!is_of_cassandra(table.keyspace())).then(|| snapshot_schema(table))
}

/// Whether Cassandra makes the keyspace by itself.
fn is_of_cassandra(keyspace: &str) -> bool {
    matches!(
        keyspace,
        "system"
            | "system_schema"
            | "system_auth"
            | "system_distributed"
            | "system_traces"
            | "system_views"
            | "system_virtual_schema"
    )
}
