//! Reading a log while another process writes it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_sstable::io::Source;
use cqlite_sstable::{Error, Result};

use super::scanner::version_of;
use crate::storage::commitlog::{
    CommitLogPosition, OnDamage, SegmentName, SegmentPlace, SegmentReader, has_sections,
};
use crate::storage::fs::FileSystem;
use crate::storage::mutation::MessagingVersion;

/// A mutation of a log that is followed.
#[derive(Debug, Clone, Copy)]
pub struct FollowedMutation<'a> {
    /// The position behind it.
    pub position: CommitLogPosition,
    /// How it is encoded.
    pub version: MessagingVersion,
    /// Its bytes.
    pub mutation: &'a [u8],
}

/// What a look at a log brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Followed {
    /// Sections that were not seen before.
    pub sections: u64,
    /// Their mutations.
    pub mutations: u64,
    /// Whether the segment that was read last is gone, or others that were not read: what they held is in SSTables, which are to be
    /// listed again.
    pub has_gap: bool,
}

/// Follows the log of another process, which goes on writing: each look shows what came since the look before, section by
/// section, in the order of positions. Sections appear as wholes, as their markers are written last.
///
/// Nothing is locked, and nothing is changed.
#[derive(Debug)]
pub struct LogFollower {
    fs: Arc<dyn FileSystem>,
    directory: PathBuf,
    current: Option<Followable>,
}

/// A segment, and where in it the next section begins: in the file and as if nothing were compressed. None at its header.
#[derive(Debug, Clone, Copy)]
struct Followable {
    name: SegmentName,
    next: Option<(u64, u64)>,
}

impl LogFollower {
    /// Begins with the oldest segment of `directory`.
    pub fn new(fs: Arc<dyn FileSystem>, directory: impl Into<PathBuf>) -> Self {
        Self { fs, directory: directory.into(), current: None }
    }

    /// Shows what was written since the last call. After an error of `take` the section is shown again, from its first mutation on.
    ///
    /// # Errors
    /// Those of `take`; [`cqlite_sstable::ErrorKind::Corrupt`] if a segment is not whole that is followed by others with sections; and failed reads.
    /// A tail that is not whole is no error: it may still be being written.
    pub fn poll(&mut self, take: &mut dyn FnMut(FollowedMutation<'_>) -> Result<()>) -> Result<Followed> {
        let mut followed = Followed::default();
        let mut names = self.names()?;
        // The newest segment that is known to have sections: those in front of it are complete.
        let mut newest_used = None;
        let mut is_listed_anew = true;
        loop {
            let wanted = self.current.map(|current| current.name);
            let position = names.partition_point(|name| wanted.is_some_and(|one| name.id < one.id));
            let Some(name) = names.get(position).copied() else {
                followed.has_gap |= wanted.is_some();
                return Ok(followed);
            };
            if wanted.is_none_or(|wanted| wanted.id != name.id) {
                followed.has_gap |= wanted.is_some();
                self.current = Some(Followable { name, next: None });
            }
            let later = names.get(position.saturating_add(1)..).unwrap_or_default();
            if newest_used.is_none_or(|used: SegmentName| used.id <= name.id) {
                newest_used = self.newest_used(later)?;
            }
            // A segment is complete once a later one has sections. What is read of it after that is all of it.
            let is_complete = newest_used.is_some_and(|used| used.id > name.id);
            if !is_complete && !is_listed_anew {
                (names, is_listed_anew) = (self.names()?, true);
                continue;
            }
            let is_there = self.read(is_complete, &mut followed, take)?;
            followed.has_gap |= !is_there;
            if is_there && !is_complete {
                return Ok(followed);
            }
            if is_complete {
                self.current = later.first().map(|name| Followable { name: *name, next: None });
                is_listed_anew = false;
            } else {
                names = self.names()?;
            }
        }
    }

    /// The newest of these segments that has sections.
    fn newest_used(&self, names: &[SegmentName]) -> Result<Option<SegmentName>> {
        for name in names.iter().rev() {
            if let Some(source) = self.open(*name)?
                && has_sections(&source)?
            {
                return Ok(Some(*name));
            }
        }
        Ok(None)
    }

    /// Segments, the oldest first.
    fn names(&self) -> Result<Vec<SegmentName>> {
        let mut names = Vec::new();
        for entry in self.fs.list(&self.directory).map_err(|error| Error::io(&self.directory, error))? {
            let name = SegmentName::parse(&entry.name);
            names.extend(name.map_err(|error| error.at(self.directory.join(&entry.name)))?);
        }
        names.sort_by_key(|name| (name.id, name.version));
        Ok(names)
    }

    fn path(&self, name: SegmentName) -> PathBuf {
        self.directory.join(name.to_string())
    }

    /// A segment; none if it was removed meanwhile.
    fn open(&self, name: SegmentName) -> Result<Option<Arc<dyn Source>>> {
        let path = self.path(name);
        match self.fs.open(&path) {
            Ok(source) => Ok(Some(source)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(&path, error)),
        }
    }

    /// Shows what is new in the current segment. False if it is gone.
    fn read(
        &mut self,
        is_complete: bool,
        followed: &mut Followed,
        take: &mut dyn FnMut(FollowedMutation<'_>) -> Result<()>,
    ) -> Result<bool> {
        let Some(current) = &mut self.current.clone() else { return Ok(true) };
        let Some(source) = self.open(current.name)? else { return Ok(false) };
        let (place, on_damage) = match is_complete {
            true => (SegmentPlace::Earlier, OnDamage::Refuse),
            // What is not whole may still become so.
            false => (SegmentPlace::Last, OnDamage::Skip),
        };
        let mut reader = match SegmentReader::open(source, current.name, place, on_damage) {
            Ok(reader) => reader,
            Err(error) => return self.judge(current.name, error),
        };
        let Some(version) = reader.descriptor().map(|one| version_of(one.version)) else { return Ok(true) };
        if let Some((offset, logical)) = current.next {
            reader.skip_to(offset, logical);
        }
        loop {
            let section = match reader.next_section() {
                Ok(Some(section)) => section,
                Ok(None) => return Ok(true),
                Err(error) => return self.judge(current.name, error),
            };
            if !section.is_whole() || section.follows_damage() {
                return Ok(true);
            }
            let mut mutations = 0_u64;
            for entry in section.entries() {
                if entry.is_padding() {
                    continue;
                }
                take(FollowedMutation { position: entry.position, version, mutation: entry.mutation })?;
                mutations = mutations.saturating_add(1);
            }
            let logical = u64::from(section.end_position().position.unsigned_abs());
            current.next = Some((section.end(), logical));
            self.current = Some(*current);
            followed.sections = followed.sections.saturating_add(1);
            followed.mutations = followed.mutations.saturating_add(mutations);
        }
    }

    /// A complete segment that cannot be read may have been removed while it was read: then its file is another one by now.
    fn judge(&self, name: SegmentName, error: Error) -> Result<bool> {
        let path: &Path = &self.path(name);
        match self.fs.entry(path) {
            Err(told) if told.kind() == io::ErrorKind::NotFound => Ok(false),
            _ => Err(error),
        }
    }
}
