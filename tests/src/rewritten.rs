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
    let descriptor = Descriptor::from_file(data).expect("the name of an SSTable");
    assert!(descriptor.stem().starts_with(version), "{} into {version}", data.display());
    fs::create_dir_all(directory).expect("a directory can be made");
    for path in entries(descriptor.directory()).expect("the directory can be listed") {
        let name = file_name(&path);
        let component = name.strip_prefix(descriptor.stem()).and_then(|rest| rest.strip_prefix('-'));
        if component.and_then(Component::from_file_name).is_some() {
            let bytes = fs::read(&path).expect("a component can be read");
            fs::write(directory.join(name), bytes).expect("a component can be written");
        }
    }
    Rewritten::Written(directory.join(file_name(data)))
}
