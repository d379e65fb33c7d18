//! The one trait behind which all files are.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_sstable::io::{Source, TemporaryFile};

use super::{DirectoryEntry, FileLock, WritableFile};

/// Directories and files, on disk or anywhere else. Everything may be called from many threads.
///
/// A name that is new, changed or removed stays so after a power cut when [`FileSystem::sync_directory`] was called for
/// its directory, and not before; the bytes of a file when [`WritableFile::sync_data`] was called. Neither does the
/// other's work.
pub trait FileSystem: Send + Sync + fmt::Debug {
    /// Makes a new, empty file.
    ///
    /// # Errors
    /// `AlreadyExists` if there is anything of this name; else what the operating system says.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn WritableFile>>;

    /// Opens a file to write to it.
    ///
    /// # Errors
    /// `NotFound` if it is not there, `IsADirectory` if it is one; else what the operating system says.
    fn open_writable(&self, path: &Path) -> io::Result<Arc<dyn WritableFile>>;

    /// Opens a file to read what is in it now: of one that grows, only as far as it goes at this moment.
    ///
    /// # Errors
    /// `NotFound` if it is not there, `IsADirectory` if it is one; else what the operating system says.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn Source>>;

    /// Opens a file to read what is in it now, also after its name is gone. Where a process cannot have so many files open, a
    /// file may need its name again.
    ///
    /// # Errors
    /// As [`FileSystem::open`].
    fn open_held(&self, path: &Path) -> io::Result<Arc<dyn Source>> {
        self.open(path)
    }

    /// Makes a file without a name, in the file system of `directory`. It is gone with its last handle, also if the
    /// process is killed.
    ///
    /// # Errors
    /// What the operating system says.
    fn temporary(&self, directory: &Path) -> io::Result<Box<dyn TemporaryFile>>;

    /// Gives a file or directory another name. A file or an empty directory that has that name already is replaced:
    /// at no moment does the name stand for nothing.
    ///
    /// # Errors
    /// `NotFound` if it is not there; else what the operating system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives a file a second name.
    ///
    /// # Errors
    /// `AlreadyExists` if there is anything of that name; else what the operating system says.
    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a name of a file, and the file with its last name and handle.
    ///
    /// # Errors
    /// `NotFound` if it is not there, `IsADirectory` if it is one; else what the operating system says.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Makes a directory, in one that is there.
    ///
    /// # Errors
    /// `AlreadyExists` if there is anything of this name; else what the operating system says.
    fn create_directory(&self, path: &Path) -> io::Result<()>;

    /// Removes an empty directory.
    ///
    /// # Errors
    /// `DirectoryNotEmpty` if it is not; else what the operating system says.
    fn remove_directory(&self, path: &Path) -> io::Result<()>;

    /// What is in a directory, by name. Names that are not text are left out.
    ///
    /// # Errors
    /// What the operating system says.
    fn list(&self, directory: &Path) -> io::Result<Vec<DirectoryEntry>>;

    /// What one path stands for, as [`FileSystem::list`] tells it.
    ///
    /// # Errors
    /// `NotFound` if nothing is there; else what the operating system says.
    fn entry(&self, path: &Path) -> io::Result<DirectoryEntry>;

    /// The path of a file or directory from the root, without links.
    ///
    /// # Errors
    /// `NotFound` if nothing is there; else what the operating system says.
    fn real_path(&self, path: &Path) -> io::Result<PathBuf>;

    /// Gives the file `path` the mode of the file `of`, and its owner and group as far as that is allowed. Where files
    /// have neither, nothing is done.
    ///
    /// # Errors
    /// What the operating system says of the mode.
    fn copy_owner_and_mode(&self, of: &Path, path: &Path) -> io::Result<()>;

    /// Makes sure that all names in a directory stay as they are after a power cut.
    ///
    /// # Errors
    /// What the operating system says. It must not be tried again: what was lost is not known.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;

    /// How many bytes can still be written where `path` is; none if nobody knows.
    ///
    /// # Errors
    /// What the operating system says.
    fn free_bytes(&self, path: &Path) -> io::Result<Option<u64>>;

    /// Locks a file, which is made if it is not there. None if it is locked already, by this process or another one.
    ///
    /// # Errors
    /// What the operating system says.
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn FileLock>>>;

    /// Forgets which names in a directory were not synced yet, as [`WritableFile::lose_unsynced`] does for bytes.
    fn lose_unsynced(&self, _directory: &Path) {}
}
