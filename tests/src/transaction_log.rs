//! Transaction logs as a node writes them.

use std::{fs, path::Path, time::UNIX_EPOCH};

use cqlite_sstable::Component;

/// A record with its checksum, as a line.
pub fn line(kind: &str, prefix: &str, millis: i64, files: i32) -> String {
    let mut crc = crc32fast::Hasher::new();
    crc.update(prefix.as_bytes());
    crc.update(kind.as_bytes());
    crc.update(&(millis as i32).to_be_bytes());
    crc.update(&((millis >> 32) as i32).to_be_bytes());
    crc.update(&files.to_be_bytes());
    format!("{kind}:[{prefix},{millis},{files}][{}]\n", crc.finalize())
}

/// The record of a new SSTable `nb-<id>-big` in the directory of its table.
pub fn add(table: &Path, id: u32) -> String {
    line("ADD", &format!("{}/nb-{id}-big-", table.display()), 0, 8)
}

/// The record of an SSTable that is to be removed, as its files are now.
///
/// # Panics
/// If there are none.
pub fn remove(table: &Path, id: u32) -> String {
    let prefix = format!("nb-{id}-big-");
    let entries = fs::read_dir(table).expect("a directory").flatten();
    let files: Vec<_> =
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix)).collect();
    // Statistics.db may be changed later.
    let counted = files
        .iter()
        .filter(|entry| !entry.file_name().to_string_lossy().ends_with(Component::Statistics.file_name()));
    let modified = counted.map(|entry| entry.metadata().and_then(|found| found.modified()).expect("a time"));
    let latest = modified.max().expect("files").duration_since(UNIX_EPOCH).expect("a time after 1970");
    line("REMOVE", &format!("{}/{prefix}", table.display()), latest.as_millis() as i64, files.len() as i32)
}

/// The last record of a transaction that is done.
pub fn commit() -> String {
    line("COMMIT", "", 0, 0)
}

/// The last record of a transaction that was given up.
pub fn abort() -> String {
    line("ABORT", "", 0, 0)
}

/// The whole log of a compaction of the SSTables `old` to `new` that is done.
pub fn compaction(table: &Path, new: &[u32], old: &[u32]) -> String {
    let added = new.iter().map(|id| add(table, *id));
    let removed = old.iter().map(|id| remove(table, *id));
    added.chain(removed).chain([commit()]).collect()
}
