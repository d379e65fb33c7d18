//! Second names for the files of SSTables.

use std::io;
use std::path::{Path, PathBuf};

use cqlite_sstable::{Descriptor, Error, Result};

use super::directories::{self, entries};
use crate::storage::fs::FileSystem;

/// What becomes of a file that has its second name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Existing {
    /// It stays as it is.
    Kept,
    /// It is an error.
    Refused,
}

/// The names of all files of an SSTable.
///
/// # Errors
/// If the directory cannot be listed, or there is none: who links it holds it.
pub(super) fn names_of(files: &dyn FileSystem, sstable: &Descriptor) -> Result<Vec<String>> {
    let prefix = format!("{}-", sstable.stem());
    let names = entries(files, sstable.directory())?.into_iter().map(|entry| entry.name);
    let names: Vec<String> = names.filter(|name| name.starts_with(&prefix)).collect();
    if names.is_empty() {
        return Err(Error::new(cqlite_sstable::ErrorKind::Missing, "there is no file of the SSTable")
            .at(sstable.directory().join(sstable.stem())));
    }
    Ok(names)
}

/// Gives all files of SSTables of a table a second name below `into`: those of an index in a directory of the index. The
/// directories are synced.
///
/// # Errors
/// If a file cannot be linked, or is there already and must not be.
pub(super) fn link_all(
    files: &dyn FileSystem,
    table: &Path,
    sstables: &[Descriptor],
    into: &Path,
    existing: Existing,
) -> Result<()> {
    let mut linked: Vec<PathBuf> = vec![into.to_owned()];
    for sstable in sstables {
        let below = below_table(table, sstable);
        let target = into.join(&below);
        if !linked.contains(&target) {
            make(files, &target)?;
            linked.push(target.clone());
        }
        for name in names_of(files, sstable)? {
            let to = target.join(&name);
            match files.hard_link(&sstable.directory().join(&name), &to) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && existing == Existing::Kept => {}
                Err(error) => return Err(Error::io(&to, error)),
                Ok(()) => {}
            }
        }
    }
    linked.iter().try_for_each(|directory| directories::sync(files, directory))
}

fn make(files: &dyn FileSystem, path: &Path) -> Result<()> {
    match files.create_directory(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(Error::io(path, error)),
        _ => Ok(()),
    }
}

/// The directory of an index below that of its table; nothing for the table's own SSTables.
pub(super) fn below_table(table: &Path, sstable: &Descriptor) -> PathBuf {
    sstable.directory().strip_prefix(table).map(Path::to_owned).unwrap_or_default()
}
