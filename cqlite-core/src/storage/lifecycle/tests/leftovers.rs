//! What is removed at opening, and what is left alone.

use cqlite_sstable::ErrorKind;
use cqlite_sstable::io::OutputDirectory;
use cqlite_sstable::writer::{Operation, Transaction};

use super::*;
use crate::storage::fs::{FsDirectory, FsFiles};

fn write(files: &dyn FileSystem, path: &Path) {
    files.create(path).unwrap().write_at(b"bytes", 0).unwrap();
}

fn clean(files: &Files) -> Result<crate::storage::lifecycle::CleanedOrphans> {
    let shared: Arc<dyn FileSystem> = Arc::new(files.clone());
    clean_orphans(&shared, &[PathBuf::from(TABLE)])
}

#[test]
fn temporary_files_of_sstables_go_and_all_foreign_ones_stay() {
    let (files, table) = begun();
    let foreign = ["notes.txt", "backup.tmp", "nb-x-big-Data.db", "ms-3-big-Data.db.tmp", "debug.log"];
    for name in foreign.iter().chain(&["nb-1-big-Statistics.db.tmp"]) {
        write(&files, &Path::new(TABLE).join(name));
    }
    let cleaned = clean(&files).unwrap();
    assert_eq!(cleaned.temporary, [Path::new(TABLE).join("nb-1-big-Statistics.db.tmp")]);
    assert!(foreign.iter().all(|name| is_there(&files, Path::new(TABLE).join(name))));
    assert_eq!(reopened(files.inner(), &table).unwrap(), table.expected());
}

#[test]
fn an_sstable_without_data_is_told_and_left_alone() {
    let (files, _table) = begun();
    write(&files, &Path::new(TABLE).join("nb-7-big-Index.db"));
    let cleaned = clean(&files).unwrap();
    let incomplete: Vec<&str> = cleaned.incomplete.iter().map(Descriptor::stem).collect();
    assert_eq!(incomplete, ["nb-7-big"]);
    assert!(is_there(&files, Path::new(TABLE).join("nb-7-big-Index.db")));
}

/// A transaction that replaces the first SSTable by one that is begun.
fn replacing(files: &Files, table: &TestTable) -> Transaction {
    let shared: Arc<dyn FileSystem> = Arc::new(files.clone());
    let directory: Arc<dyn OutputDirectory> = Arc::new(FsDirectory::new(Arc::clone(&shared), TABLE));
    let version = test_table::version();
    let mut transaction = Transaction::begin(directory, Operation::Compaction, version).unwrap();
    let added = transaction.add(version, table.next_id()).unwrap();
    let changes = [Written::put(1, 1, 10), Written::put(77, 1, 99)];
    test_table::write_sstable(&shared, Path::new(TABLE), added.id().clone(), &changes);
    let first = table.live()[0].descriptor().clone();
    transaction.remove(FsFiles::new(shared, first).obsolete().unwrap()).unwrap();
    transaction
}

const UNDOING: Tried<'_> = Tried {
    prepare: &|files, table| std::mem::forget(replacing(files, table)),
    run: &|files, _| clean(files).map(drop),
    check: &|files, table, _| match reopened(files, table) {
        Ok(shown) if shown == table.expected() => Ok(()),
        other => Err(format!("{other:?}")),
    },
};

#[test]
fn what_an_unfinished_transaction_made_is_gone_for_good_whatever_happens_while_it_is_removed() {
    UNDOING.stands_power_cuts();
    UNDOING.stands_failures();
    assert_eq!(UNDOING.needless_syncs(), Vec::<String>::new());
}

#[test]
fn in_a_directory_that_was_copied_elsewhere_the_log_means_the_files_beside_it() {
    let (files, table) = begun();
    std::mem::forget(replacing(&files, &table));
    let copied = PathBuf::from("/copied");
    files.create_directory(&copied).unwrap();
    for entry in files.list(Path::new(TABLE)).unwrap() {
        files.hard_link(&Path::new(TABLE).join(&entry.name), &copied.join(&entry.name)).unwrap();
    }
    let shared: Arc<dyn FileSystem> = Arc::new(files.clone());
    let cleaned = clean_orphans(&shared, std::slice::from_ref(&copied)).unwrap();
    let removed: Vec<&str> = cleaned.unfinished.iter().map(Descriptor::stem).collect();
    assert_eq!(removed, ["nb-3-big"]);
    let set = live_set(&shared, std::slice::from_ref(&copied)).unwrap();
    let shown = test_table::merged(&open(&shared, &set.sstables).unwrap(), table.now());
    assert_eq!((shown, set.transactions.len()), (table.expected(), 0));
    assert!(is_there(&files, Path::new(TABLE).join("nb-3-big-Data.db")), "the original is as it was");
}

#[test]
fn a_log_that_nobody_can_follow_is_an_error_and_nothing_is_removed() {
    let (files, table) = begun();
    std::mem::forget(replacing(&files, &table));
    let names = || -> Vec<String> {
        files.list(Path::new(TABLE)).unwrap().into_iter().map(|entry| entry.name).collect()
    };
    let log = names().into_iter().find(|name| name.ends_with(".log")).unwrap();
    let file = files.open_writable(&Path::new(TABLE).join(&log)).unwrap();
    file.write_at(b"X", 1).unwrap();
    let before = names();
    let error = clean(&files).unwrap_err();
    assert_eq!((error.kind(), names()), (ErrorKind::Corrupt, before));
    assert!(error.to_string().contains(&log), "{error}");
}
