//! Power cuts and failures at every call of a compaction.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Mutex;

use cqlite_sstable::{Descriptor, Result, Token};

use super::*;
use crate::storage::compaction::ShardSpace;
use crate::storage::compaction::executor::LiveSstable;
use crate::storage::fs::{Failure, Fault, FaultyFileSystem};
use crate::storage::lifecycle::{clean_orphans, live_set};

const SEEDS: u64 = 4;

type Files = FaultyFileSystem<MemoryFileSystem>;

/// Three SSTables of a table on which everything is synced.
fn begun() -> (Files, Arc<TestTable>) {
    let files = FaultyFileSystem::new(memory());
    let table = Arc::new(TestTable::new(Arc::new(files.clone())));
    table.write(&[Written::put(1, 1, 10), Written::put(2, 1, 11), Written::put(3, 1, 12)]);
    table.write(&[Written::put(1, 1, 20).with(Change::DeletePartition), Written::put(4, 1, 21)]);
    table.write(&[Written::put(3, 1, 30).with(Change::DeleteValue), Written::put(4, 2, 31)]);
    (files, table)
}

/// Compacts all, up to the first failure.
fn compact_all(table: &Arc<TestTable>, cut: Cut) -> Result<()> {
    let outputs = table.task(choice(table, cut)).run(&control())?;
    outputs.commit()?.delete()
}

/// Opens a table as after a crash, and tells which SSTables are live.
fn open(files: &MemoryFileSystem, table: &TestTable, what: &str) -> BTreeSet<String> {
    let shared: Arc<dyn FileSystem> = Arc::new(files.clone());
    let directories = [PathBuf::from(test_table::TABLE)];
    clean_orphans(&shared, &directories).unwrap_or_else(|error| panic!("{what}: {error}"));
    let set = live_set(&shared, &directories).unwrap();
    assert!(set.transactions.is_empty() && set.undecided.is_empty(), "{what}: {set:?}");
    let opened = set.sstables.iter().map(|one: &Descriptor| {
        let opened = LiveSstable::open(&shared, one.clone());
        Arc::new(opened.unwrap_or_else(|error| panic!("{what}: {error}")))
    });
    let opened: Vec<Arc<LiveSstable>> = opened.collect();
    assert_eq!(test_table::merged(&opened, table.now()), table.expected(), "{what}");
    set.sstables.iter().map(|one| one.id().to_string()).collect()
}

fn ids(ids: &[u32]) -> BTreeSet<String> {
    ids.iter().map(ToString::to_string).collect()
}

/// Images of what power cuts leave behind each change.
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

fn cuts() -> [Cut; 2] {
    [Cut::Never, Cut::Shards(ShardSpace::whole(&Token::Murmur3(0)).shards(4))]
}

#[test]
fn after_a_power_cut_at_any_call_all_inputs_are_there_or_all_outputs() {
    let (mut old, mut new) = (0, 0);
    for cut in cuts() {
        let (files, table) = begun();
        let taken = images(&files);
        compact_all(&table, cut).unwrap();
        for (number, image) in taken.lock().unwrap().iter().enumerate() {
            let live = open(image, &table, &format!("image {number}"));
            if live == ids(&[1, 2, 3]) {
                old += 1;
            } else {
                assert!(live.iter().all(|id| id.parse::<u32>().unwrap() > 3), "image {number}: {live:?}");
                new += 1;
            }
        }
    }
    assert!(old > 100 && new > 30, "{old} images before the commit, {new} behind it");
}

#[test]
fn after_a_failure_of_any_call_nothing_is_lost_and_nothing_is_there_twice() {
    for cut in cuts() {
        for failure in [Failure::FullDisk, Failure::BrokenDisk] {
            let mut is_done = false;
            for number in 0.. {
                let (files, table) = begun();
                let first = files.changes();
                files.plan(Fault::Change { number: first + number, failure });
                let result = compact_all(&table, cut.clone());
                is_done = files.changes() <= first + number;
                files.plan(Fault::None);
                let what = format!("change {number}, {failure:?}, {result:?}");
                assert!(!is_done || result.is_ok(), "{what}");
                open(&files.inner().crash_image(1), &table, &what);
                for seed in 0..SEEDS {
                    open(&files.inner().crash_image(seed + 50), &table, &format!("{what}, cut {seed}"));
                }
                if is_done {
                    break;
                }
            }
            assert!(is_done);
        }
    }
}

#[test]
fn after_a_failed_read_nothing_is_lost_and_nothing_is_left() {
    for number in 0.. {
        let (files, table) = begun();
        let first = files.reads();
        files.plan(Fault::Read { number: first + number, failure: Failure::BrokenDisk });
        let result = compact_all(&table, Cut::Never);
        let is_done = files.reads() <= first + number;
        files.plan(Fault::None);
        open(files.inner(), &table, &format!("read {number}, {result:?}"));
        if is_done {
            assert!(number > 20 && result.is_ok(), "{number} reads");
            break;
        }
    }
}

#[test]
fn the_removal_of_what_a_crash_left_stands_power_cuts_and_failures_itself() {
    let (files, table) = begun();
    let taken = images(&files);
    compact_all(&table, Cut::Never).unwrap();
    let taken = taken.lock().unwrap().clone();
    for (at, image) in taken.iter().enumerate().step_by(7) {
        for number in 0.. {
            let image = image.crash_image(1);
            let faulty = FaultyFileSystem::new(image);
            let again = images(&faulty);
            faulty.plan(Fault::Change { number, failure: Failure::BrokenDisk });
            let shared: Arc<dyn FileSystem> = Arc::new(faulty.clone());
            let cleaned = clean_orphans(&shared, &[PathBuf::from(test_table::TABLE)]);
            let is_done = faulty.changes() <= number;
            faulty.plan(Fault::None);
            let what = format!("image {at}, change {number}, {cleaned:?}");
            open(faulty.inner(), &table, &what);
            for image in again.lock().unwrap().iter() {
                open(image, &table, &format!("{what}, cut"));
            }
            if is_done {
                cleaned.unwrap();
                break;
            }
        }
    }
}
