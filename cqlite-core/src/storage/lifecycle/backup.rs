//! Backups: second names for SSTables.

use std::path::Path;

use cqlite_sstable::{Descriptor, Result};

use super::directories;
use super::links::{Existing, link_all};
use crate::storage::fs::FileSystem;

/// Links SSTables that were just made of new data into `backups/` of their table, as Cassandra does with
/// `incremental_backups` (`Tracker.maybeIncrementallyBackup`). What is there already stays.
///
/// # Errors
/// If a link cannot be made or does not last: the SSTables themselves are in their place all the same.
pub fn back_up(files: &dyn FileSystem, table: &Path, sstables: &[Descriptor]) -> Result<()> {
    let backups = table.join("backups");
    directories::make(files, &backups)?;
    link_all(files, table, sstables, &backups, Existing::Kept)
}

/// Links SSTables of a table into the directory `into`, those of indexes into directories of their own, which are synced.
///
/// # Errors
/// If a file cannot be linked, or is there already.
pub fn link_sstables(
    files: &dyn FileSystem,
    table: &Path,
    sstables: &[Descriptor],
    into: &Path,
) -> Result<()> {
    link_all(files, table, sstables, into, Existing::Refused)
}
