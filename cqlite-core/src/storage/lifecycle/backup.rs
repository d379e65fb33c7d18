//! Incremental backups: a second name for each new SSTable.

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
