//! Segments that are brought back from an archive (`CommitLogArchiver.maybeRestoreArchive`).

use std::collections::HashSet;
use std::path::Path;

use cqlite_sstable::{Error, ErrorKind, Result};

use super::copied_segment::copy_segment;
use super::{CommitLogDescriptor, FoundSegment, FoundSegments, SegmentName};
use crate::storage::fs::FileSystem;

/// Spares are named so, too: what is left over when the process dies is removed when the log is opened.
const UNFINISHED: &str = "CommitLogSpare-restored";

/// What was brought back from an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestoredSegments {
    /// The segments that were copied, in ascending order of their ids.
    pub copied: Vec<SegmentName>,
    /// Those that were there already, and were left alone.
    pub were_there: Vec<SegmentName>,
}

/// Copies the segments of an archive to the directory of a log, before that is replayed. Whoever wants the state of an earlier point in
/// time empties the tables, or puts back their SSTables of then, and replays with that point
/// ([`crate::storage::replay::ReplayOptions::restore_point_micros`]).
///
/// # Errors
/// [`ErrorKind::Corrupt`] if the header of a segment cannot be read, or has another id than its name; [`ErrorKind::Unsupported`] if it is of
/// another version, or encrypted; and failed reads and writes. Segments that were copied before stay.
pub fn restore_segments(fs: &dyn FileSystem, archive: &Path, directory: &Path) -> Result<RestoredSegments> {
    let found = FoundSegments::list(fs, archive)?;
    let there = FoundSegments::list(fs, directory)?;
    let there: HashSet<SegmentName> = there.segments().iter().map(FoundSegment::name).collect();
    let mut restored = RestoredSegments::default();
    for segment in found.segments() {
        let name = segment.name();
        if there.contains(&name) {
            restored.were_there.push(name);
            continue;
        }
        let source = fs.open(segment.path()).map_err(|error| Error::io(segment.path(), error))?;
        let id = CommitLogDescriptor::read(&source)?.id;
        if id != name.id {
            let what = format!("the header has the id {id}, and the file's name {}", name.id);
            return Err(Error::new(ErrorKind::Corrupt, what).at(segment.path()));
        }
        let copied = copy_segment(fs, segment.path(), directory, UNFINISHED, &name.to_string());
        copied.map_err(|error| Error::output(error).at(segment.path()))?;
        restored.copied.push(name);
    }
    Ok(restored)
}
