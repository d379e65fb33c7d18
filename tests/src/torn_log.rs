//! Commit logs as a writer leaves them that dies while it writes.

use std::{fs, fs::OpenOptions, os::unix::fs::FileExt as _, path::Path};

use cqlite_core::storage::{
    commitlog::{FoundSegments, Tail},
    fs::DiskFileSystem,
};

/// Puts a section behind the last one of a commit log, of which only a part was written, and a segment that nobody uses yet
/// beside the others. False, with the log left as it was, if the end of the log is torn already.
///
/// # Panics
/// If there is no segment with anything in it, or files cannot be read and written.
pub fn tear(log_directory: &Path) -> bool {
    fs::write(log_directory.join("CommitLogSpare-77"), [0; 4096]).expect("room for a segment");
    let found = FoundSegments::list(&DiskFileSystem, log_directory).expect("a commit log");
    let last = found.segments().iter().rfind(|segment| !segment.is_empty()).expect("a segment");
    let mut reader = last.open(&DiskFileSystem).expect("a segment");
    let mut mutation = vec![0; 64];
    while let Some(section) = reader.next_section().expect("a sound section") {
        if let Some(entry) = section.entries().next() {
            mutation = entry.mutation.to_vec();
        }
    }
    let Some(&Tail::Clean { offset }) = reader.tail() else { return false };
    let is_compressed = reader.descriptor().is_some_and(|found| found.compression.is_some());
    let next = offset as u32 + 8 + mutation.len() as u32 + 12;
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&(last.name().id as u32).to_be_bytes());
    hasher.update(&((last.name().id >> 32) as u32).to_be_bytes());
    hasher.update(&(offset as u32).to_be_bytes());
    let mut section = [next.to_be_bytes(), hasher.finalize().to_be_bytes()].concat();
    section.extend((mutation.len() as u32).to_be_bytes());
    // A plain segment has zeros behind; a compressed one ends.
    section.extend(if is_compressed { &mutation[..5] } else { &[] });
    let file = OpenOptions::new().write(true).open(last.path()).expect("a segment");
    file.write_all_at(&section, offset).expect("room for a section");

    let mut reader = last.open(&DiskFileSystem).expect("a segment");
    while reader.next_section().expect("a sound section").is_some() {}
    assert_eq!(reader.tail(), Some(&Tail::Torn { offset: if is_compressed { offset } else { offset + 8 } }));
    true
}
