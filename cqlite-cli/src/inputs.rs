//! The SSTables that the arguments name.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use cqlite_sstable::{Descriptor, Result, find_sstables};

/// The SSTables of all paths, in the order of the arguments and by age within a directory.
pub fn find(paths: &[PathBuf]) -> Result<Vec<Descriptor>> {
    let mut found = Vec::new();
    for path in paths {
        found.extend(find_sstables(path)?);
    }
    Ok(found)
}

/// The time at which expiry is judged: the given one, or now, in seconds since 1970.
pub fn now_seconds(given: Option<i64>) -> i64 {
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
    given.unwrap_or_else(clock)
}
