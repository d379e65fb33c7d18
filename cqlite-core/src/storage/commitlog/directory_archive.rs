//! An archive that is a directory.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::copied_segment::copy_segment;
use super::{SegmentArchive, SegmentName};
use crate::storage::fs::FileSystem;

/// What a copy is named until it is whole. Nobody takes it for a segment.
const UNFINISHED: &str = "CommitLogCopy-unfinished";

/// Copies full segments to a directory, and keeps the newest ones.
///
/// Together with a limit of the age of segments ([`super::CommitLogOptions::segment_age`]) it bounds how much of the log is not in the archive
/// yet, and by `kept` how far it goes back.
#[derive(Debug, Clone)]
pub struct DirectoryArchive {
    fs: Arc<dyn FileSystem>,
    directory: PathBuf,
    kept: Option<usize>,
}

impl DirectoryArchive {
    /// An archive in a directory that is there, and that no other log has. Of its segments the newest `kept` stay; all of them if there is no such
    /// number.
    pub fn new(fs: Arc<dyn FileSystem>, directory: impl Into<PathBuf>, kept: Option<usize>) -> Self {
        Self { fs, directory: directory.into(), kept }
    }

    fn remove_old(&self) -> io::Result<()> {
        let Some(kept) = self.kept else { return Ok(()) };
        let entries = self.fs.list(&self.directory)?.into_iter().filter(|entry| !entry.is_directory);
        let mut names: Vec<SegmentName> =
            entries.filter_map(|entry| SegmentName::parse(&entry.name).ok().flatten()).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.id));
        for name in names.into_iter().skip(kept) {
            self.fs.remove_file(&self.directory.join(name.to_string()))?;
        }
        Ok(())
    }
}

impl SegmentArchive for DirectoryArchive {
    fn archive(&self, path: &Path, name: &str) -> io::Result<()> {
        copy_segment(self.fs.as_ref(), path, &self.directory, UNFINISHED, name)?;
        self.remove_old()
    }
}
