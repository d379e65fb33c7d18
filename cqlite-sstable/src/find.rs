//! Which SSTables a path means.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::component::Component;
use crate::descriptor::{Descriptor, SstableId};
use crate::error::{Error, ErrorKind, Result};

/// How many directory levels below a path are looked at for advice.
const ADVICE_DEPTH: usize = 3;

/// What was found under a path.
#[derive(Debug, Default)]
pub struct Found {
    /// The SSTables that can be read, by age.
    pub sstables: Vec<Descriptor>,
    /// An error for each that has a version that cannot be read.
    pub refused: Vec<Error>,
}

/// The SSTables that `path` means: the one of which it is a file, or all that lie in the directory, by age. Those
/// of other versions in a directory do not keep the others from being read.
///
/// # Errors
/// [`ErrorKind::Missing`] if nothing is there; [`ErrorKind::NotAnSstable`] if there is no SSTable, saying
/// whether the path is a level too high; [`ErrorKind::Unsupported`] if there are only such that have a version that
/// cannot be read.
pub fn find_sstables(path: &Path) -> Result<Found> {
    let metadata = fs::metadata(path).map_err(|error| missing(path, error))?;
    if !metadata.is_dir() {
        return Descriptor::from_file(path).map(|found| Found { sstables: vec![found], refused: Vec::new() });
    }
    let mut found = in_directory(path)?;
    if !found.sstables.is_empty() {
        return Ok(found);
    }
    if !found.refused.is_empty() {
        return Err(found.refused.swap_remove(0));
    }
    let named_as_file = Descriptor::from_file(path).is_ok();
    Err(if named_as_file { Error::io(path, io::ErrorKind::IsADirectory.into()) } else { none_in(path) })
}

/// What lies directly in `directory`.
fn in_directory(directory: &Path) -> Result<Found> {
    let mut found: BTreeMap<(SstableId, String), Descriptor> = BTreeMap::new();
    let mut refused: BTreeMap<String, Error> = BTreeMap::new();
    for path in entries(directory)? {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some((stem, component)) = name.rsplit_once('-') else { continue };
        // The components that no SSTable is without; others lie about after a crash, or are of an index.
        if !matches!(Component::from_file_name(component), Some(Component::Data | Component::Statistics)) {
            continue;
        }
        match Descriptor::from_file(&path) {
            Ok(one) => {
                found.insert((one.id().clone(), one.stem().to_owned()), one);
            }
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                refused.entry(stem.to_owned()).or_insert(error);
            }
            Err(_) => {}
        }
    }
    Ok(Found { sstables: found.into_values().collect(), refused: refused.into_values().collect() })
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error| Error::io(directory, error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn missing(path: &Path, error: std::io::Error) -> Error {
    let told = Error::io(path, error);
    // A path that goes on below a file of an SSTable is one level too deep.
    let above = path.ancestors().skip(1).find(|above| above.is_file());
    match above {
        Some(file) => {
            Error::new(ErrorKind::NotAnSstable, format!("'{}' is a file, not a directory", file.display()))
                .at(path)
                .advise("name that file itself")
        }
        None => told.advise("check the path"),
    }
}

fn none_in(path: &Path) -> Error {
    let mut below = Vec::new();
    directories_with_sstables(path, ADVICE_DEPTH, &mut below);
    let error = |message: String| Error::new(ErrorKind::NotAnSstable, message).at(path);
    match below.as_slice() {
        [] => error("the directory holds no SSTable, and none lies below it".to_owned())
            .advise("files of an SSTable have names like nb-1-big-Data.db"),
        [only] => error("the directory holds no SSTable itself".to_owned())
            .advise(format!("one directory below it does: {}", only.display())),
        [first, ..] => error("the directory holds no SSTable itself".to_owned()).advise(format!(
            "{} directories below it do: name one of them, such as {}",
            below.len(),
            first.display()
        )),
    }
}

/// Collects directories below `path` that hold SSTables; what cannot be read is passed over.
fn directories_with_sstables(path: &Path, depth: usize, into: &mut Vec<PathBuf>) {
    if depth == 0 {
        return;
    }
    for directory in entries(path).unwrap_or_default().into_iter().filter(|entry| entry.is_dir()) {
        let is_empty = |found: &Found| found.sstables.is_empty() && found.refused.is_empty();
        let holds = in_directory(&directory).map_or(true, |found| !is_empty(&found));
        if holds {
            into.push(directory);
        } else {
            directories_with_sstables(&directory, depth - 1, into);
        }
    }
}
