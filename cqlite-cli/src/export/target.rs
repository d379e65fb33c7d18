//! Where the text goes.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::path::Path;

use cqlite_sstable::{Error, Result};

/// Standard output or a file.
pub struct Target(File);

impl Target {
    /// A new file, or standard output.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn open(path: Option<&Path>) -> Result<Self> {
        match path {
            Some(path) => Ok(Self(File::create(path).map_err(|error| Error::output(error).at(path))?)),
            None => {
                // Without the buffer of the standard library.
                let owned = io::stdout().as_fd().try_clone_to_owned().map_err(Error::output)?;
                Ok(Self(File::from(owned)))
            }
        }
    }

    /// Writes text.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&mut self, text: &[u8]) -> Result<()> {
        self.0.write_all(text).map_err(Error::output)
    }
}
