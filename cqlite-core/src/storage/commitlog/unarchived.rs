//! Segments that an archive did not take while the log was opened.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_sstable::{Error, ErrorKind, Result};

use super::copied_segment::copy_segment;
use super::{FoundSegment, FoundSegments, SegmentArchive, SegmentName, SegmentPlace};
use crate::storage::fs::FileSystem;

/// The directory below that of the log. Cassandra takes only files with names of segments for them.
const ASIDE: &str = "unarchived";

/// What a copy is named until it is whole.
const UNFINISHED: &str = "unfinished";

impl FoundSegments {
    /// Removes the segments, once everything in them is in SSTables: the oldest first, and each for good before the next, so that
    /// no power cut leaves an old one without those that came after it.
    ///
    /// Where there is an archive, it takes them before: a log that was not closed left them, and may have archived none or some of
    /// them (`CommitLog.recoverSegmentsOnDisk`). From the first one on that it does not take, they are put aside in the directory
    /// `unarchived` below that of the log: nothing replays them there, and [`super::CommitLog`] gives them to the archive
    /// later. Returned is why it did not take that one.
    ///
    /// # Errors
    /// If a file cannot be removed or put aside, or the directory not synced.
    pub fn put_away(
        self,
        fs: &dyn FileSystem,
        archive: Option<&dyn SegmentArchive>,
    ) -> Result<Option<Error>> {
        let directory = self.directory();
        let mut refused = None;
        for segment in self.segments() {
            // Those in front of others are part of what those others count.
            let is_needed = segment.place() == SegmentPlace::Earlier || !segment.is_empty();
            let taken_by = archive.filter(|_| is_needed);
            if let (Some(archive), None) = (taken_by, &refused) {
                let archived = archive.archive(segment.path(), &segment.name().to_string());
                refused = archived.err().map(|error| not_archived(segment.path(), error));
            }
            if taken_by.is_some() && refused.is_some() {
                put_aside(fs, directory, segment).map_err(|error| Error::output(error).at(segment.path()))?;
            }
            fs.remove_file(segment.path()).map_err(|error| Error::output(error).at(segment.path()))?;
            fs.sync_directory(directory).map_err(|error| Error::output(error).at(directory))?;
        }
        Ok(refused)
    }
}

/// Why an archive has not taken a segment.
pub(super) fn not_archived(segment: &Path, error: io::Error) -> Error {
    Error::new(ErrorKind::Output, format!("a segment of the commit log cannot be archived: {error}"))
        .at(segment)
        .advise("it is kept and tried again: look after the archive, and after the room that the log takes")
        .because(error)
}

fn put_aside(fs: &dyn FileSystem, directory: &Path, segment: &FoundSegment) -> io::Result<()> {
    let (aside, name) = (directory.join(ASIDE), segment.name().to_string());
    match fs.create_directory(&aside) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => fs.sync_directory(directory)?,
    }
    match fs.hard_link(segment.path(), &aside.join(&name)) {
        // It was linked before a power cut.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(_) => return copy_segment(fs, segment.path(), &aside, UNFINISHED, &name),
        Ok(()) => {}
    }
    fs.sync_directory(&aside)
}

/// The segments that were put aside, until an archive has taken them.
#[derive(Debug)]
pub(super) struct Unarchived {
    fs: Arc<dyn FileSystem>,
    directory: PathBuf,
    /// The oldest first.
    left: VecDeque<SegmentName>,
}

impl Unarchived {
    /// Those beside the segments of a log in `directory`.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub(super) fn list(fs: Arc<dyn FileSystem>, directory: &Path) -> Result<Self> {
        let directory = directory.join(ASIDE);
        let entries = match fs.list(&directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            entries => entries.map_err(|error| Error::io(&directory, error))?,
        };
        let names = entries.into_iter().filter(|entry| !entry.is_directory);
        let mut left: Vec<SegmentName> =
            names.filter_map(|entry| SegmentName::parse(&entry.name).ok().flatten()).collect();
        left.sort_by_key(|name| name.id);
        Ok(Self { fs, directory, left: left.into() })
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.left.len()
    }

    /// The greatest id among them.
    pub(super) fn greatest_id(&self) -> Option<i64> {
        self.left.back().map(|name| name.id)
    }

    /// Gives the oldest one to an archive, and removes it then.
    ///
    /// # Errors
    /// If it is not archived: it stays.
    pub(super) fn archive_oldest(&mut self, archive: &dyn SegmentArchive) -> Result<()> {
        let Some(name) = self.left.front().map(ToString::to_string) else { return Ok(()) };
        let path = self.directory.join(&name);
        archive.archive(&path, &name).map_err(|error| not_archived(&path, error))?;
        let removed = self.fs.remove_file(&path).and_then(|()| self.fs.sync_directory(&self.directory));
        removed.map_err(|error| Error::output(error).at(&path))?;
        self.left.pop_front();
        if self.left.is_empty() {
            // An empty one does no harm.
            let _ = self.fs.remove_directory(&self.directory);
        }
        Ok(())
    }
}
