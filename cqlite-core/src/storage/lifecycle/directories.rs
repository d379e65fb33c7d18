//! Directories that come and go.

use std::io;
use std::path::Path;

use cqlite_sstable::{Error, Result};

use crate::storage::fs::{DirectoryEntry, FileSystem};

/// The beginning of the names of directories that are not complete, or are being removed.
pub(super) const UNFINISHED: &str = ".unfinished-";

/// Makes a directory unless it is there, so that it stays.
pub(super) fn make(files: &dyn FileSystem, path: &Path) -> Result<()> {
    match files.create_directory(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(Error::io(path, error)),
        // One that is there may have been made a moment before a crash.
        _ => match path.parent() {
            Some(parent) => sync(files, parent),
            None => Ok(()),
        },
    }
}

/// Syncs a directory.
pub(super) fn sync(files: &dyn FileSystem, path: &Path) -> Result<()> {
    files.sync_directory(path).map_err(|error| Error::io(path, error))
}

/// Removes a directory with all that is in it; one that is not there is removed already. The names above it are to be
/// synced by the caller.
pub(super) fn remove_all(files: &dyn FileSystem, path: &Path) -> Result<()> {
    let failed = |error| Error::io(path, error);
    let entries = match files.list(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(failed)?,
    };
    for entry in entries {
        let below = path.join(&entry.name);
        if entry.is_directory {
            remove_all(files, &below)?;
        } else {
            files.remove_file(&below).map_err(|error| Error::io(&below, error))?;
        }
    }
    files.remove_directory(path).map_err(failed)
}

/// What is in a directory; nothing if it is not there.
pub(super) fn entries(files: &dyn FileSystem, path: &Path) -> Result<Vec<DirectoryEntry>> {
    match files.list(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries.map_err(|error| Error::io(path, error)),
    }
}
