//! The SSTables that the arguments name.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use cqlite_sstable::find::{FindOptions, Found, FoundTable, find};
use cqlite_sstable::{ErrorKind, Result};

use crate::below::Below;
use crate::exit::Outcome;
use crate::terminal;

/// The arguments that all verbs share.
#[derive(Args)]
pub struct Inputs {
    /// A file of an SSTable, or any directory: of a table, a snapshot, a keyspace, a node's data
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Of each table, the SSTables of the snapshot with this tag
    #[arg(long, value_name = "TAG")]
    snapshot: Option<String>,
}

impl Inputs {
    /// The tables of all paths. What cannot be read and what is left out is told; the outcome is that of the
    /// former.
    pub fn find(&self) -> Result<(Found, Outcome)> {
        self.find_at(&self.paths)
    }

    /// As [`Inputs::find`], with everything below the paths: the hidden tables of indexes, and what lies in snapshots
    /// and backups as far as they are wanted.
    pub fn find_below(&self, wanted: Below) -> Result<(Found, Outcome)> {
        let mut paths = Vec::new();
        for path in &self.paths {
            wanted.collect(path, &mut paths)?;
        }
        // Where there is nothing, the search says so.
        self.find_at(if paths.is_empty() { &self.paths } else { &paths })
    }

    fn find_at(&self, paths: &[PathBuf]) -> Result<(Found, Outcome)> {
        let found = find(paths, &FindOptions { snapshot: self.snapshot.clone() })?;
        found.warnings.iter().for_each(terminal::warning);
        found.tables.iter().flat_map(FoundTable::left_out).for_each(terminal::warning);
        let mut outcome = Outcome::Success;
        for error in &found.refused {
            terminal::error(error);
            outcome = outcome.or(Outcome::from(error));
        }
        Ok((found, outcome))
    }
}

/// Tells what keeps the SSTables of `table` from being read as one, where they are read one after another.
pub fn tell_of_obstacles(table: &FoundTable) -> Outcome {
    let mut outcome = Outcome::Success;
    for obstacle in table.obstacles() {
        // Two tables of one name are no trouble where each SSTable is for itself.
        if obstacle.kind() == ErrorKind::InvalidInput {
            terminal::warning(obstacle);
        } else {
            terminal::error(obstacle);
            outcome = outcome.or(Outcome::from(obstacle));
        }
    }
    outcome
}

/// Tells once that rows may be missing that a node has, but not in SSTables.
pub fn tell_of_live(tables: &[FoundTable]) {
    if let Some(table) = tables.iter().find(|table| table.is_live) {
        terminal::warning(format!(
            "{}: a node runs here or did not stop cleanly; memtables and the commit log are not included, so what was \
             written last may be missing (nodetool flush writes it to SSTables)",
            table.place().display()
        ));
    }
}

/// The time at which expiry is judged: the given one, or now, in seconds since 1970.
pub fn now_seconds(given: Option<i64>) -> i64 {
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
    given.unwrap_or_else(clock)
}
