//! The lock that one process at a time has on the directory of a database.

use std::path::Path;
use std::process;

use cqlite_sstable::{Error, Result};

use super::places::cannot_write;
use crate::storage::fs::{FileLock, FileSystem};

/// No number of a process is longer.
const MOST_DIGITS: u64 = 20;

/// Locks the directory, and writes into the file which process has it.
///
/// # Errors
/// If it is locked already: the error names the process. And if the file cannot be written.
pub(super) fn lock_directory(fs: &dyn FileSystem, path: &Path) -> Result<Box<dyn FileLock>> {
    let lock = fs.lock(path).map_err(|error| cannot_write(path, error))?;
    let Some(lock) = lock else { return Err(is_locked(fs, path)) };
    let number = process::id().to_string();
    // It only helps people: after a power cut nobody has the lock, whatever the file says.
    let written = fs.open_writable(path).and_then(|file| {
        file.set_length(0)?;
        file.write_at(number.as_bytes(), 0)
    });
    written.map_err(|error| cannot_write(path, error))?;
    Ok(lock)
}

fn is_locked(fs: &dyn FileSystem, path: &Path) -> Error {
    let told = match holder(fs, path) {
        Some(number) if number == process::id() => {
            format!("this process, process {number}, has the database open already")
        }
        Some(number) => format!("another process has the database open: process {number}"),
        None => "another process has the database open".to_owned(),
    };
    Error::invalid_input(told).at(path).advise("close it there, or open it here only to read it")
}

/// The process that has the lock, if it has written that already.
fn holder(fs: &dyn FileSystem, path: &Path) -> Option<u32> {
    let source = fs.open(path).ok().filter(|source| source.len() <= MOST_DIGITS)?;
    let mut digits = vec![0; usize::try_from(source.len()).ok()?];
    source.read_at(&mut digits, 0).ok()?;
    str::from_utf8(&digits).ok()?.parse().ok()
}
