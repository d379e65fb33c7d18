//! Files read with `pread`.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::Source;
use crate::error::{Error, ErrorKind, Result};

/// A file that is read with `pread`: nothing of it stays mapped.
#[derive(Debug)]
pub struct FileSource {
    file: File,
    length: u64,
    path: PathBuf,
}

impl FileSource {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Missing`] if it is not there, [`crate::ErrorKind::Io`] if it may not be read or is no
    /// file: opening a pipe would wait for its other end.
    pub fn open(path: &Path) -> Result<Self> {
        let failed = |error| Error::io(path, error);
        let found = std::fs::metadata(path).map_err(failed)?;
        if found.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        if !found.is_file() {
            return Err(Error::new(ErrorKind::Io, "it is a pipe or a device where a file is expected")
                .at(path)
                .advise("copy the bytes to a file first"));
        }
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        Ok(Self { file, length: metadata.len(), path: path.to_owned() })
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }
}

impl Source for FileSource {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }

    fn advise_sequential(&self) {
        // Advice only: a file system that refuses it is read all the same.
        let _ = rustix::fs::fadvise(&self.file, 0, None, rustix::fs::Advice::Sequential);
    }

    fn path(&self) -> &Path {
        &self.path
    }
}
