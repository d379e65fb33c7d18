//! What a node keeps of the secondary indexes of a table that is dropped.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_sstable::io::OutputDirectory;
use cqlite_sstable::writer::{CommitFailure, Operation, Transaction};
use cqlite_sstable::{Descriptor, Error, Result, Version};

use super::directories::{self, entries};
use super::{clean_orphans, live_set};
use crate::storage::fs::{FileSystem, FsDirectory, FsFiles};

/// The directories of the secondary indexes of a table, below that of the table: `.<index>`.
///
/// # Errors
/// If a directory cannot be read.
pub(super) fn index_directories(files: &dyn FileSystem, table: &Path) -> Result<Vec<PathBuf>> {
    let below = entries(files, table)?.into_iter();
    let indexes = below.filter(|entry| entry.is_directory && entry.name.starts_with('.'));
    Ok(indexes.map(|entry| table.join(entry.name)).collect())
}

/// Removes the SSTables of the secondary indexes of a table that was dropped, those of each index by a transaction, and their
/// directories unless something else is in them. Nobody reads them but a node, and snapshots and backups while they are made.
///
/// # Errors
/// If they cannot be removed. What is left of an index is no part of any table.
pub fn remove_indexes(files: &Arc<dyn FileSystem>, table: &Path, version: Version) -> Result<()> {
    let indexes = index_directories(&**files, table)?;
    for index in &indexes {
        clean_orphans(files, std::slice::from_ref(index))?;
        let sstables = live_set(files, std::slice::from_ref(index))?.sstables;
        if !sstables.is_empty() {
            remove_all(files, index, sstables, version)?;
        }
        if entries(&**files, index)?.is_empty() {
            files.remove_directory(index).map_err(|error| Error::output(error).at(index))?;
        }
    }
    if indexes.is_empty() { Ok(()) } else { directories::sync(&**files, table) }
}

fn remove_all(
    files: &Arc<dyn FileSystem>,
    directory: &Path,
    sstables: Vec<Descriptor>,
    version: Version,
) -> Result<()> {
    let output: Arc<dyn OutputDirectory> = Arc::new(FsDirectory::new(Arc::clone(files), directory));
    let mut transaction = Transaction::begin(output, Operation::Compaction, version)?;
    for sstable in sstables {
        transaction.remove(FsFiles::new(Arc::clone(files), sstable).obsolete()?)?;
    }
    transaction.commit().map_err(CommitFailure::into_error)?.finish()
}
