//! Files and directories, behind one trait: everything that the engine reads and writes goes through [`FileSystem`].
//!
//! [`DiskFileSystem`] is the operating system's. [`MemoryFileSystem`] is one in memory that also knows what a power cut
//! would leave of it, and [`FaultyFileSystem`] makes calls of another one fail: with them it is tested that the engine
//! syncs what it has to, and stands failures. [`FsDirectory`], [`FsFiles`] and [`FsTableFiles`] are what SSTables are
//! written and read through.
//!
//! # Example
//! ```
//! use std::path::Path;
//! use cqlite_core::storage::fs::{FileSystem as _, MemoryFileSystem};
//!
//! let files = MemoryFileSystem::new();
//! files.create_directory(Path::new("/data"))?;
//! files.sync_directory(Path::new("/"))?;
//! let log = files.create(Path::new("/data/log"))?;
//! log.write_at(b"written", 0)?;
//! log.sync()?;
//! // Its bytes are synced, but its name is not.
//! assert!(files.crash_image(0).list(Path::new("/data"))?.is_empty());
//! files.sync_directory(Path::new("/data"))?;
//! assert_eq!(files.crash_image(0).open(Path::new("/data/log"))?.len(), 7);
//! # Ok::<(), std::io::Error>(())
//! ```

mod directory_entry;
mod disk;
mod disk_file;
mod disk_open_files;
mod faulty;
mod file_lock;
mod file_system;
mod fs_directory;
mod fs_files;
mod fs_held_files;
mod fs_table_files;
mod memory;
mod writable_file;

pub use directory_entry::DirectoryEntry;
pub use disk::DiskFileSystem;
pub use faulty::{Call, Failure, Fault, FaultyFileSystem, Images, Operation};
pub use file_lock::FileLock;
pub use file_system::FileSystem;
pub use fs_directory::FsDirectory;
pub use fs_files::FsFiles;
pub use fs_held_files::FsHeldFiles;
pub use fs_table_files::FsTableFiles;
pub use memory::MemoryFileSystem;
pub use writable_file::WritableFile;
