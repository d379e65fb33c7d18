//! The SSTables that the arguments name.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use cqlite_sstable::{Descriptor, Result, find_sstables};

use crate::exit::Outcome;
use crate::terminal;

/// The SSTables of all paths, in the order of the arguments and by age within a directory. Of those in a directory
/// that have a version that cannot be read, the errors are told, and the outcome is that of the first.
pub fn find(paths: &[PathBuf]) -> Result<(Vec<Descriptor>, Outcome)> {
    let mut sstables = Vec::new();
    let mut refused = Vec::new();
    for path in paths {
        let found = find_sstables(path)?;
        sstables.extend(found.sstables);
        refused.extend(found.refused);
    }
    refused.iter().for_each(terminal::error);
    let outcome = refused.first().map_or(Outcome::Success, Outcome::from);
    Ok((sstables, outcome))
}

/// The time at which expiry is judged: the given one, or now, in seconds since 1970.
pub fn now_seconds(given: Option<i64>) -> i64 {
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
    given.unwrap_or_else(clock)
}
