//! Segments that are written, and how they come to be and go.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use cqlite_sstable::{Error, ErrorKind, Result};

use super::failure::Failure;
use super::{
    CommitLogDescriptor, CommitLogOptions, MARKER_BYTES, SegmentCompression, SegmentName, SegmentRun,
};
use crate::storage::fs::{FileSystem, WritableFile};

/// What spares are named. Cassandra takes nothing for a segment that does not begin with `CommitLog-`.
const SPARE_PREFIX: &str = "CommitLogSpare-";

/// How many zeros are written at once: a page. The kernel keeps what one call writes in pieces as large (folios), and walks over
/// the whole of a piece whenever a few bytes of it are written again, which made each put of a hundred bytes two thirds dearer.
const ZEROS_BYTES: usize = 4096;

/// A segment that entries are or were written to.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) file: Arc<dyn WritableFile>,
    pub(super) header_bytes: u32,
    pub(super) compression: Option<SegmentCompression>,
}

/// A file of zeros, written and synced, that becomes a segment.
#[derive(Debug)]
struct Spare {
    path: PathBuf,
    file: Arc<dyn WritableFile>,
}

/// Why there is no new segment.
#[derive(Debug)]
pub(super) enum NoSegment {
    /// It can be tried again: a full disk for instance.
    Now(Error),
    /// A sync failed.
    Ever(Failure),
}

/// Makes segments out of spares, and removes them.
#[derive(Debug)]
pub(super) struct SegmentMaker {
    fs: Arc<dyn FileSystem>,
    directory: PathBuf,
    options: CommitLogOptions,
    /// The id before that of the next segment.
    id: i64,
    /// The place of the next segment.
    run: SegmentRun,
    spare: Option<Spare>,
    spares_made: u64,
}

impl SegmentMaker {
    /// Removes spares that were left over, and finds out which ids are used.
    pub(super) fn new(fs: Arc<dyn FileSystem>, directory: &Path, options: &CommitLogOptions) -> Result<Self> {
        let mut greatest = options.least_segment_id.saturating_sub(1);
        for entry in fs.list(directory).map_err(|error| Error::io(directory, error))? {
            let path = directory.join(&entry.name);
            if entry.name.starts_with(SPARE_PREFIX) {
                fs.remove_file(&path).map_err(|error| Error::output(error).at(&path))?;
            } else if let Some(name) = SegmentName::parse(&entry.name).map_err(|error| error.at(&path))? {
                greatest = greatest.max(name.id);
            }
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let id = i64::try_from(now).unwrap_or(i64::MAX).max(greatest.saturating_add(1));
        Ok(Self {
            fs,
            directory: directory.to_owned(),
            options: options.clone(),
            id,
            run: SegmentRun { id, number: 0 },
            spare: None,
            spares_made: 0,
        })
    }

    /// Ids of segments are greater than this, too.
    pub(super) fn pass_id(&mut self, id: i64) {
        self.id = self.id.max(id);
    }

    /// Whether a segment can be made without writing zeros first.
    pub(super) fn has_spare(&self, compression: Option<&SegmentCompression>) -> bool {
        compression.is_some() || self.spare.is_some()
    }

    /// Makes a spare.
    pub(super) fn make_spare(&mut self) -> Result<(), NoSegment> {
        let (path, file) = self.new_file()?;
        self.fill(&path, &file).inspect_err(|_| {
            // The file is of no use, and what is left of it is removed at the next opening.
            let _ = self.fs.remove_file(&path);
        })?;
        self.spare = Some(Spare { path, file });
        Ok(())
    }

    /// Makes the next segment: its header and a marker of zeros are synced before it gets its name, and its name before anything
    /// is written to it.
    pub(super) fn make_segment(
        &mut self,
        compression: Option<SegmentCompression>,
    ) -> Result<Segment, NoSegment> {
        let spare = match &compression {
            // A compressed segment grows: Cassandra takes a section that was not written completely for a torn one only at the end of a file.
            Some(_) => {
                let (path, file) = self.new_file()?;
                Spare { path, file }
            }
            None => {
                if self.spare.is_none() {
                    self.make_spare()?;
                }
                self.spare.take().ok_or_else(|| NoSegment::Now(Error::invalid_input("there is no spare")))?
            }
        };
        self.id = self.next_id().map_err(NoSegment::Now)?;
        let (version, run) = (self.options.version, Some(self.run));
        let descriptor = CommitLogDescriptor { version, id: self.id, compression, run };
        let mut header = descriptor.encode().map_err(NoSegment::Now)?;
        let header_bytes = header.len() as u32;
        header.extend_from_slice(&[0; MARKER_BYTES as usize]);
        spare.file.write_at(&header, 0).map_err(|error| cannot_write(&spare.path, error))?;
        let synced =
            if descriptor.compression.is_some() { spare.file.sync() } else { spare.file.sync_data() };
        synced.map_err(|error| cannot_sync(&spare.path, &error))?;
        let name = descriptor.file_name().to_string();
        let path = self.directory.join(&name);
        self.fs.rename(&spare.path, &path).map_err(|error| cannot_write(&path, error))?;
        // An id may be used up by a segment that could not be made, a number is not.
        self.run.number = self.run.number.saturating_add(1);
        self.sync_directory().map_err(NoSegment::Ever)?;
        let CommitLogDescriptor { id, compression, .. } = descriptor;
        Ok(Segment { id, name, path, file: spare.file, header_bytes, compression })
    }

    /// Removes a segment, for good. Where a spare is wanted, and nobody can have linked the file, it becomes one.
    pub(super) fn remove(&mut self, segment: &Segment, may_reuse: bool) -> Result<(), NoSegment> {
        let is_reused = may_reuse
            && self.spare.is_none()
            && segment.compression.is_none()
            && self.options.compression.is_none()
            && self.options.archive.is_none();
        if !is_reused {
            self.fs.remove_file(&segment.path).map_err(|error| cannot_write(&segment.path, error))?;
            return self.sync_directory().map_err(NoSegment::Ever);
        }
        let path = self.spare_path();
        self.fs.rename(&segment.path, &path).map_err(|error| cannot_write(&segment.path, error))?;
        // A name that came back after a power cut would be that of a segment with holes.
        self.sync_directory().map_err(NoSegment::Ever)?;
        let spare = Spare { path, file: Arc::clone(&segment.file) };
        match self.fill(&spare.path, &spare.file) {
            Ok(()) => self.spare = Some(spare),
            Err(NoSegment::Ever(failure)) => return Err(NoSegment::Ever(failure)),
            // The segment is gone; a spare can be made another time.
            Err(NoSegment::Now(_)) => {
                let _ = self.fs.remove_file(&spare.path);
            }
        }
        Ok(())
    }

    /// Removes the spare.
    pub(super) fn remove_spare(&mut self) -> Result<()> {
        let Some(spare) = self.spare.take() else { return Ok(()) };
        self.fs.remove_file(&spare.path).map_err(|error| Error::output(error).at(&spare.path))
    }

    /// The id of the next segment. A name that came twice would be that of two segments, of which one replaces the other.
    fn next_id(&self) -> Result<i64> {
        self.id.checked_add(1).ok_or_else(|| {
            Error::invalid_input(
                "there is no id left for a segment: something names the greatest one that there can be",
            )
            .at(&self.directory)
            .advise("look for a file that is no segment of this log, and for SSTables that are damaged")
        })
    }

    fn new_file(&mut self) -> Result<(PathBuf, Arc<dyn WritableFile>), NoSegment> {
        let path = self.spare_path();
        let file = self.fs.create(&path).map_err(|error| cannot_write(&path, error))?;
        Ok((path, file))
    }

    fn spare_path(&mut self) -> PathBuf {
        self.spares_made = self.spares_made.saturating_add(1);
        self.directory.join(format!("{SPARE_PREFIX}{}", self.spares_made))
    }

    /// Fills a file with zeros, by writing them: blocks that are only reserved are noted in the file system's journal when
    /// they are written first, at each sync.
    fn fill(&self, path: &Path, file: &Arc<dyn WritableFile>) -> Result<(), NoSegment> {
        let zeros = vec![0; ZEROS_BYTES.min(self.options.segment_bytes as usize)];
        let mut offset = 0;
        while offset < self.options.segment_bytes as usize {
            let left = self.options.segment_bytes as usize - offset;
            let piece = zeros.get(..left.min(zeros.len())).unwrap_or(&zeros);
            file.write_at(piece, offset as u64).map_err(|error| cannot_write(path, error))?;
            offset += piece.len();
        }
        file.sync().map_err(|error| cannot_sync(path, &error))
    }

    fn sync_directory(&self) -> Result<(), Failure> {
        let synced = self.fs.sync_directory(&self.directory);
        synced.map_err(|error| Failure::new(&self.directory, "syncing the directory", &error))
    }
}

fn cannot_write(path: &Path, error: io::Error) -> NoSegment {
    NoSegment::Now(
        Error::new(
            ErrorKind::Output,
            format!("a segment of the commit log cannot be made or removed: {error}"),
        )
        .at(path)
        .advise("make room on the disk; writing goes on by itself then")
        .because(error),
    )
}

fn cannot_sync(path: &Path, error: &io::Error) -> NoSegment {
    NoSegment::Ever(Failure::new(path, "syncing a new segment", error))
}
