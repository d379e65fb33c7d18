//! Snapshots: all SSTables of a table as they are at a moment, by hard links.

mod instant;
mod manifest;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_sstable::{Component, Descriptor, Error, Result};

pub use manifest::Manifest;

use super::directories::{self, UNFINISHED, entries};
use super::links::{Existing, below_table, link_all};
use crate::storage::fs::FileSystem;

const SNAPSHOTS: &str = "snapshots";
const MANIFEST: &str = "manifest.json";
const SCHEMA: &str = "schema.cql";

/// What a snapshot is to be.
#[derive(Debug, Clone, Copy)]
pub struct SnapshotOptions<'a> {
    /// Its name, which is that of its directory.
    pub tag: &'a str,
    /// When it is taken, in milliseconds since 1970.
    pub created_at_millis: i64,
    /// When it may be removed; never by itself if none.
    pub expires_at_millis: Option<i64>,
    /// The CQL that makes the table anew.
    pub schema_cql: Option<&'a str>,
}

/// A snapshot that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name.
    pub tag: String,
    /// Its directory.
    pub directory: PathBuf,
    /// What its manifest says; none if there is none, as in those of old releases.
    pub manifest: Option<Manifest>,
    /// The bytes of all its files. Most of them are those of live SSTables, too.
    pub size_bytes: u64,
}

/// Takes a snapshot of SSTables of a table, which nobody may delete meanwhile, as Cassandra lays it out: hard links of all
/// their files, `manifest.json` and `schema.cql` in `snapshots/<tag>/` (`TableSnapshot`). It is there as a whole or not at
/// all.
///
/// # Errors
/// [`cqlite_sstable::ErrorKind::InvalidInput`] if there is a snapshot of this name, or it is none of a directory; and if it
/// cannot be written: nothing of it is seen then.
pub fn take_snapshot(
    files: &Arc<dyn FileSystem>,
    table: &Path,
    sstables: &[Descriptor],
    options: SnapshotOptions<'_>,
) -> Result<Snapshot> {
    let tag = check_tag(options.tag)?;
    let files = &**files;
    let snapshots = table.join(SNAPSHOTS);
    let (directory, unfinished) = (snapshots.join(tag), snapshots.join(format!("{UNFINISHED}{tag}")));
    directories::make(files, &snapshots)?;
    if files.entry(&directory).is_ok() {
        return Err(Error::invalid_input(format!("there is a snapshot '{tag}' already"))
            .at(&directory)
            .advise("choose another tag, or clear that one"));
    }
    directories::remove_all(files, &unfinished)?;
    let manifest = Manifest {
        files: sstables.iter().map(|sstable| manifest_name(table, sstable)).collect(),
        created_at_millis: Some(options.created_at_millis),
        expires_at_millis: options.expires_at_millis,
        is_ephemeral: false,
    };
    let made = make(files, table, sstables, &unfinished, (&manifest, options.schema_cql)).and_then(|()| {
        files.rename(&unfinished, &directory).map_err(|error| Error::io(&directory, error))?;
        directories::sync(files, &snapshots)
    });
    if let Err(error) = made {
        // What stays has a name that is no snapshot's, and is removed with the next one or at the next opening.
        let _ = directories::remove_all(files, &unfinished);
        return Err(error);
    }
    let size_bytes = size_of(files, &directory)?;
    Ok(Snapshot { tag: tag.to_owned(), directory, manifest: Some(manifest), size_bytes })
}

fn make(
    files: &dyn FileSystem,
    table: &Path,
    sstables: &[Descriptor],
    directory: &Path,
    (manifest, schema_cql): (&Manifest, Option<&str>),
) -> Result<()> {
    files.create_directory(directory).map_err(|error| Error::io(directory, error))?;
    write(files, &directory.join(MANIFEST), manifest.to_json().as_bytes())?;
    if let Some(schema_cql) = schema_cql {
        write(files, &directory.join(SCHEMA), schema_cql.as_bytes())?;
    }
    link_all(files, table, sstables, directory, Existing::Refused)
}

fn write(files: &dyn FileSystem, path: &Path, bytes: &[u8]) -> Result<()> {
    let written = files.create(path).and_then(|file| {
        file.write_at(bytes, 0)?;
        file.sync()
    });
    written.map_err(|error| Error::output(error).at(path))
}

/// How a manifest names an SSTable: by its Data.db.
fn manifest_name(table: &Path, sstable: &Descriptor) -> String {
    let name = format!("{}-{}", sstable.stem(), Component::Data);
    below_table(table, sstable).join(name).to_string_lossy().into_owned()
}

/// A tag that can be the name of a directory.
fn check_tag(tag: &str) -> Result<&str> {
    let is_name = !tag.is_empty() && tag != "." && tag != ".." && !tag.contains(['/', '\0']);
    if is_name && !tag.starts_with(UNFINISHED) {
        return Ok(tag);
    }
    Err(Error::invalid_input(format!("'{tag}' cannot be the name of a snapshot"))
        .advise("a tag is the name of a directory: without '/', and not '.' or '..'"))
}

/// Whether a table has a snapshot of a name.
///
/// # Errors
/// If no snapshot can have this name, or nobody can tell.
pub fn has_snapshot(files: &Arc<dyn FileSystem>, table: &Path, tag: &str) -> Result<bool> {
    let directory = table.join(SNAPSHOTS).join(check_tag(tag)?);
    match files.entry(&directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io(&directory, error)),
        Ok(_) => Ok(true),
    }
}

/// All snapshots of a table, by their tags.
///
/// # Errors
/// If a directory or a manifest cannot be read.
pub fn list_snapshots(files: &Arc<dyn FileSystem>, table: &Path) -> Result<Vec<Snapshot>> {
    let (files, snapshots) = (&**files, table.join(SNAPSHOTS));
    let mut listed = Vec::new();
    for entry in entries(files, &snapshots)? {
        if !entry.is_directory || entry.name.starts_with(UNFINISHED) {
            continue;
        }
        let directory = snapshots.join(&entry.name);
        let manifest = Manifest::read(files, &directory.join(MANIFEST))?;
        let size_bytes = size_of(files, &directory)?;
        listed.push(Snapshot { tag: entry.name, directory, manifest, size_bytes });
    }
    listed.sort_by(|a, b| a.tag.cmp(&b.tag));
    Ok(listed)
}

/// Removes a snapshot of a table; none is no error. From its first step on it is no snapshot any more, and what a crash
/// leaves of it is removed at the next opening.
///
/// # Errors
/// If it cannot be removed, or no snapshot can have this name.
pub fn clear_snapshot(files: &Arc<dyn FileSystem>, table: &Path, tag: &str) -> Result<bool> {
    let (files, tag, snapshots) = (&**files, check_tag(tag)?, table.join(SNAPSHOTS));
    let (directory, unfinished) = (snapshots.join(tag), snapshots.join(format!("{UNFINISHED}{tag}")));
    match files.entry(&directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        found => found.map_err(|error| Error::io(&directory, error))?,
    };
    directories::remove_all(files, &unfinished)?;
    files.rename(&directory, &unfinished).map_err(|error| Error::io(&directory, error))?;
    directories::sync(files, &snapshots)?;
    directories::remove_all(files, &unfinished)?;
    Ok(true)
}

fn size_of(files: &dyn FileSystem, directory: &Path) -> Result<u64> {
    let mut bytes: u64 = 0;
    for entry in entries(files, directory)? {
        let more = match entry.is_directory {
            true => size_of(files, &directory.join(&entry.name))?,
            false => entry.length_bytes,
        };
        bytes = bytes.saturating_add(more);
    }
    Ok(bytes)
}
