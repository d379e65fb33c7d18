//! Snapshots, backups and ingests of a small table, with power cuts and failures at every call.

mod ingests;
mod leftovers;
mod snapshots;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use cqlite_sstable::{Descriptor, Result};

use super::{clean_orphans, live_set};
use crate::storage::compaction::executor::{LiveSstable, Surroundings as _};
use crate::storage::compaction::test_table::{self, TABLE, TestTable, Visible, Written};
use crate::storage::fs::{Failure, Fault, FaultyFileSystem, FileSystem, MemoryFileSystem};

type Files = FaultyFileSystem<MemoryFileSystem>;

const SEEDS: u64 = 6;

/// A table with two SSTables.
fn begun() -> (Files, Arc<TestTable>) {
    let memory = MemoryFileSystem::new();
    test_table::make_directories(&memory);
    let files = FaultyFileSystem::new(memory);
    let table = Arc::new(TestTable::new(Arc::new(files.clone())));
    table.write(&[Written::put(1, 1, 10), Written::put(2, 1, 11)]);
    table.write(&[Written::put(1, 1, 20), Written::put(3, 1, 21)]);
    (files, table)
}

fn shared(files: &MemoryFileSystem) -> Arc<dyn FileSystem> {
    Arc::new(files.clone())
}

fn descriptors(table: &TestTable) -> Vec<Descriptor> {
    table.live().iter().map(|live| live.descriptor().clone()).collect()
}

fn open(files: &Arc<dyn FileSystem>, sstables: &[Descriptor]) -> Result<Vec<Arc<LiveSstable>>> {
    sstables.iter().map(|one| LiveSstable::open(files, one.clone()).map(Arc::new)).collect()
}

/// What a table shows that is opened as after a crash.
fn reopened(files: &MemoryFileSystem, table: &TestTable) -> Result<Visible> {
    let shared = shared(files);
    let directories = [PathBuf::from(TABLE)];
    clean_orphans(&shared, &directories)?;
    let set = live_set(&shared, &directories)?;
    test_table::try_merged(&open(&shared, &set.sstables)?, table.now())
}

/// Images of what power cuts leave before each change from now on.
fn images(files: &Files) -> Arc<Mutex<Vec<MemoryFileSystem>>> {
    let (images, memory) = (Arc::new(Mutex::new(Vec::new())), files.inner().clone());
    let taken = Arc::clone(&images);
    files.observe(move |call| {
        if call.operation.is_change() {
            let made = (0..SEEDS).map(|seed| memory.crash_image(seed + call.number * 31));
            taken.lock().unwrap().extend(made);
        }
    });
    images
}

/// Something that is done to a table, and what has to be true of what a power cut leaves: while it is done, and when it is.
struct Tried<'a> {
    prepare: &'a dyn Fn(&Files, &Arc<TestTable>),
    run: &'a dyn Fn(&Files, &Arc<TestTable>) -> Result<()>,
    check: &'a dyn Fn(&MemoryFileSystem, &TestTable, bool) -> Result<(), String>,
}

impl Tried<'_> {
    fn begun(&self) -> (Files, Arc<TestTable>) {
        let (files, table) = begun();
        (self.prepare)(&files, &table);
        (files, table)
    }

    /// What is wrong with any of the images, the last of which are taken when all is done.
    fn first_wrong(&self, files: &Files, table: &Arc<TestTable>) -> Option<String> {
        let taken = images(files);
        (self.run)(files, table).unwrap();
        let on_the_way = std::mem::take(&mut *taken.lock().unwrap());
        let at_end = (0..4 * SEEDS).map(|seed| files.inner().crash_image(seed));
        let checked = on_the_way.iter().map(|image| (self.check)(image, table, false));
        let checked =
            checked.chain(at_end.map(|image| (self.check)(&image, table, true)).collect::<Vec<_>>());
        checked.filter_map(Result::err).next()
    }

    fn stands_power_cuts(&self) {
        let (files, table) = self.begun();
        assert_eq!(self.first_wrong(&files, &table), None);
    }

    fn stands_failures(&self) {
        for failure in [Failure::FullDisk, Failure::BrokenDisk] {
            for number in 0.. {
                let (files, table) = self.begun();
                let first = files.changes();
                files.plan(Fault::Change { number: first + number, failure });
                let result = (self.run)(&files, &table);
                let is_over = files.changes() <= first + number;
                files.plan(Fault::None);
                let what = format!("change {number}, {failure:?}, {result:?}");
                let is_done = result.is_ok();
                assert!(is_done || !is_over, "{what}");
                for image in (0..SEEDS).map(|seed| files.inner().crash_image(seed)) {
                    // What has failed may have been done, or not.
                    let checked = (self.check)(&image, &table, false);
                    assert_eq!(checked, Ok(()), "{what}");
                }
                if is_over {
                    break;
                }
            }
        }
    }

    /// The syncs, by what is synced, without which no image is wrong.
    fn needless_syncs(&self) -> Vec<String> {
        let (files, table) = self.begun();
        let first = files.syncs();
        let paths: Arc<Mutex<Vec<PathBuf>>> = Arc::default();
        let seen = Arc::clone(&paths);
        files.observe(move |call| {
            if call.operation.is_sync() {
                seen.lock().unwrap().push(call.path.to_owned());
            }
        });
        (self.run)(&files, &table).unwrap();
        let paths = paths.lock().unwrap().clone();
        let mut needless = Vec::new();
        for (number, path) in (first..).zip(paths) {
            let (files, table) = self.begun();
            files.plan(Fault::IgnoredSyncs { number, count: 1 });
            if self.first_wrong(&files, &table).is_none() {
                needless.push(format!("{} {}", number - first, path.display()));
            }
        }
        needless
    }
}

fn is_there(files: &dyn FileSystem, path: impl AsRef<Path>) -> bool {
    files.entry(path.as_ref()).is_ok()
}
