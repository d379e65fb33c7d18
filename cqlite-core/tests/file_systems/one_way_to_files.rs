//! The engine has one way to files.

use std::fs;
use std::path::{Path, PathBuf};

/// What looks at files beside the trait.
const FORBIDDEN: [&str; 18] = [
    "std::fs",
    "fs::File",
    "File::open",
    "File::create",
    "OpenOptions",
    "rustix::fs",
    "tempfile::",
    "std::os::unix::fs",
    ".exists()",
    ".is_file()",
    ".is_dir()",
    ".read_dir()",
    ".canonicalize()",
    ".metadata()",
    "DiskDirectory",
    "DiskFiles",
    "FileSource",
    "Sstable::open(",
];

/// What is named like one of these, and is the trait itself or goes through it.
const ALLOWED: [&str; 3] = ["storage::fs::FileSystem", "storage::fs::FileLock", "LiveSstable::open("];

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("tests") || path.ends_with("tests.rs") {
            // Tests make places for themselves.
        } else if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

fn is_of_disk(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    name.starts_with("disk") && path.parent().unwrap().ends_with("storage/fs")
}

#[test]
fn only_the_file_system_of_the_disk_touches_the_disk() {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    let (of_disk, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|path| is_of_disk(path));
    assert!(of_disk.iter().any(|path| fs::read_to_string(path).unwrap().contains("std::fs")));
    assert!(others.len() > 10, "{others:?}");
    for path in others {
        let text = fs::read_to_string(&path).unwrap();
        let is_code = |line: &str| !line.trim_start().starts_with("//");
        for (number, line) in text.lines().enumerate().filter(|(_, line)| is_code(line)) {
            let line = ALLOWED.iter().fold(line.to_owned(), |line, allowed| line.replace(allowed, ""));
            for word in FORBIDDEN {
                assert!(!line.contains(word), "{}:{}: {word}: {line}", path.display(), number + 1);
            }
        }
    }
}
