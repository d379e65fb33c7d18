//! Where bytes go: files of one directory, on disk or in memory, and ones that fail on purpose.

mod disk;
mod faulty;
mod memory;
mod sequential;
mod spill;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::Source;
use crate::error::Result;

pub use disk::DiskDirectory;
pub use faulty::FaultyDirectory;
pub use memory::MemoryDirectory;
pub use sequential::SequentialFile;
pub use spill::Spill;

/// A directory in which files are made. All names are plain file names in it.
pub trait OutputDirectory: Send + Sync + fmt::Debug {
    /// The path for error messages.
    fn path(&self) -> &Path;

    /// The path from the root, without links: as Cassandra writes it down.
    ///
    /// # Errors
    /// What the operating system says.
    fn real_path(&self) -> io::Result<PathBuf> {
        std::path::absolute(self.path())
    }

    /// Makes a new file.
    ///
    /// # Errors
    /// `AlreadyExists` if there is one of this name; else what the operating system says.
    fn create(&self, name: &str) -> io::Result<Box<dyn OutputFile>>;

    /// Makes a file without a name. It is gone with its last handle, also if the process is killed.
    ///
    /// # Errors
    /// What the operating system says.
    fn temporary(&self) -> io::Result<Box<dyn TemporaryFile>>;

    /// Opens a file for reading.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Missing`] if it is not there, and what the operating system says.
    fn open(&self, name: &str) -> Result<Box<dyn Source>>;

    /// Gives a file another name. A file that has that name already is replaced.
    ///
    /// # Errors
    /// What the operating system says.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Gives the file `name` the mode of the file `of`, and its owner and group as far as that is allowed.
    ///
    /// # Errors
    /// What the operating system says of the mode.
    fn copy_owner_and_mode(&self, of: &str, name: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// What the operating system says.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// The names of all files, in no order.
    ///
    /// # Errors
    /// What the operating system says.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Makes sure that what was created, renamed and removed stays so after a power cut.
    ///
    /// # Errors
    /// What the operating system says. It must not be tried again: what was lost is not known.
    fn sync(&self) -> io::Result<()>;

    /// How many bytes can still be written; none if nobody knows.
    ///
    /// # Errors
    /// What the operating system says.
    fn free_bytes(&self) -> io::Result<Option<u64>>;
}

/// A new file, written from its beginning to its end.
pub trait OutputFile: io::Write + Send + fmt::Debug {
    /// Makes sure that all bytes stay after a power cut.
    ///
    /// # Errors
    /// What the operating system says. It must not be tried again: what was lost is not known.
    fn sync(&mut self) -> io::Result<()>;
}

/// A file without a name, written from its beginning to its end, and read anywhere.
pub trait TemporaryFile: io::Write + Send + fmt::Debug {
    /// Fills `buffer` with the bytes from `offset` on.
    ///
    /// # Errors
    /// What the operating system says, and `UnexpectedEof` if there are fewer bytes.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;

    /// Forgets all bytes: the next one that is written is the first.
    ///
    /// # Errors
    /// What the operating system says.
    fn clear(&mut self) -> io::Result<()>;
}
