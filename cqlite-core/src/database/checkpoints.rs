//! Copies of the whole database that are made again and again.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use cqlite_sstable::{Error, Result};

use super::backup::back_up_all;
use super::places::{Places, make_directory, remove_tree};
use super::{Database, Event};
use crate::catalog::Schema;
use crate::storage::commitlog::CommitLog;
use crate::storage::fs::FileSystem;
use crate::storage::store::{Health, PeriodicChore, Store, Work};

/// Where checkpoints are, below the directory of the database.
const DIRECTORY: &str = "checkpoints";

/// When one that failed is tried again.
const RETRY: Duration = Duration::from_secs(10);

/// When checkpoints are made, and how many are kept. Each is another database, by hard links, which opens at once; with the archive of the
/// commit log it gives each later moment. Without a time and a size, none is made.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use cqlite_core::{CheckpointOptions, Database};
///
/// let place = tempfile::tempdir()?;
/// let hourly = CheckpointOptions { interval: Some(Duration::from_secs(3_600)), ..CheckpointOptions::default() };
/// let db = Database::builder(place.path())?.checkpoints(hourly).open()?;
/// assert!(db.checkpoints()?.is_empty(), "the first one is made in an hour");
/// db.close()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckpointOptions {
    /// So long after the last one, or after the opening; none if only the size counts.
    pub interval: Option<Duration>,
    /// When so many bytes were written to the commit log since the last one; none if only the time counts.
    pub log_bytes: Option<u64>,
    /// How many are kept, at least one: when there is a new one, older ones are removed.
    pub kept: usize,
}

impl Default for CheckpointOptions {
    /// The newest three of those that are made; neither a time nor a size.
    fn default() -> Self {
        Self { interval: None, log_bytes: None, kept: 3 }
    }
}

impl Database {
    /// The checkpoints that there are, the oldest first.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn checkpoints(&self) -> Result<Vec<PathBuf>> {
        let found = found(&*self.fs, &self.places)?.into_iter();
        Ok(found.filter(|one| one.is_whole).map(|one| one.directory).collect())
    }
}

/// Makes checkpoints, on the thread that flushes.
#[derive(Debug)]
pub(super) struct Checkpoints {
    pub(super) options: CheckpointOptions,
    pub(super) fs: Arc<dyn FileSystem>,
    pub(super) places: Places,
    pub(super) schema: Arc<ArcSwap<Schema>>,
    pub(super) schema_change: Arc<Mutex<()>>,
    pub(super) last: Mutex<LastCheckpoint>,
}

/// What was when the last checkpoint was made.
#[derive(Debug)]
pub(super) struct LastCheckpoint {
    made: Instant,
    log_bytes: u64,
    failed: Option<Instant>,
}

impl Default for LastCheckpoint {
    fn default() -> Self {
        Self { made: Instant::now(), log_bytes: 0, failed: None }
    }
}

impl PeriodicChore for Checkpoints {
    fn work(&self, store: &Store) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let log_bytes = store.log().map_or(0, |log: &CommitLog| log.metrics().written_bytes);
        let is_old = self.options.interval.is_some_and(|interval| last.made.elapsed() >= interval);
        let is_large =
            self.options.log_bytes.is_some_and(|most| log_bytes.saturating_sub(last.log_bytes) >= most);
        let waits = last.failed.is_some_and(|failed| failed.elapsed() < RETRY);
        if !(is_old || is_large) || waits || store.health() != Health::Sound {
            return;
        }
        // Who changes the schema may wait for a flush: it is tried again soon.
        let change = match self.schema_change.try_lock() {
            Err(TryLockError::WouldBlock) => return,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Ok(change) => change,
        };
        let made = self.make(store);
        drop(change);
        match made {
            Ok(directory) => {
                *last = LastCheckpoint { made: Instant::now(), log_bytes, failed: None };
                store.tell(&Event::Checkpointed { directory });
                store.note_outcome(Work::Checkpoint, None, &self.remove_old());
            }
            Err(error) => {
                last.failed = Some(Instant::now());
                store.note_error(Work::Checkpoint, None, &error);
            }
        }
    }
}

impl Checkpoints {
    fn make(&self, store: &Store) -> Result<PathBuf> {
        let below = self.places.root.join(DIRECTORY);
        make_directory(&*self.fs, &below)?;
        let newest = found(&*self.fs, &self.places)?.last().map_or(0, |newest| newest.millis);
        let millis = store.now_micros().div_euclid(1_000).max(newest.saturating_add(1));
        let target = Places::of(&below.join(millis.to_string()));
        let made = back_up_all(store, &self.fs, &self.schema.load(), &target);
        made.inspect_err(|_| {
            // What stays of it goes with the next one that is removed.
            let _ = remove(&*self.fs, &target.root);
        })?;
        self.fs.sync_directory(&below).map_err(|error| Error::output(error).at(&below))?;
        Ok(target.root)
    }

    /// Removes all but the newest ones.
    fn remove_old(&self) -> Result<()> {
        let found = found(&*self.fs, &self.places)?;
        let whole = found.iter().filter(|one| one.is_whole).count();
        let mut too_many = whole.saturating_sub(self.options.kept.max(1));
        for one in found {
            if one.is_whole && too_many == 0 {
                continue;
            }
            too_many = too_many.saturating_sub(usize::from(one.is_whole));
            remove(&*self.fs, &one.directory)?;
        }
        Ok(())
    }
}

/// What has the name of a checkpoint.
struct Found {
    /// When it was made.
    millis: i64,
    directory: PathBuf,
    /// Whether it is a database: what is being made or removed is none.
    is_whole: bool,
}

/// All of them, the oldest first.
fn found(fs: &dyn FileSystem, places: &Places) -> Result<Vec<Found>> {
    let below = places.root.join(DIRECTORY);
    let entries = match fs.list(&below) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| Error::io(&below, error))?,
    };
    let directories = entries.into_iter().filter(|entry| entry.is_directory);
    let mut found: Vec<Found> = directories
        .filter_map(|entry| {
            let directory = below.join(&entry.name);
            let is_whole = fs.entry(&Places::of(&directory).data).is_ok();
            Some(Found { millis: entry.name.parse().ok()?, directory, is_whole })
        })
        .collect();
    found.sort_by_key(|one| one.millis);
    Ok(found)
}

/// Removes a checkpoint. From the first step on it is no database.
fn remove(fs: &dyn FileSystem, directory: &Path) -> Result<()> {
    let whole = Places::of(directory);
    match fs.rename(&whole.data, &whole.unfinished().data) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        renamed => renamed
            .and_then(|()| fs.sync_directory(directory))
            .map_err(|error| Error::output(error).at(&whole.data))?,
    }
    remove_tree(fs, directory)
}
