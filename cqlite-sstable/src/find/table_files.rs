//! What is looked at to tell which SSTables are part of a table.

use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The files of a table's directories, on disk or anywhere else.
pub trait TableFiles: Send + Sync + fmt::Debug {
    /// The names of what is in a directory, in no order. Names that are not text are left out.
    ///
    /// # Errors
    /// `NotFound` if the directory is not there; else what the operating system says.
    fn names(&self, directory: &Path) -> io::Result<Vec<String>>;

    /// When a file was changed last, in milliseconds since 1970.
    ///
    /// # Errors
    /// `NotFound` if it is not there; else what the operating system says.
    fn modified_millis(&self, path: &Path) -> io::Result<i64>;

    /// The bytes of a small file.
    ///
    /// # Errors
    /// `NotFound` if it is not there, `FileTooLarge` if it has more than `limit_bytes`; else what the operating system
    /// says.
    fn read(&self, path: &Path, limit_bytes: u64) -> io::Result<Vec<u8>>;

    /// The path of a directory from the root, without links.
    ///
    /// # Errors
    /// What the operating system says.
    fn real_path(&self, directory: &Path) -> io::Result<PathBuf>;
}

/// Files on disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct DiskTableFiles;

impl TableFiles for DiskTableFiles {
    /// A directory that is named as a component stands for the file that should be there.
    fn names(&self, directory: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(directory)? {
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn modified_millis(&self, path: &Path) -> io::Result<i64> {
        let since = fs::metadata(path)?.modified()?.duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
        i64::try_from(since.as_millis()).map_err(io::Error::other)
    }

    fn read(&self, path: &Path, limit_bytes: u64) -> io::Result<Vec<u8>> {
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(io::Error::other("it is no file"));
        }
        if metadata.len() > limit_bytes {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(limit_bytes).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn real_path(&self, directory: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(directory)
    }
}
