//! SSTables that the library wrote out of others, for Cassandra to judge.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cqlite_sstable::{
    Component, Descriptor, ErrorKind, Format, Result, Version,
    tools::rewrite::{RewriteJob, RewriteOptions, Target},
    writer::{Operation, Written},
};

use crate::{
    cqlite,
    known::{KnownSstable, data_files, entries, file_name},
};

/// The versions that the library writes.
pub const VERSIONS: [&str; 4] = ["nb", "oa", "da", "me"];

/// The id of what several SSTables became; none of them has it.
const FIRST_COMPACTED: &str = "1000";

/// The exit code of what is not supported.
const UNSUPPORTED: i32 = 4;

/// As the nodes of the tests, and those that wrote the corpus, have it (`column_index_size`).
const INDEX_BLOCK_BYTES: u32 = 4096;

/// What became of SSTables that were to be written anew.
#[derive(Debug)]
pub enum Rewritten {
    /// They were written; the `Data.db` of each, and none if nothing is left of them.
    Written(Vec<PathBuf>),
    /// The version cannot hold what is in one: the library's words.
    Refused(String),
}

/// The versions that an SSTable is rewritten into.
pub fn targets(_sstable: &KnownSstable) -> [&'static str; 4] {
    VERSIONS
}

/// Writes SSTables of a table anew, in a version, into a directory, which is made if it is not there.
///
/// # Errors
/// If that fails for another reason than that the version cannot hold what is in one.
pub fn rewrite(data: &[PathBuf], version: &str, directory: &Path) -> Result<Rewritten> {
    let inputs = data.iter().map(|data| Descriptor::from_file(data)).collect::<Result<Vec<_>>>()?;
    let job = RewriteJob {
        inputs: &inputs,
        named: &inputs,
        place: directory,
        operation: Operation::Upgrade,
        options: options(version)?,
        first_id: None,
        verifies: false, // Cassandra does
    };
    match job.upgrade(|_| {}) {
        Ok(report) => Ok(Rewritten::Written(paths(directory, &report.written))),
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(Rewritten::Refused(error.to_string())),
        Err(error) => Err(error),
    }
}

fn options(version: &str) -> Result<RewriteOptions> {
    let format = if version == "da" { Format::Bti } else { Format::Big };
    let target = Target { version: Version::parse(version, format)?, is_lossy: false };
    Ok(RewriteOptions {
        target,
        marks_unrepaired: false,
        compression: None,
        index_block_bytes: Some(INDEX_BLOCK_BYTES),
    })
}

fn paths(directory: &Path, written: &[Written]) -> Vec<PathBuf> {
    let path = |one: &Written| {
        directory.join(format!("{}-{}-{}-Data.db", one.version, one.id, one.version.format().name()))
    };
    written.iter().map(path).collect()
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

/// Compacts SSTables into a directory by `cqlite compact`. Others in their directory count as overlap, and the commit log
/// as drained.
///
/// # Panics
/// If the verb fails for another reason than that the version cannot hold what is in one.
pub fn compact(data: &[PathBuf], compaction: &Compaction, directory: &Path) -> Rewritten {
    let mut command = cqlite::cqlite();
    command.arg("compact").args(["--to", compaction.version]).arg("--out").arg(directory);
    command.args(["--first-id", FIRST_COMPACTED, "--index-block", &INDEX_BLOCK_BYTES.to_string()]);
    if let Some(purge) = &compaction.purge {
        command.args(["--purge", "--gc-grace", &purge.gc_grace_seconds.to_string()]);
        command.args(["--now", &purge.now_seconds.to_string(), "--commitlog-drained"]);
    }
    let output = command.args(data).output().expect("the binary can be run");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.code() == Some(UNSUPPORTED) {
        return Rewritten::Refused(said);
    }
    assert!(output.status.success(), "{command:?}: {said}");
    Rewritten::Written(if directory.exists() {
        data_files(directory).expect("it can be listed")
    } else {
        Vec::new()
    })
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
