//! Whether a node has something that is not in SSTables.

use std::fs::{self, DirEntry, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// Where nodes keep the commit log: beside the data directory by the packages' configuration, and by that of
/// the archive, where both are below `data`.
const DIRECTORY: &str = "commitlog";

/// What is known of a node's commit log, which has writes that are in no SSTable. The later one counts of two that
/// are known of one table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum CommitLog {
    /// Its segments are beside the data directory, and nothing is in them: the node was drained.
    Empty,
    /// No segment was found beside the data directory: there is no node, or its commit log is elsewhere
    /// (`commitlog_directory`).
    #[default]
    NotFound,
    /// It is beside the data directory, and has something in it.
    HasWrites,
}

impl CommitLog {
    /// The commit log beside the data directory `root`. Of a node that was drained, a segment is left.
    pub(super) fn beside(root: &Path) -> Self {
        let segments = root.parent().and_then(|home| fs::read_dir(home.join(DIRECTORY)).ok());
        let segments = segments.into_iter().flatten().filter_map(Result::ok).filter(|entry| {
            let name = entry.file_name();
            let name = name.to_str().unwrap_or_default();
            name.starts_with("CommitLog-") && name.ends_with(".log")
        });
        let of_segment = |entry: DirEntry| match has_section(&entry.path()) {
            true => Self::HasWrites,
            false => Self::Empty,
        };
        segments.map(of_segment).max().unwrap_or_default()
    }
}

/// No segment begins with so many empty sections.
const EMPTY_SECTIONS: usize = 1024;

/// The bytes of the marker in front of a section: where it ends, and a checksum.
const MARKER_BYTES: u64 = 8;

/// Whether a section with anything in it follows the header of a segment: version (4 bytes), id (8), the
/// length of its parameters (2), these, a checksum (4). What cannot be read may hold something.
fn has_section(segment: &Path) -> bool {
    let Ok(file) = File::open(segment) else { return true };
    let read = |offset: u64| -> Option<[u8; 8]> {
        let mut bytes = [0; 8];
        file.read_exact_at(&mut bytes, offset).ok()?;
        Some(bytes)
    };
    let Some([_, _, _, _, high, low, ..]) = read(8) else { return true };
    let mut offset = u64::from(u16::from_be_bytes([high, low])).saturating_add(18);
    for _ in 0..EMPTY_SECTIONS {
        let Some([a, b, c, d, ..]) = read(offset) else { return true };
        let end = u64::from(u32::from_be_bytes([a, b, c, d]));
        if end == 0 {
            return false;
        }
        if end != offset.saturating_add(MARKER_BYTES) {
            return true;
        }
        offset = end;
    }
    true
}
