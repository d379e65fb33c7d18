//! A directory in memory.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::super::memory::copy_from;
use super::super::{MemorySource, Source};
use super::{OutputDirectory, OutputFile, TemporaryFile};
use crate::error::{Error, Result};

type Content = Arc<Mutex<Vec<u8>>>;

/// A directory that is only in memory: for tests, and for SSTables that leave by another way than a disk.
#[derive(Debug, Clone, Default)]
pub struct MemoryDirectory {
    files: Arc<Mutex<BTreeMap<String, Content>>>,
    path: PathBuf,
}

impl MemoryDirectory {
    /// An empty directory, with a name for error messages.
    pub fn new(name: impl Into<PathBuf>) -> Self {
        Self { files: Arc::default(), path: name.into() }
    }

    /// The bytes of a file.
    pub fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let content = locked(&self.files).get(name).cloned();
        content.map(|content| locked(&content).clone())
    }
}

/// A writer that panicked leaves what it wrote so far, as a killed one does on a disk.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl OutputDirectory for MemoryDirectory {
    fn path(&self) -> &Path {
        &self.path
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn OutputFile>> {
        let mut files = locked(&self.files);
        if files.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let content = Content::default();
        files.insert(name.to_owned(), Arc::clone(&content));
        Ok(Box::new(MemoryFile { content }))
    }

    fn temporary(&self) -> io::Result<Box<dyn TemporaryFile>> {
        Ok(Box::new(MemoryFile { content: Content::default() }))
    }

    fn open(&self, name: &str) -> Result<Box<dyn Source>> {
        let path = self.path.join(name);
        match self.bytes(name) {
            Some(bytes) => Ok(Box::new(MemorySource::new(path, bytes))),
            None => Err(Error::io(&path, io::ErrorKind::NotFound.into())),
        }
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = locked(&self.files);
        let content = files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.insert(to.to_owned(), content);
        Ok(())
    }

    fn copy_owner_and_mode(&self, _of: &str, _name: &str) -> io::Result<()> {
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        locked(&self.files).remove(name).map(|_| ()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn names(&self) -> io::Result<Vec<String>> {
        Ok(locked(&self.files).keys().cloned().collect())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn free_bytes(&self) -> io::Result<Option<u64>> {
        Ok(None)
    }
}

#[derive(Debug)]
struct MemoryFile {
    content: Content,
}

impl Write for MemoryFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        locked(&self.content).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl OutputFile for MemoryFile {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TemporaryFile for MemoryFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        copy_from(&locked(&self.content), buffer, offset)
    }

    fn clear(&mut self) -> io::Result<()> {
        locked(&self.content).clear();
        Ok(())
    }
}
