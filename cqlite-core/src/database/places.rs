//! Where the parts of a database are.

use std::io;
use std::path::{Path, PathBuf};

use cqlite_sstable::schema::SCHEMA_KEYSPACE;
use cqlite_sstable::{Error, ErrorKind, Result};

use crate::catalog::{SYSTEM_KEYSPACE, Table};
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
            return self.check_schema(fs).map(|()| true);
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

    /// Refuses tables without the schema that tells what they are: they would not be shown, and look as if they were gone.
    fn check_schema(&self, fs: &dyn FileSystem) -> Result<()> {
        let list = |path: &Path| fs.list(path).map_err(|error| Error::io(path, error));
        let keyspaces: Vec<_> = list(&self.data)?.into_iter().filter(|entry| entry.is_directory).collect();
        if keyspaces.iter().any(|keyspace| keyspace.name == SCHEMA_KEYSPACE) {
            return Ok(());
        }
        for keyspace in keyspaces.iter().filter(|keyspace| keyspace.name != SYSTEM_KEYSPACE) {
            let directory = self.data.join(&keyspace.name);
            let tables = list(&directory)?.into_iter().filter(|entry| entry.is_directory);
            if let Some(table) = tables.map(|table| table.name).find(|name| is_of_table(name)) {
                let told = format!(
                    "there are tables, '{}/{table}' among them, and no schema of them",
                    keyspace.name
                );
                return Err(Error::new(ErrorKind::Missing, told)
                    .at(self.data.join(SCHEMA_KEYSPACE))
                    .advise("copy the directory 'system_schema' from where the tables are from"));
            }
        }
        Ok(())
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
        Err(error) => return Err(cannot_write(path, error)),
    };
    // One that is there may have been made a moment before a power cut.
    if let Some(parent) = path.parent() {
        // That of a relative path of one name has none.
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        fs.sync_directory(parent).map_err(|error| cannot_write(parent, error))?;
    }
    Ok(is_new)
}

/// A part of the database cannot be made.
pub(super) fn cannot_write(path: &Path, error: io::Error) -> Error {
    use io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    if !matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem) {
        return Error::output(error).at(path);
    }
    Error::new(ErrorKind::Output, format!("the directory of the database cannot be written to: {error}"))
        .at(path)
        .advise("make it writable for this user, or open the database only to read it")
        .because(error)
}

/// Whether a name can be that of a table's directory: it ends with an id.
fn is_of_table(name: &str) -> bool {
    let id = name.rsplit_once('-').map_or("", |(_, id)| id);
    id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}
