//! The segments in a directory.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_sstable::io::{Source, SourceExt as _};
use cqlite_sstable::{Error, Result};

use super::descriptor::{Header, read_header};
use super::{MARKER_BYTES, MissingSegments, OnDamage, SegmentName, SegmentPlace, SegmentReader, SegmentRun};
use crate::storage::fs::{FileSystem, WritableFile};

/// How much of a segment is written again at a time.
const PIECE_BYTES: usize = 256 << 10;

/// A segment in a directory.
#[derive(Debug, Clone)]
pub struct FoundSegment {
    path: PathBuf,
    name: SegmentName,
    length_bytes: u64,
    place: SegmentPlace,
    run: Option<SegmentRun>,
    is_empty: bool,
}

impl FoundSegment {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What its name tells.
    pub fn name(&self) -> SegmentName {
        self.name
    }

    /// How long the file is.
    pub fn length_bytes(&self) -> u64 {
        self.length_bytes
    }

    /// Whether segments with sections come after it.
    pub fn place(&self) -> SegmentPlace {
        self.place
    }

    /// Which segment of a run of CQLite it is; none of segments that others wrote, or of which the header cannot be read.
    pub fn run(&self) -> Option<SegmentRun> {
        self.run
    }

    /// Whether it has a header and no section.
    pub fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Opens it for reading. What is not to be expected in it is an error.
    ///
    /// # Errors
    /// As [`SegmentReader::open`].
    pub fn open(&self, fs: &dyn FileSystem) -> Result<SegmentReader> {
        self.open_with(fs, OnDamage::Refuse)
    }

    /// As [`FoundSegment::open`], with a choice what to do about damage.
    ///
    /// # Errors
    /// As [`SegmentReader::open`].
    pub fn open_with(&self, fs: &dyn FileSystem, on_damage: OnDamage) -> Result<SegmentReader> {
        let source = fs.open(&self.path).map_err(|error| Error::io(&self.path, error))?;
        SegmentReader::open(source, self.name, self.place, on_damage)
    }
}

impl FoundSegment {
    /// Zeros are left as they are: they were synced when the segment was made.
    fn write_again(&self, fs: &dyn FileSystem, file: &dyn WritableFile) -> io::Result<()> {
        let source = fs.open(&self.path)?;
        let mut piece = vec![0; PIECE_BYTES];
        let mut offset = 0;
        while offset < source.len() {
            let length = usize::try_from(source.len() - offset).unwrap_or(usize::MAX).min(PIECE_BYTES);
            piece.truncate(length);
            source.read_exact(&mut piece, offset).map_err(io::Error::other)?;
            if piece.iter().any(|byte| *byte != 0) {
                file.write_at(&piece, offset)?;
            }
            offset = offset.saturating_add(length as u64);
        }
        Ok(())
    }
}

/// The segments in a directory, in the order in which they are replayed (`CommitLog.recoverSegmentsOnDisk`).
#[derive(Debug, Clone)]
pub struct FoundSegments {
    segments: Vec<FoundSegment>,
    directory: PathBuf,
}

impl FoundSegments {
    /// Lists a directory. Files with other names are left alone.
    ///
    /// # Errors
    /// If the directory or a segment cannot be read, and for names of segments that are too old.
    pub fn list(fs: &dyn FileSystem, directory: &Path) -> Result<Self> {
        let mut segments = Vec::new();
        for entry in fs.list(directory).map_err(|error| Error::io(directory, error))? {
            let path = directory.join(&entry.name);
            let name = SegmentName::parse(&entry.name).map_err(|error| error.at(&path))?;
            let Some(name) = name.filter(|_| !entry.is_directory) else { continue };
            let source = fs.open(&path).map_err(|error| Error::io(&path, error))?;
            let (length_bytes, place) = (source.len(), SegmentPlace::Earlier);
            let (run, is_empty) = beginning(&source)?;
            segments.push(FoundSegment { path, name, length_bytes, place, run, is_empty });
        }
        Ok(Self::of(directory, segments))
    }

    /// One segment alone, which is taken for the last one of its log.
    ///
    /// # Errors
    /// If it cannot be read, or its name is not that of a segment.
    pub fn one(fs: &dyn FileSystem, path: &Path) -> Result<Self> {
        let named = path.file_name().and_then(|name| name.to_str()).map(SegmentName::parse);
        let name = named.transpose().map_err(|error| error.at(path))?.flatten().ok_or_else(|| {
            Error::new(
                cqlite_sstable::ErrorKind::NotAnSstable,
                "the file has not the name of a commit log segment",
            )
            .at(path)
            .advise("give it the name that it had: CommitLog-<version>-<id>.log")
        })?;
        let source = fs.open(path).map_err(|error| Error::io(path, error))?;
        let (length_bytes, place) = (source.len(), SegmentPlace::Last);
        let (run, is_empty) = beginning(&source)?;
        let segment = FoundSegment { path: path.to_owned(), name, length_bytes, place, run, is_empty };
        Ok(Self::of(path.parent().unwrap_or(Path::new("")), vec![segment]))
    }

    /// All behind the last one that is not empty are last, too: there is nothing in them.
    fn of(directory: &Path, mut segments: Vec<FoundSegment>) -> Self {
        segments.sort_by_key(|segment| (segment.name.id, segment.name.version));
        for segment in segments.iter_mut().rev() {
            segment.place = SegmentPlace::Last;
            if !segment.is_empty {
                break;
            }
        }
        Self { segments, directory: directory.to_owned() }
    }

    /// The directory that was listed.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// In ascending order of their ids.
    pub fn segments(&self) -> &[FoundSegment] {
        &self.segments
    }

    /// The greatest id there is.
    pub fn greatest_id(&self) -> Option<i64> {
        self.segments.last().map(|segment| segment.name.id)
    }

    /// The segments that are certain to be missing between others. Of logs that Cassandra wrote nothing is certain: it removes each segment
    /// as soon as nothing in it is needed, whatever becomes of older ones, and uses up ids for which it makes no segment.
    pub fn missing(&self) -> Vec<MissingSegments> {
        MissingSegments::among(&self.segments)
    }

    /// Makes sure that all there is in the segments stays after a power cut: a process that was killed may have left what only the
    /// operating system has.
    ///
    /// The last one is written again with what is in it: a sync of it that failed may have dropped what nobody would write then.
    /// All others were synced before anything was written to the next.
    ///
    /// # Errors
    /// If a segment cannot be read and written, or not be synced.
    pub fn sync(&self, fs: &dyn FileSystem) -> Result<()> {
        for segment in self.segments.iter().filter(|segment| !segment.is_empty) {
            let written = fs.open_writable(&segment.path).and_then(|file| {
                if segment.place == SegmentPlace::Last {
                    segment.write_again(fs, &*file)?;
                }
                file.sync_data()
            });
            written.map_err(|error| Error::output(error).at(&segment.path))?;
        }
        fs.sync_directory(&self.directory).map_err(|error| Error::output(error).at(&self.directory))
    }
}

/// Whether there is anything but a header.
pub(in crate::storage) fn has_sections(source: &Arc<dyn Source>) -> Result<bool> {
    beginning(source).map(|(_, is_empty)| !is_empty)
}

/// Which segment of a run it is, and whether there is a sound header, and behind it no room for a marker, or zeros
/// (`CommitLogReader.shouldSkip`).
fn beginning(source: &Arc<dyn Source>) -> Result<(Option<SegmentRun>, bool)> {
    let Header::Sound { length, descriptor } = read_header(source)? else { return Ok((None, false)) };
    if source.len() < u64::from(length.saturating_add(MARKER_BYTES)) {
        return Ok((descriptor.run, true));
    }
    let mut marker = [0; MARKER_BYTES as usize];
    source.read_exact(&mut marker, u64::from(length))?;
    Ok((descriptor.run, marker == [0; MARKER_BYTES as usize]))
}
