//! A directory in which SSTables are written.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_sstable::io::{OutputDirectory, OutputFile, Source, TemporaryFile};
use cqlite_sstable::{Error, Result};

use super::{FileSystem, WritableFile};

/// A directory of any file system, for `SstableWriter` and `Transaction`.
#[derive(Debug, Clone)]
pub struct FsDirectory {
    files: Arc<dyn FileSystem>,
    path: PathBuf,
}

impl FsDirectory {
    /// A directory that is there.
    pub fn new(files: Arc<dyn FileSystem>, path: impl Into<PathBuf>) -> Self {
        Self { files, path: path.into() }
    }
}

impl OutputDirectory for FsDirectory {
    fn path(&self) -> &Path {
        &self.path
    }

    fn real_path(&self) -> io::Result<PathBuf> {
        self.files.real_path(&self.path)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn OutputFile>> {
        Ok(Box::new(FsOutputFile { file: self.files.create(&self.path.join(name))?, length_bytes: 0 }))
    }

    fn temporary(&self) -> io::Result<Box<dyn TemporaryFile>> {
        self.files.temporary(&self.path)
    }

    fn open(&self, name: &str) -> Result<Box<dyn Source>> {
        let path = self.path.join(name);
        let source = self.files.open(&path).map_err(|error| Error::io(&path, error))?;
        Ok(Box::new(SharedSource(source)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.files.rename(&self.path.join(from), &self.path.join(to))
    }

    fn copy_owner_and_mode(&self, of: &str, name: &str) -> io::Result<()> {
        self.files.copy_owner_and_mode(&self.path.join(of), &self.path.join(name))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.files.remove_file(&self.path.join(name))
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let entries = self.files.list(&self.path)?;
        Ok(entries.into_iter().filter(|entry| !entry.is_directory).map(|entry| entry.name).collect())
    }

    fn sync(&self) -> io::Result<()> {
        self.files.sync_directory(&self.path)
    }

    fn free_bytes(&self) -> io::Result<Option<u64>> {
        self.files.free_bytes(&self.path)
    }
}

/// A file that is written from its beginning to its end.
#[derive(Debug)]
struct FsOutputFile {
    file: Arc<dyn WritableFile>,
    length_bytes: u64,
}

impl Write for FsOutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_at(bytes, self.length_bytes)?;
        self.length_bytes = self.length_bytes.saturating_add(bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl OutputFile for FsOutputFile {
    /// Transaction logs tell when files were changed: that has to last, too.
    fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }
}

#[derive(Debug)]
struct SharedSource(Arc<dyn Source>);

impl Source for SharedSource {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.0.read_at(buffer, offset)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        self.0.as_slice()
    }

    fn advise_sequential(&self) {
        self.0.advise_sequential();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}
