//! SSTables that are written while the power is cut: they are there as a whole, or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use cqlite_core::storage::fs::{
    DiskFileSystem, Fault, FaultyFileSystem, FileSystem, FsTableFiles, MemoryFileSystem,
};
use cqlite_sstable::find::{FindOptions, LiveSet, find};
use cqlite_sstable::{Descriptor, Result, Version};

use super::written::{
    TABLE, descriptor, empty_table, files_of, live, read, replace, resolve, rows_of, version,
};

const SEEDS: u64 = 8;

/// A transaction on a table, with an image of each power cut on its way.
struct Cut {
    done: Result<()>,
    files: FaultyFileSystem<MemoryFileSystem>,
    /// By the change that was about to be made.
    images: Vec<(u64, MemoryFileSystem)>,
    /// How many changes there were before the commit, and after it.
    commit: Vec<u64>,
}

/// What becomes of a table.
#[derive(Clone, Copy)]
struct Work {
    letters: &'static str,
    /// Whether two SSTables are there, and are replaced.
    compacts: bool,
}

impl Work {
    fn version(self) -> Version {
        version(self.letters)
    }

    fn stem(self, id: u32) -> String {
        format!("{}-{id}-{}", self.letters, self.version().format().name())
    }

    fn old(self) -> Vec<String> {
        if self.compacts { vec![self.stem(1), self.stem(2)] } else { Vec::new() }
    }

    fn before(self) -> MemoryFileSystem {
        let files = empty_table();
        let shared: Arc<dyn FileSystem> = Arc::new(files.clone());
        for (id, keys) in [(1, 0..150), (2, 100..300)] {
            if self.compacts {
                replace(&shared, Path::new(TABLE), &[], (self.version(), id), &rows_of(keys), || {}).unwrap();
            }
        }
        files
    }

    fn run(self, fault: Fault, seeds: u64) -> Cut {
        let memory = self.before();
        let files = FaultyFileSystem::new(memory.clone());
        files.plan(fault);
        let images = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&images);
        files.observe(move |call| {
            if call.operation.is_change() {
                let made = (0..seeds).map(|seed| (call.number, memory.crash_image(seed * 977 + call.number)));
                taken.lock().unwrap().extend(made);
            }
        });
        let (shared, mut commit): (Arc<dyn FileSystem>, _) = (Arc::new(files.clone()), Vec::new());
        let old: Vec<Descriptor> = self.old().iter().map(|stem| descriptor(stem)).collect();
        let (new, table) = ((self.version(), 3), Path::new(TABLE));
        let done = replace(&shared, table, &old, new, &rows_of(0..300), || commit.push(files.changes()));
        let mut images = std::mem::take(&mut *images.lock().unwrap());
        images.extend((0..seeds).map(|seed| (files.changes(), files.inner().crash_image(seed))));
        Cut { done, files, images, commit }
    }

    /// Whether an image has the new SSTable; as an error, what is wrong with it.
    fn judge(self, files: &MemoryFileSystem) -> Result<bool, String> {
        let (stems, rows) = live(files)?;
        let old: BTreeSet<String> = self.old().into_iter().collect();
        let is_new = stems == BTreeSet::from([self.stem(3)]);
        if !is_new && stems != old {
            return Err(format!("{stems:?} are there"));
        }
        let expected = if is_new || self.compacts { rows_of(0..300) } else { BTreeMap::new() };
        if rows == expected { Ok(is_new) } else { Err(format!("{} rows of {stems:?} are there", rows.len())) }
    }

    /// Judges an image with respect to the moment of the cut.
    fn judge_at(self, cut: &Cut, change: u64, image: &MemoryFileSystem) -> Result<bool, String> {
        let is_new = self.judge(image)?;
        let stem = self.stem(3);
        if is_new && files_of(image, &stem) != files_of(cut.files.inner(), &stem) {
            return Err("its files are not as they were written".to_owned());
        }
        let (begun, done) = (cut.commit.first(), cut.commit.get(1));
        if is_new && begun.is_none_or(|begun| change <= *begun) {
            return Err("it is there before it is committed".to_owned());
        }
        if !is_new && done.is_some_and(|done| change >= *done) {
            return Err("it is gone after it was committed".to_owned());
        }
        Ok(is_new)
    }
}

fn works() -> impl Iterator<Item = Work> {
    ["nb", "oa", "da"]
        .into_iter()
        .flat_map(|letters| [false, true].map(|compacts| Work { letters, compacts }))
}

#[test]
fn an_sstable_is_written_to_memory_and_read_back() {
    for work in works() {
        let cut = work.run(Fault::None, 0);
        cut.done.unwrap();
        assert_eq!(work.judge(cut.files.inner()), Ok(true));
        // Without the log and without what was replaced, and all of it is synced.
        let names = cut.files.list(Path::new(TABLE)).unwrap().into_iter().map(|entry| entry.name);
        assert!(names.into_iter().all(|name| name.starts_with(&work.stem(3))));
        assert_eq!(work.judge(&cut.files.inner().crash_image(0)), Ok(true));
    }
}

#[test]
fn after_a_power_cut_at_any_call_a_table_is_as_before_a_transaction_or_as_after_it() {
    for work in works() {
        let cut = work.run(Fault::None, SEEDS);
        assert!(cut.done.is_ok());
        let (mut old, mut new) = (0, 0);
        for (change, image) in &cut.images {
            match work.judge_at(&cut, *change, image) {
                Ok(true) => new += 1,
                Ok(false) => old += 1,
                Err(why) => panic!("{}, before change {change}: {why}", work.letters),
            }
        }
        assert!(old > 100 && new > 20, "{}: {old} as before, {new} as after", work.letters);
    }
}

#[test]
fn what_a_power_cut_left_can_be_cleaned_up_and_the_power_may_be_cut_meanwhile() {
    for work in works() {
        let cut = work.run(Fault::None, 2);
        for (change, image) in &cut.images {
            let is_new = work.judge_at(&cut, *change, image).unwrap();
            let cleaning = FaultyFileSystem::new(image.clone());
            resolve(cleaning.inner());
            assert_eq!(work.judge(image), Ok(is_new), "{} at {change}", work.letters);
            assert_eq!(work.judge(&image.crash_image(0)), Ok(is_new), "{} at {change}", work.letters);
            let entries = image.list(Path::new(TABLE)).unwrap();
            assert!(entries.iter().all(|entry| !entry.name.ends_with(".log")));
        }
    }
}

/// Whether a power cut at some call of the transaction shows that these syncs were not made.
fn is_missed(work: Work, number: u64, count: u64) -> bool {
    let cut = work.run(Fault::IgnoredSyncs { number, count }, 2 * SEEDS);
    cut.images.iter().any(|(change, image)| work.judge_at(&cut, *change, image).is_err())
}

#[test]
fn each_sync_of_a_transaction_is_missed_if_it_is_left_out_but_for_those_that_others_make_up_for() {
    for work in works() {
        let all = work.run(Fault::None, 0).files.syncs();
        // Writer and transaction both sync the directory before the commit. The records in front of it are synced with
        // it. The one of an empty Rows.db syncs nothing; behind a flush, no files are removed before the log is; and a
        // log that comes back says the same as before.
        let (of_writer, of_commit) = if work.compacts { (10, 13) } else { (10, 11) };
        let mut needless: Vec<u64> = (of_writer..=of_commit).collect();
        needless.extend((work.letters == "da").then_some(6));
        needless.extend((!work.compacts).then_some(all - 2));
        needless.push(all - 1);
        needless.sort_unstable();
        let not_missed: Vec<u64> = (0..all).filter(|number| !is_missed(work, *number, 1)).collect();
        assert_eq!(not_missed, needless, "of {all} syncs of {}", work.letters);
        assert!(is_missed(work, of_writer, of_commit - of_writer + 1), "{}", work.letters);
    }
}

#[test]
fn an_sstable_on_disk_is_written_read_and_found_through_the_same_adapters() {
    let place = tempfile::tempdir().unwrap();
    let files: Arc<dyn FileSystem> = Arc::new(DiskFileSystem);
    let rows = rows_of(0..300);
    replace(&files, place.path(), &[], (version("oa"), 1), &rows, || {}).unwrap();
    let first = found_on_disk(place.path());
    assert_eq!(first.len(), 1);
    replace(&files, place.path(), &first, (version("da"), 2), &rows, || {}).unwrap();
    let second = found_on_disk(place.path());
    assert_eq!(second.iter().map(Descriptor::stem).collect::<Vec<_>>(), ["da-2-bti"]);
    assert_eq!(read(&files, &second[0]).unwrap(), rows);
    let set = LiveSet::list(&FsTableFiles::new(files), &[place.path().to_owned()]).unwrap();
    assert_eq!(set.sstables, second);
}

/// What the library finds by itself.
fn found_on_disk(table: &Path) -> Vec<Descriptor> {
    let found = find(&[table.to_owned()], &FindOptions::default()).unwrap();
    found.sstables().cloned().collect()
}
