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
use super::steps::{Step, all_steps};

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

/// The functions that asked for a sync, the innermost first: those of the engine, without what only passes it on.
fn callers() -> Vec<String> {
    let told = Backtrace::force_capture().to_string();
    let names = told.lines().filter_map(|line| line.split_once(": ").map(|(_, name)| name.trim()));
    let is_engine = |name: &&str| {
        (name.contains("cqlite_core::") || name.contains("cqlite_sstable::"))
            && !["::fs::", "::io::", "closure"].iter().any(|passes| name.contains(passes))
    };
    let short = |name: &str| {
        let parts: Vec<&str> = name.trim_end_matches('>').split("::").collect();
        parts[parts.len().saturating_sub(2)..].join("::")
    };
    names.filter(is_engine).map(short).collect()
}

/// A place in the engine that syncs.
fn site(operation: Operation, path: &Path) -> String {
    let callers = callers();
    format!("{operation:?} of {} by {}", kind(path), callers.iter().take(3).cloned().collect::<Vec<_>>().join(" < "))
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
    files.ignore_syncs(move |operation, path| site_of(operation, path) == ignored);
    let checkers = Checkers::start(expected, &progress, 1);
    checkers.observe(&files, &progress, |call| match call.number % 3 {
        seed @ (0 | 1) => vec![seed],
        _ => vec![2 + call.number],
    });
    // Without a sync, an opening in between can fail as well; its power was not cut, though.
    run(&files, logged, steps, &progress).unwrap();
    checkers.end()
}

#[test]
fn without_any_one_sync_something_is_lost() {
    let steps = all_steps();
    let expected = Arc::new(Expected::of(&steps));
    let mut missed = BTreeSet::new();
    let mut tried = BTreeSet::new();
    for compression in [None, Some(Compressor::Lz4)] {
        let logged = Logged { mode: SyncMode::Batch, compression };
        for (site, count) in sites(logged, &steps) {
            if !tried.insert(site.clone()) {
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
