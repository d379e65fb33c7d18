//! Mapped files: the one place with `unsafe` code.

use std::io;
use std::path::Path;

use memmap2::Mmap;

use super::memory::copy_from;
use super::{FileSource, Source};
use crate::error::{Error, Result};

/// A file that is mapped as a whole.
///
/// Only for files that nobody changes: SSTable components are written once and then only linked or removed,
/// which leaves a mapping intact. A file that is cut off while it is mapped ends the process with `SIGBUS`.
#[derive(Debug)]
pub struct MappedSource {
    map: Mmap,
    file: FileSource,
}

impl MappedSource {
    /// Opens and maps the file at `path`.
    ///
    /// # Errors
    /// As [`FileSource::open`], and what the mapping says.
    pub fn open(path: &Path) -> Result<Self> {
        let file = FileSource::open(path)?;
        #[expect(unsafe_code, reason = "mapping a file is unsafe: see the type's documentation")]
        // SAFETY: the components of an SSTable are immutable files.
        let map = unsafe { Mmap::map(file.file()) }.map_err(|error| Error::io(path, error))?;
        Ok(Self { map, file })
    }
}

impl Source for MappedSource {
    fn len(&self) -> u64 {
        self.map.len() as u64
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        copy_from(&self.map, buffer, offset)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        Some(&self.map)
    }

    fn advise_sequential(&self) {
        // Advice only: a kernel that refuses it reads all the same.
        let _ = self.map.advise(memmap2::Advice::Sequential);
    }

    fn path(&self) -> &Path {
        self.file.path()
    }
}
