//! Which directories a path means.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::listing::{Listing, stem};
use super::place::{BACKUPS, Inside, Place, SNAPSHOTS, file_name, is_table_directory};
use crate::error::{Error, Result};

/// The directories below one path that hold SSTables.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Those that are meant, in the order of their paths.
    pub(super) directories: Vec<PathBuf>,
    /// Those below which there is something that could not be read.
    pub(super) refused: Vec<Error>,
    /// The tags of all snapshots that were seen.
    pub(super) tags: BTreeSet<String>,
    /// Backups and indexes that were left out.
    pub(super) left_out: Vec<PathBuf>,
    /// The real paths of all that were looked at: links can make a circle.
    seen: BTreeSet<PathBuf>,
}

/// A directory's own files and what is below it.
struct Entries {
    listing: Listing,
    directories: Vec<PathBuf>,
}

impl Tree {
    /// Walks down from the directory `path`. With a `tag`, the SSTables of that snapshot are meant, else
    /// those that a node reads. Snapshots, backups and indexes are left out unless the path points into them.
    ///
    /// # Errors
    /// If `path` itself cannot be read, or has several snapshots in it and none is chosen.
    pub(super) fn walk(path: &Path, tag: Option<&str>) -> Result<Self> {
        let mut tree = Self::default();
        let start = tree.start(path, tag)?;
        let mut stack = vec![start.clone()];
        while let Some(directory) = stack.pop() {
            match tree.visit(&directory, tag) {
                Ok(mut below) => {
                    below.reverse();
                    stack.append(&mut below);
                }
                Err(error) if directory == start => return Err(Error::io(&directory, error)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => tree.refused.push(Error::io(&directory, error)),
            }
        }
        Ok(tree)
    }

    /// Where to begin: of a directory of snapshots, with one of them.
    fn start(&mut self, path: &Path, tag: Option<&str>) -> Result<PathBuf> {
        let absolute = absolute(path);
        let is_snapshots =
            file_name(&absolute) == SNAPSHOTS && absolute.parent().is_some_and(is_table_directory);
        if !is_snapshots {
            return Ok(path.to_owned());
        }
        let entries = entries(path).map_err(|error| Error::io(path, error))?;
        self.tags.extend(entries.directories.iter().map(|directory| file_name(directory).to_owned()));
        match (tag, entries.directories.as_slice()) {
            (Some(tag), _) if self.tags.contains(tag) => Ok(path.join(tag)),
            (None, [only]) => Ok(only.clone()),
            (None, [_, _, ..]) => {
                let tags: Vec<&str> = self.tags.iter().map(String::as_str).collect();
                Err(Error::invalid_input(format!("there are several snapshots: {}", tags.join(", ")))
                    .at(path)
                    .advise("name the directory of one, or choose with --snapshot"))
            }
            _ => Ok(path.to_owned()),
        }
    }

    /// Takes a directory if it is meant, and returns where to look further.
    fn visit(&mut self, directory: &Path, tag: Option<&str>) -> io::Result<Vec<PathBuf>> {
        if !self.seen.insert(fs::canonicalize(directory)?) {
            return Ok(Vec::new());
        }
        let Entries { listing, directories } = entries(directory)?;
        let absolute = absolute(directory);
        let place = Place::of(&absolute);
        let is_table = is_table_directory(&absolute) || !listing.is_empty();
        let snapshot = place.as_ref().and_then(|place| match &place.inside {
            Inside::Snapshot(tag) => Some(tag.as_str()),
            _ => None,
        });
        if let Some(snapshot) = snapshot {
            self.tags.insert(snapshot.to_owned());
        }
        let mut below = Vec::new();
        match tag {
            Some(tag) if snapshot != Some(tag) => below.extend(snapshot_of(place.as_ref(), directory, tag)),
            _ if !listing.is_empty() => self.directories.push(directory.to_owned()),
            _ => {}
        }
        for path in directories {
            match file_name(&path) {
                SNAPSHOTS if is_table => self.tags.extend(tags_in(&path)),
                BACKUPS if is_table => self.left_out.push(path),
                name if name.starts_with('.') => self.left_out.push(path),
                _ => below.push(path),
            }
        }
        Ok(below)
    }
}

/// The directory of the snapshot `tag` of the table or index that lies in `directory`, if there is one.
fn snapshot_of(place: Option<&Place>, directory: &Path, tag: &str) -> Option<PathBuf> {
    let snapshot = match place {
        Some(Place { inside: Inside::Live, index: Some(index), .. }) => {
            directory.parent()?.join(SNAPSHOTS).join(tag).join(format!(".{index}"))
        }
        Some(Place { inside: Inside::Live, .. }) | None => directory.join(SNAPSHOTS).join(tag),
        Some(_) => return None,
    };
    snapshot.is_dir().then_some(snapshot)
}

fn tags_in(snapshots: &Path) -> Vec<String> {
    let tags = entries(snapshots).map(|entries| entries.directories).unwrap_or_default();
    tags.iter().map(|tag| file_name(tag).to_owned()).collect()
}

fn entries(directory: &Path) -> io::Result<Entries> {
    let mut names = Vec::new();
    let mut directories = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        let kind = entry.file_type()?;
        let is_directory = kind.is_dir() || (kind.is_symlink() && path.is_dir());
        let name = entry.file_name().into_string().ok();
        // What is named as a component stands where a file should be.
        if is_directory && name.as_deref().and_then(stem).is_none() {
            directories.push(path);
        } else {
            names.extend(name);
        }
    }
    directories.sort();
    Ok(Entries { listing: Listing::of_names(directory, names), directories })
}

/// The path from the root on, with all links and `..` resolved only where names would be hidden by them.
pub(super) fn absolute(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let goes_up = absolute.components().any(|part| part == std::path::Component::ParentDir);
    if goes_up { fs::canonicalize(&absolute).unwrap_or(absolute) } else { absolute }
}
