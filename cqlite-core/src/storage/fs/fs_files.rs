//! The files of one SSTable.

use std::path::PathBuf;
use std::sync::Arc;

use cqlite_sstable::io::Source;
use cqlite_sstable::reader::Files;
use cqlite_sstable::writer::Obsolete;
use cqlite_sstable::{Component, Descriptor, Error, Result};

use super::FileSystem;

/// The files of an SSTable in any file system, for `Sstable::open_files`.
#[derive(Debug, Clone)]
pub struct FsFiles {
    files: Arc<dyn FileSystem>,
    descriptor: Descriptor,
}

impl FsFiles {
    /// The files of `descriptor`.
    pub fn new(files: Arc<dyn FileSystem>, descriptor: Descriptor) -> Self {
        Self { files, descriptor }
    }

    /// The SSTable as a transaction removes it.
    ///
    /// # Errors
    /// If there are no files of it, or they cannot be looked at.
    pub fn obsolete(&self) -> Result<Obsolete> {
        let directory = self.descriptor.directory();
        let entries = self.files.list(directory).map_err(|error| Error::io(directory, error))?;
        let files = entries.into_iter().map(|entry| (entry.modified_millis, entry.name));
        Obsolete::of_files(&self.descriptor, files)
    }
}

impl Files for FsFiles {
    fn open(&self, component: Component) -> Result<Arc<dyn Source>> {
        let path = self.path(component);
        self.files.open(&path).map_err(|error| Error::io(&path, error))
    }

    fn path(&self, component: Component) -> PathBuf {
        self.descriptor.file(component)
    }

    fn is_index(&self) -> bool {
        self.descriptor.is_index()
    }

    fn names(&self) -> Result<Vec<String>> {
        let directory = self.descriptor.directory();
        let entries = self.files.list(directory).map_err(|error| Error::io(directory, error))?;
        let start = format!("{}-", self.descriptor.stem());
        Ok(entries.iter().filter_map(|entry| entry.name.strip_prefix(&start)).map(str::to_owned).collect())
    }
}
