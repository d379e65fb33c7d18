//! The one trait behind which all files of an SSTable are read.

use std::fmt;
use std::io;
use std::path::Path;

use super::ReadTally;
use crate::error::{Error, RESTORE, Result};

/// An immutable file, or what stands for one. Reads do not move a position and may come from many threads.
pub trait Source: Send + Sync + fmt::Debug {
    /// How many bytes there are. It does not change.
    fn len(&self) -> u64;

    /// Whether there are no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buffer` with the bytes from `offset` on.
    ///
    /// # Errors
    /// What the operating system says, and `UnexpectedEof` if there are fewer bytes.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;

    /// All bytes, where they are mapped or in memory: no copy is needed then.
    fn as_slice(&self) -> Option<&[u8]> {
        None
    }

    /// Says that the whole file will be read in order.
    fn advise_sequential(&self) {}

    /// The path for error messages.
    fn path(&self) -> &Path;
}

/// What every [`Source`] can do.
pub trait SourceExt: Source {
    /// Reads everything, if that is at most `limit_bytes`.
    ///
    /// # Errors
    /// A failed read, or a file that is larger than anything of its kind is.
    fn read_all(&self, limit_bytes: u64) -> Result<Vec<u8>> {
        let length = self.len();
        let size = usize::try_from(length).ok().filter(|_| length <= limit_bytes).ok_or_else(|| {
            Error::corrupt(format!("the file has {length} bytes, more than the {limit_bytes} it may have"))
                .at(self.path())
                .advise(RESTORE)
        })?;
        let mut bytes = vec![0; size];
        self.read_exact(&mut bytes, 0)?;
        Ok(bytes)
    }

    /// As [`Source::read_at`], with an [`Error`] that names file and offset.
    ///
    /// # Errors
    /// A failed read, or fewer bytes than wanted.
    fn read_exact(&self, buffer: &mut [u8], offset: u64) -> Result<()> {
        ReadTally::add_read(buffer.len());
        self.read_at(buffer, offset).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Error::corrupt(format!(
                "the file ends before the {} bytes that are wanted here; it has been cut off",
                buffer.len()
            ))
            .at(self.path())
            .offset(offset)
            .advise(RESTORE),
            _ => Error::io(self.path(), error).offset(offset),
        })
    }
}

impl<S: Source + ?Sized> SourceExt for S {}
