//! Where the parts of a database are.

use std::io;
use std::path::{Path, PathBuf};

use cqlite_sstable::{Error, Result};

use crate::catalog::Table;
use crate::storage::fs::FileSystem;

/// Where the parts of a database are.
#[derive(Debug, Clone)]
pub(super) struct Places {
    pub(super) root: PathBuf,
    pub(super) data: PathBuf,
    pub(super) commit_log: PathBuf,
    pub(super) lock: PathBuf,
}

impl Places {
    pub(super) fn of(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            data: root.join("data"),
            commit_log: root.join("commitlog"),
            lock: root.join("cqlite.lock"),
        }
    }

    /// Whether there is a database or the directory of a node. A directory that holds something else is refused.
    pub(super) fn is_there(&self, fs: &dyn FileSystem) -> Result<bool> {
        let entries = match fs.list(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            entries => entries.map_err(|error| Error::io(&self.root, error))?,
        };
        let is_ours = |name: &str| matches!(name, "data" | "data.unfinished" | "commitlog" | "cqlite.lock");
        if entries.iter().any(|entry| entry.is_directory && entry.name == "data") {
            return Ok(true);
        }
        match entries.iter().find(|entry| !is_ours(&entry.name)) {
            None => Ok(false),
            Some(other) => Err(Error::invalid_input(format!(
                "the directory is not that of a database: it has no directory 'data', and holds '{}'",
                other.name
            ))
            .at(&self.root)
            .advise("name the directory above 'data' and 'commitlog', or an empty one for a new database")),
        }
    }

    /// The same with its tables in another directory: as long as there is no directory `data`, there is no database.
    pub(super) fn unfinished(&self) -> Self {
        Self { data: self.root.join("data.unfinished"), ..self.clone() }
    }

    /// Makes the directories that are missing.
    pub(super) fn make(&self, fs: &dyn FileSystem) -> Result<()> {
        for directory in [&self.root, &self.data, &self.commit_log] {
            make_directory(fs, directory)?;
        }
        Ok(())
    }

    /// The directory of a table: the one that is there with its id, or where it is to be.
    pub(super) fn table(&self, table: &Table) -> PathBuf {
        self.data.join(table.keyspace()).join(table.directory_name())
    }

    /// Makes the directory of a table, so that it stays. Whether it was not there.
    pub(super) fn make_table(&self, fs: &dyn FileSystem, table: &Table) -> Result<(PathBuf, bool)> {
        make_directory(fs, &self.data.join(table.keyspace()))?;
        let directory = self.table(table);
        let is_new = make_directory(fs, &directory)?;
        Ok((directory, is_new))
    }
}

/// Removes a directory with all that is in it, if it is there.
pub(super) fn remove_tree(fs: &dyn FileSystem, path: &Path) -> Result<()> {
    let removed =
        |path: &Path, removed: io::Result<()>| removed.map_err(|error| Error::output(error).at(path));
    let entries = match fs.list(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(|error| Error::io(path, error))?,
    };
    for entry in entries {
        let path = path.join(&entry.name);
        if entry.is_directory {
            remove_tree(fs, &path)?;
        } else {
            removed(&path, fs.remove_file(&path))?;
        }
    }
    removed(path, fs.remove_directory(path))
}

/// Makes a directory unless it is there, and makes sure that it stays. Whether it was not there.
pub(super) fn make_directory(fs: &dyn FileSystem, path: &Path) -> Result<bool> {
    let is_new = match fs.create_directory(path) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
        Err(error) => return Err(Error::output(error).at(path)),
    };
    // One that is there may have been made a moment before a power cut.
    if let Some(parent) = path.parent() {
        // That of a relative path of one name has none.
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        fs.sync_directory(parent).map_err(|error| Error::output(error).at(parent))?;
    }
    Ok(is_new)
}
