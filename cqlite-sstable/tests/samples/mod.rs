//! Finds SSTables that Apache Cassandra 5.0.9 wrote: the fixtures, and a larger corpus where there is one.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders of the fixtures and of the corpus. That one is found by the variable `CQLITE_CORPUS`, or in
/// `shared/corpus` beside the repository; a missing one is said aloud.
pub fn roots() -> Vec<PathBuf> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let given = std::env::var_os("CQLITE_CORPUS").map(PathBuf::from);
    let corpus = given.unwrap_or_else(|| repository.join("../shared/corpus")).join("cassandra50");
    let mut roots = vec![repository.join("fixtures")];
    if corpus.is_dir() {
        roots.push(corpus);
    } else {
        eprintln!("SKIPPED: the corpus of SSTables is not there; set CQLITE_CORPUS to its folder");
    }
    roots
}

/// All files below the roots whose path matches; at least `least` of them.
pub fn files(matches: impl Fn(&str) -> bool, least: usize) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = roots();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if matches(entry.path().to_str().unwrap()) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    assert!(found.len() >= least, "only {} files", found.len());
    found
}
