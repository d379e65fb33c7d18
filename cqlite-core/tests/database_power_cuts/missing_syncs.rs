//! That each sync is needed: without any one of them, a power cut loses something.

use std::backtrace::Backtrace;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use cqlite_core::storage::commitlog::SyncMode;
use cqlite_core::storage::fs::{FaultyFileSystem, MemoryFileSystem, Operation};
use cqlite_sstable::compress::Compressor;

use super::images::{Checkers, Expected};
use super::scenario::{Files, Logged, Progress, run};
use super::steps::{Step, few_steps};

/// Syncs that can be missed by what is looked at here, and what they are good for.
const NOT_NEEDED: [(&str, &str); 6] = [
    (
        "of segment by storage/commitlog/segment.rs",
        "zeros and header: the sync of the first section has them as well",
    ),
    ("of backup by database/places.rs", "the last step of a backup syncs the same directory"),
    (
        "of commitlog by storage/commitlog/found_segments.rs",
        "SSTables tell which stretches of the log they have",
    ),
    ("of commitlog by storage/commitlog/unarchived.rs", "SSTables tell which stretches of the log they have"),
    (
        "of segment by storage/commitlog/found_segments.rs",
        "no process is killed here, and a log that is left is synced: the tests of killed ones look at it",
    ),
    ("of commitlog by storage/commitlog/keeper.rs", "SSTables tell which stretches of the log they have"),
];

/// Of who writes an SSTable and of who commits it.
const BEFORE_A_COMMIT: &str = "SyncDirectory before a commit";

/// What a path is, without names that differ from one to the next.
fn kind(path: &Path) -> String {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("/");
    let of_directory = path.to_str().unwrap_or_default();
    if name.starts_with("CommitLog") {
        "segment".to_owned()
    } else if name.contains("_txn_") {
        "transaction log".to_owned()
    } else if let Some((_, component)) = name.rsplit_once("-big-") {
        component.to_owned()
    } else if name.contains('-') {
        "directory of a table".to_owned()
    } else if of_directory.contains("snapshots/") && !name.contains('.') {
        "directory of a snapshot".to_owned()
    } else {
        name.to_owned()
    }
}

/// The files that asked for a sync, the innermost first: those of the engine, without what only passes it on.
fn callers() -> Vec<String> {
    let told = Backtrace::force_capture().to_string();
    let places = told.lines().filter_map(|line| line.trim().strip_prefix("at "));
    let own = places.filter_map(|place| {
        let (above, file) = place.split_once("src/")?;
        let is_own = !above.contains("rustc") && !above.contains("registry") && !file.contains("library/");
        let passes = ["/fs/", "io/", "fs/"].iter().any(|folder| file.contains(folder));
        (is_own && !passes).then(|| file.split_once(':').map_or(file, |(name, _)| name).to_owned())
    });
    own.collect()
}

/// A place in the engine that syncs.
fn site(operation: Operation, path: &Path) -> String {
    let kind = kind(path);
    // One function writes each component.
    if kind.ends_with(".db") || kind.ends_with(".txt") || kind.ends_with(".crc32") {
        return format!("{operation:?} of {kind}");
    }
    let site = format!(
        "{operation:?} of {kind} by {}",
        callers().into_iter().take(2).collect::<Vec<_>>().join(" < ")
    );
    let installs = ["writer/new_files.rs", "writer/transaction/mod.rs < storage"];
    if installs.iter().any(|one| site.contains(one)) {
        // Who writes an SSTable and who commits it both sync the directory: one of them is enough.
        return BEFORE_A_COMMIT.to_owned();
    }
    site
}

/// Whether a sync may be that of a site: looking at who asked for it takes longer than the sync.
fn may_be_of(site: &str, operation: Operation, path: &Path) -> bool {
    let is_directory = matches!(operation, Operation::SyncDirectory);
    site.starts_with(&format!("{operation:?} of {}", kind(path))) || is_directory && site == BEFORE_A_COMMIT
}

fn files() -> Files {
    FaultyFileSystem::new(MemoryFileSystem::new())
}

/// The places that sync while the steps are done, with how often they do.
fn sites(logged: Logged, steps: &[Step]) -> BTreeMap<String, usize> {
    let (files, found) = (files(), Arc::new(Mutex::new(BTreeMap::new())));
    let seen = Arc::clone(&found);
    files.ignore_syncs(move |operation, path| {
        *seen.lock().unwrap().entry(site(operation, path)).or_default() += 1;
        false
    });
    run(&files, logged, steps, &Progress::default()).unwrap();
    drop(files);
    let found = found.lock().unwrap();
    found.clone()
}

/// What is wrong, if anything is, when one place does not sync.
fn without(ignored: &str, logged: Logged, steps: &[Step], expected: &Arc<Expected>) -> (usize, Vec<String>) {
    let (files, progress) = (files(), Arc::new(Progress::default()));
    let (site_of, ignored) = (site, ignored.to_owned());
    files.ignore_syncs(move |operation, path| {
        may_be_of(&ignored, operation, path) && site_of(operation, path) == ignored
    });
    let checkers = Checkers::start(expected, &progress, 3);
    checkers.observe(&files, &progress, |call| match call.operation {
        // Removals of files that wait for one sync, each there or not.
        Operation::SyncDirectory | Operation::RemoveFile => {
            (0..3).map(|seed| seed * (call.number + 2)).collect()
        }
        _ => vec![if call.number % 2 == 0 { 0 } else { 2 + call.number }],
    });
    run(&files, logged, steps, &progress).unwrap();
    checkers.end()
}

#[test]
fn without_any_one_sync_something_is_lost() {
    let steps = few_steps();
    let expected = Arc::new(Expected::of(&steps));
    let mut missed = BTreeSet::new();
    let mut tried = BTreeSet::new();
    for compression in [None, Some(Compressor::Lz4)] {
        let logged = Logged { mode: SyncMode::Batch, compression };
        for (site, count) in sites(logged, &steps) {
            let is_needed = NOT_NEEDED.iter().all(|(known, _)| !site.contains(known));
            if !is_needed || !tried.insert(site.clone()) {
                continue;
            }
            let (checked, failures) = without(&site, logged, &steps, &expected);
            eprintln!("{site} ({count}): {checked} images, {failures:?}");
            if failures.is_empty() {
                missed.insert(site);
            }
        }
    }
    assert!(missed.is_empty(), "without these syncs nothing is lost: {missed:#?}");
}
