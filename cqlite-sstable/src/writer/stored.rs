//! The bytes of Data.db as they are stored.

use super::component_file::{ComponentFile, ComponentFiles};
use crate::component::Component;
use crate::error::{Error, Result};

/// Stored chunks that are collected before they are written.
const BUFFER_BYTES: usize = 128 * 1024;

/// A Data.db to which stored bytes are appended, with the checksum of all of them.
#[derive(Debug)]
pub(super) struct Stored {
    file: ComponentFile,
    digest: crc32fast::Hasher,
    /// As long as it ever gets; what is in front of `filled` is used.
    buffer: Vec<u8>,
    filled: usize,
}

impl Stored {
    pub(super) fn create(files: &ComponentFiles) -> Result<Self> {
        let file = files.create(Component::Data)?;
        Ok(Self { file, digest: crc32fast::Hasher::new(), buffer: Vec::new(), filled: 0 })
    }

    /// Bytes so far.
    pub(super) fn position(&self) -> u64 {
        self.file.position().saturating_add(self.filled as u64)
    }

    /// Room for up to `length` bytes, of which [`Stored::fill`] then takes some.
    pub(super) fn room(&mut self, length: usize) -> &mut [u8] {
        let end = self.filled.saturating_add(length);
        if self.buffer.len() < end {
            self.buffer.resize(end.max(BUFFER_BYTES), 0);
        }
        self.buffer.get_mut(self.filled..end).unwrap_or_default()
    }

    /// Appends the first `length` bytes of the room, and returns them.
    pub(super) fn fill(&mut self, length: usize) -> &[u8] {
        let start = self.filled;
        self.filled = start.saturating_add(length).min(self.buffer.len());
        self.buffer.get(start..self.filled).unwrap_or_default()
    }

    /// Writes what was collected, if it is much.
    pub(super) fn settle(&mut self) -> Result<()> {
        if self.filled >= BUFFER_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        let filled = self.buffer.get(..self.filled).unwrap_or_default();
        self.digest.update(filled);
        self.file.write(filled)?;
        self.filled = 0;
        Ok(())
    }

    /// Appends bytes that lie elsewhere.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.flush()?;
        self.digest.update(bytes);
        self.file.write(bytes)
    }

    /// Writes and syncs all, and returns their number and checksum.
    pub(super) fn finish(mut self) -> Result<(u64, u32)> {
        self.flush()?;
        let length = self.file.position();
        self.file.finish()?;
        Ok((length, self.digest.finalize()))
    }
}

/// An error of a spilled list of chunks.
pub(super) fn spill_error(files: &ComponentFiles) -> impl Fn(std::io::Error) -> Error {
    let directory = files.directory().path().to_owned();
    move |error| Error::output(error).at(&directory)
}
