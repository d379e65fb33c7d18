//! A file that is written from its beginning to its end, through a buffer.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{OutputDirectory, OutputFile};
use crate::error::{Error, Result};

/// What is collected before it is written.
const BUFFER_BYTES: usize = 64 * 1024;

/// A new file that knows how long it is so far, with what is still in its buffer (`io.util.SequentialWriter`).
///
/// # Example
/// ```
/// use cqlite_sstable::io::{MemoryDirectory, SequentialFile};
/// let directory = MemoryDirectory::new("memory");
/// let mut file = SequentialFile::create(&directory, "nb-1-big-Index.db")?;
/// file.buffer().extend_from_slice(b"abc");
/// file.settle()?;
/// assert_eq!(file.position(), 3);
/// assert_eq!(file.finish()?, 3);
/// assert_eq!(directory.bytes("nb-1-big-Index.db").as_deref(), Some(&b"abc"[..]));
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
#[derive(Debug)]
pub struct SequentialFile {
    file: Box<dyn OutputFile>,
    path: PathBuf,
    buffer: Vec<u8>,
    written_bytes: u64,
}

impl SequentialFile {
    /// Makes a new file in `directory`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Output`] if it cannot be made, because there is one of this name for instance.
    pub fn create(directory: &dyn OutputDirectory, name: &str) -> Result<Self> {
        let path = directory.path().join(name);
        let file = directory.create(name).map_err(|error| Error::output(error).at(&path))?;
        Ok(Self { file, path, buffer: Vec::with_capacity(BUFFER_BYTES), written_bytes: 0 })
    }

    /// The path, for errors.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the next byte goes.
    #[inline]
    pub fn position(&self) -> u64 {
        self.written_bytes.saturating_add(self.buffer.len() as u64)
    }

    /// The end of the file, to which bytes are pushed. [`SequentialFile::settle`] is to be called from time to time.
    #[inline]
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Writes the buffer if enough is in it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Output`] if it cannot be written.
    #[inline]
    pub fn settle(&mut self) -> Result<()> {
        if self.buffer.len() < BUFFER_BYTES {
            return Ok(());
        }
        self.write_buffer().map_err(|error| self.failed(error))
    }

    /// Appends bytes, however many.
    ///
    /// # Errors
    /// If they cannot be written; [`SequentialFile::failed`] adds the file.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() < BUFFER_BYTES { Ok(()) } else { self.write_buffer() }
    }

    fn write_buffer(&mut self) -> io::Result<()> {
        self.file.write_all(&self.buffer)?;
        self.written_bytes = self.position();
        self.buffer.clear();
        Ok(())
    }

    /// The error of a write that failed.
    #[cold]
    pub fn failed(&self, error: io::Error) -> Error {
        Error::output(error).at(&self.path)
    }

    /// Writes what is left, and makes sure that it stays after a power cut. Tells the length of the file.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Output`] if it cannot be written or synced.
    pub fn finish(mut self) -> Result<u64> {
        let finished = self.write_buffer().and_then(|()| self.file.sync());
        finished.map_err(|error| self.failed(error))?;
        Ok(self.written_bytes)
    }
}

impl Write for SequentialFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.append(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_buffer()
    }
}
