//! What scenarios read. It is made without valgrind, which would take long.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_benches::LoggedPuts;
use cqlite_core::storage::commitlog::CommitLogOptions;
use cqlite_core::storage::store::WallClock;
use cqlite_core::{Database, DatabaseBuilder};
use cqlite_sstable::{Format, Version};

use super::orders::Orders;

/// Partitions of each SSTable. Its data is less than what other threads read ahead or print.
pub const ROWS: u64 = 8_000;

/// Puts in the commit log.
pub const PUTS: u64 = 10_000;

/// A directory with all that scenarios read.
pub struct Inputs {
    place: PathBuf,
}

/// It always is the same time, so that timestamps count up from it and take the same bytes in every run.
#[derive(Debug)]
struct StandingClock;

impl WallClock for StandingClock {
    fn now_micros(&self) -> i64 {
        1_700_000_000_000_000
    }
}

impl Inputs {
    pub fn at(place: impl Into<PathBuf>) -> Self {
        Self { place: place.into() }
    }

    /// Makes all of it: databases whose table has two SSTables each, of which half the rows are in both, and a commit log.
    pub fn make(&self) {
        for (name, version) in
            [("nb", Version::parse("nb", Format::Big)), ("da", Version::parse("da", Format::Bti))]
        {
            let db = self.database(name, |builder| builder.sstable_version(version.unwrap()));
            let orders = Orders::create(&db);
            for first in [0, ROWS / 2] {
                orders.insert(&Orders::rows(first..first + ROWS));
                db.flush(orders.table()).unwrap();
            }
            db.close().unwrap();
        }
        // One small segment: of a large one all that is empty is looked at, too.
        let options = CommitLogOptions { segment_bytes: 4 << 20, ..CommitLogOptions::default() };
        LoggedPuts::new().write(&self.commit_log(), PUTS, 1, options);
    }

    /// A database of that name, made or opened.
    pub fn database(&self, name: &str, options: impl FnOnce(DatabaseBuilder) -> DatabaseBuilder) -> Database {
        let builder = Database::builder(self.place.join(name)).unwrap();
        let builder = builder.clock(Arc::new(StandingClock)).memtable_memory(64 << 20).chunk_cache(64 << 20);
        options(builder).open().unwrap()
    }

    /// The files `Data.db` of the table in a database, the first one flushed first.
    pub fn data(&self, database: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        find_data(&self.place.join(database), &mut found);
        found.retain(|path| path.to_string_lossy().contains("/orders-"));
        found.sort();
        assert_eq!(found.len(), 2);
        found
    }

    /// The commit log of [`PUTS`].
    pub fn commit_log(&self) -> PathBuf {
        self.place.join("commitlog")
    }
}

fn find_data(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find_data(&path, found);
        } else if path.to_string_lossy().ends_with("-Data.db") {
            found.push(path);
        }
    }
}
