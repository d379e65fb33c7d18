//! What files in memory are read, written and locked by.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_sstable::io::{Source, TemporaryFile};

use super::super::{FileLock, WritableFile as _};
use super::file::MemoryFile;

/// A file as far as it went when it was opened.
#[derive(Debug)]
pub(super) struct MemorySource {
    file: Arc<MemoryFile>,
    length_bytes: u64,
    path: PathBuf,
}

impl MemorySource {
    pub(super) fn new(file: Arc<MemoryFile>, path: &Path) -> Self {
        let length_bytes = file.length();
        Self { file, length_bytes, path: path.to_owned() }
    }
}

impl Source for MemorySource {
    fn len(&self) -> u64 {
        self.length_bytes
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let end = offset.checked_add(buffer.len() as u64);
        match end {
            Some(end) if end <= self.length_bytes => self.file.read(buffer, offset),
            _ if buffer.is_empty() => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

/// A file without a name.
#[derive(Debug)]
pub(super) struct MemoryTemporary {
    file: Arc<MemoryFile>,
}

impl MemoryTemporary {
    pub(super) fn new(file: Arc<MemoryFile>) -> Self {
        Self { file }
    }
}

impl io::Write for MemoryTemporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_at(bytes, self.file.length())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TemporaryFile for MemoryTemporary {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read(buffer, offset)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.file.set_length(0)
    }
}

/// The lock on a file.
#[derive(Debug)]
pub(super) struct MemoryLock {
    file: Arc<MemoryFile>,
}

impl MemoryLock {
    /// None if somebody has it.
    pub(super) fn take(file: Arc<MemoryFile>) -> Option<Self> {
        file.lock().then_some(Self { file })
    }
}

impl FileLock for MemoryLock {}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        self.file.unlock();
    }
}
