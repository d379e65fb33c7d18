//! What crashes leave over.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_sstable::find::{LiveSet, ToldTransaction};
use cqlite_sstable::io::OutputDirectory;
use cqlite_sstable::writer::{Committed, Obsolete};
use cqlite_sstable::{Component, Descriptor, Error, ErrorKind, Result};

use super::directories::{self, UNFINISHED, entries};
use super::index_directories::index_directories;
use crate::storage::fs::{DirectoryEntry, FileSystem, FsDirectory, FsTableFiles};

/// The end of the names of files that are being written.
const TEMPORARY: &str = ".tmp";

/// What was removed, and what was left alone though it is of no use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CleanedOrphans {
    /// SSTables that unfinished transactions made.
    pub unfinished: Vec<Descriptor>,
    /// SSTables that committed transactions had replaced.
    pub replaced: Vec<Descriptor>,
    /// Temporary files, and snapshots that were not complete or were being removed.
    pub temporary: Vec<PathBuf>,
    /// SSTables of which Data.db is missing. They are no part of the table, and nobody but an operator knows where they
    /// come from: they stay as they are.
    pub incomplete: Vec<Descriptor>,
}

/// The SSTables of the directories of a table that are part of it, by the transaction logs in there. A log that was copied
/// with its directory means the files in the same directory as itself.
///
/// # Errors
/// If a directory cannot be read.
pub fn live_set(files: &Arc<dyn FileSystem>, directories: &[PathBuf]) -> Result<LiveSet> {
    LiveSet::list(&FsTableFiles::new(Arc::clone(files)), directories)
}

/// The SSTables of the secondary indexes of a table, which a node keeps in directories below that of the table.
///
/// # Errors
/// If a directory cannot be read.
pub fn live_index_sstables(files: &Arc<dyn FileSystem>, table: &Path) -> Result<Vec<Descriptor>> {
    let directories = index_directories(&**files, table)?;
    if directories.is_empty() {
        return Ok(Vec::new());
    }
    Ok(live_set(files, &directories)?.sstables)
}

/// Finishes what transactions have left in the directories of a table, before anything is written there: what is not
/// committed is removed, and so is what was replaced; then the logs (`LogTransaction.removeUnfinishedLeftovers`). Temporary
/// files of SSTables go, too. All other files are left alone.
///
/// # Errors
/// If a log cannot be followed, as a node would not start on it either; nothing is removed then. If a file cannot be
/// removed: the log stays and says the same.
pub fn clean_orphans(files: &Arc<dyn FileSystem>, directories: &[PathBuf]) -> Result<CleanedOrphans> {
    let set = live_set(files, directories)?;
    if let Some(undecided) = set.undecided.into_iter().next() {
        return Err(undecided);
    }
    let mut cleaned = CleanedOrphans::default();
    for transaction in set.transactions {
        finish(files, &transaction)?;
        let removed = if transaction.is_committed { &mut cleaned.replaced } else { &mut cleaned.unfinished };
        removed.extend(transaction.hidden);
    }
    for directory in directories {
        remove_temporary(&**files, directory, &mut cleaned.temporary)?;
        remove_unfinished(&**files, &directory.join("snapshots"), &mut cleaned.temporary)?;
    }
    let is_removed =
        |one: &Descriptor| cleaned.replaced.iter().chain(&cleaned.unfinished).any(|removed| removed == one);
    for sstable in set.sstables.into_iter().filter(|one| !is_removed(one)) {
        match files.entry(&sstable.file(Component::Data)) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => cleaned.incomplete.push(sstable),
            Err(error) => return Err(Error::io(&sstable.file(Component::Data), error)),
        }
    }
    Ok(cleaned)
}

/// Does what is left to do of a transaction, in each directory that has its log.
fn finish(files: &Arc<dyn FileSystem>, transaction: &ToldTransaction) -> Result<()> {
    for log in &transaction.logs {
        let (Some(directory), Some(name)) = (log.parent(), log.file_name().and_then(|name| name.to_str()))
        else {
            continue;
        };
        let hidden = transaction.hidden.iter().filter(|one| one.directory() == directory);
        if transaction.is_committed {
            let listed = entries(&**files, directory)?;
            let obsolete = hidden.filter_map(|one| obsolete(one, &listed).transpose());
            let obsolete: Vec<Obsolete> = obsolete.collect::<Result<_>>()?;
            let output: Arc<dyn OutputDirectory> = Arc::new(FsDirectory::new(Arc::clone(files), directory));
            Committed::found(output, name.to_owned(), obsolete).finish()?;
        } else {
            undo(&**files, directory, &hidden.collect::<Vec<_>>(), log)?;
        }
    }
    Ok(())
}

/// An SSTable as its files are now; none if Statistics.db is all that is left of it.
fn obsolete(sstable: &Descriptor, listed: &[DirectoryEntry]) -> Result<Option<Obsolete>> {
    let files = listed.iter().map(|entry| (entry.modified_millis, entry.name.clone()));
    match Obsolete::of_files(sstable, files) {
        Err(error) if error.kind() == ErrorKind::Missing => Ok(None),
        obsolete => obsolete.map(Some),
    }
}

/// Removes what is new, then the log that told of it.
fn undo(files: &dyn FileSystem, directory: &Path, hidden: &[&Descriptor], log: &Path) -> Result<()> {
    let is_new = |name: &str| {
        hidden
            .iter()
            .filter_map(|one| name.strip_prefix(one.stem())?.strip_prefix('-'))
            .any(|end| Component::is_end_of_name(end.strip_suffix(TEMPORARY).unwrap_or(end)))
    };
    let remove = |path: &Path| files.remove_file(path).map_err(|error| Error::io(path, error));
    for entry in entries(files, directory)?.into_iter().filter(|entry| is_new(&entry.name)) {
        remove(&directory.join(entry.name))?;
    }
    directories::sync(files, directory)?;
    // Should it come back, it says what is done already; and before a new SSTable is there, the directory is synced.
    remove(log)
}

/// Removes files of SSTables that were being written, as a new Statistics.db is.
fn remove_temporary(files: &dyn FileSystem, directory: &Path, removed: &mut Vec<PathBuf>) -> Result<()> {
    for entry in entries(files, directory)?.into_iter().filter(|entry| !entry.is_directory) {
        let Some(name) = entry.name.strip_suffix(TEMPORARY) else { continue };
        if Descriptor::from_file(&directory.join(name)).is_err() {
            continue;
        }
        let path = directory.join(&entry.name);
        files.remove_file(&path).map_err(|error| Error::io(&path, error))?;
        removed.push(path);
    }
    Ok(())
}

/// Removes directories of snapshots that were being made or removed.
fn remove_unfinished(files: &dyn FileSystem, snapshots: &Path, removed: &mut Vec<PathBuf>) -> Result<()> {
    for entry in entries(files, snapshots)? {
        if entry.is_directory && entry.name.starts_with(UNFINISHED) {
            let path = snapshots.join(&entry.name);
            directories::remove_all(files, &path)?;
            removed.push(path);
        }
    }
    Ok(())
}
