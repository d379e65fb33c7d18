//! The directories of a table.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_sstable::find::TableFiles;

use super::FileSystem;

/// The directories of a table in any file system, for `LiveSet::list`.
#[derive(Debug, Clone)]
pub struct FsTableFiles {
    files: Arc<dyn FileSystem>,
}

impl FsTableFiles {
    /// All directories of `files`.
    pub fn new(files: Arc<dyn FileSystem>) -> Self {
        Self { files }
    }
}

impl TableFiles for FsTableFiles {
    fn names(&self, directory: &Path) -> io::Result<Vec<String>> {
        Ok(self.files.list(directory)?.into_iter().map(|entry| entry.name).collect())
    }

    fn modified_millis(&self, path: &Path) -> io::Result<i64> {
        Ok(self.files.entry(path)?.modified_millis)
    }

    fn read(&self, path: &Path, limit_bytes: u64) -> io::Result<Vec<u8>> {
        let source = self.files.open(path)?;
        let length = usize::try_from(source.len()).ok().filter(|_| source.len() <= limit_bytes);
        let mut bytes = vec![0; length.ok_or(io::ErrorKind::FileTooLarge)?];
        source.read_at(&mut bytes, 0)?;
        Ok(bytes)
    }

    fn real_path(&self, directory: &Path) -> io::Result<PathBuf> {
        self.files.real_path(directory)
    }
}
