//! Bytes in memory that stand for a file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Source;

/// A file that is only in memory: for tests, and for SSTables that arrive by another way than a disk.
#[derive(Debug, Clone)]
pub struct MemorySource {
    bytes: Arc<[u8]>,
    path: PathBuf,
}

impl MemorySource {
    /// Takes the bytes, and a name for error messages.
    pub fn new(name: impl Into<PathBuf>, bytes: impl Into<Arc<[u8]>>) -> Self {
        Self { bytes: bytes.into(), path: name.into() }
    }
}

impl Source for MemorySource {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        copy_from(&self.bytes, buffer, offset)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        Some(&self.bytes)
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

/// Fills `buffer` from `bytes` at `offset`.
pub(super) fn copy_from(bytes: &[u8], buffer: &mut [u8], offset: u64) -> io::Result<()> {
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let end = start.saturating_add(buffer.len());
    let wanted = bytes.get(start..end).ok_or(io::ErrorKind::UnexpectedEof)?;
    buffer.copy_from_slice(wanted);
    Ok(())
}
