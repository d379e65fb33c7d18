//! A file system in memory that knows what a power cut would leave of it.

mod content;
mod crash;
mod dice;
mod directory;
mod file;
mod handles;
mod medium;
mod tree;

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_sstable::io::{Source, TemporaryFile};

use self::crash::Crash;
use self::directory::{Directory, Node};
use self::file::MemoryFile;
use self::handles::{MemoryLock, MemorySource, MemoryTemporary};
use self::medium::Medium;
use self::tree::Tree;
use super::{DirectoryEntry, FileLock, FileSystem, WritableFile};

/// A file system in memory: for databases that need not last, and for tests of those that do.
///
/// Clones are the same file system. All paths begin at its root, `/`, which is there from the start. It behaves as
/// the one on a disk does, errors included, and also keeps, of every file and directory, what is synced. So it can
/// tell what a power cut would leave: [`MemoryFileSystem::crash_image`].
///
/// # What a power cut leaves
/// The model is the weakest that POSIX allows and disks have shown; what the engine relies on must hold in all of it.
///
/// * **Bytes.** A file is pages of 4 KiB. What was written when [`WritableFile::sync_data`] or [`WritableFile::sync`]
///   was called is there. Of each page that was changed later there is what was synced, or what is in it now, or a
///   mixture of both by sectors of 512 bytes, whatever becomes of other pages, of the length, and of the order in which
///   they were written. A page that was never synced was zeros.
/// * **Length.** It is the synced one, or any that the file has had since. Where it is longer than what there is of
///   pages, there are zeros; what is in pages behind it is gone.
/// * **Time of change.** It is the synced one or the present one; only [`WritableFile::sync`] syncs it.
/// * **Names.** What was done to names when [`FileSystem::sync_directory`] was called for their directory is there. Of
///   the later steps (a file or directory made, renamed, linked, removed) each is there or not, whatever becomes of the
///   others; those that are there take effect in their order. So a name stands for what it stood for when its directory
///   was synced, or for anything that it was given since; a name that is only renamed over is never missing. A
///   rename within one directory is there as a whole or not at all. One from a directory to another is, too, unless one
///   of both is synced: then the half of the other one may be there or not. Syncing a file does not sync its
///   name, syncing a directory neither the bytes of files nor what is below directories in it, and where a directory
///   is not there all below it is gone.
/// * **A failed sync** ([`WritableFile::lose_unsynced`], [`FileSystem::lose_unsynced`]) is as on Linux: the pages and
///   steps that it should have written count as written and can still be seen, but after a power cut they are not there.
///   Later syncs succeed and do not bring them back, unless a page is written to again. The length is still to be synced.
/// * Locks and files without a name are gone.
///
/// Files have times that begin in 2023 and go on by a second with each change: two changes are never at one time.
#[derive(Clone)]
pub struct MemoryFileSystem {
    medium: Arc<Medium>,
    tree: Tree,
}

impl Default for MemoryFileSystem {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryFileSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryFileSystem")
    }
}

impl MemoryFileSystem {
    /// An empty file system, with room for anything.
    pub fn new() -> Self {
        Self { medium: Arc::default(), tree: Tree::new(Directory::default()) }
    }

    /// How many bytes of files there may be from now on, counted in pages of 4 KiB that were written to. Writing more
    /// fails as on a full disk; files that are longer already stay.
    pub fn set_capacity(&self, bytes: u64) {
        self.medium.set_capacity(bytes);
    }

    /// What a power cut at this moment may leave, as a file system of its own; the same for the same seed and the same
    /// history. For 0 nothing is there that was not synced, for 1 everything; for all others chance decides, and the
    /// seed also decides how likely it is that things are there, and whether steps that change names are all there up to
    /// one of them and none after it, as with a journal.
    pub fn crash_image(&self, seed: u64) -> Self {
        let _alone = self.medium.alone();
        let medium = Arc::new(self.medium.successor());
        let root = Crash::new(seed, &medium).directory(self.tree.root());
        Self { medium, tree: Tree::new(root) }
    }

    fn file(&self, path: &Path) -> io::Result<Arc<MemoryFile>> {
        match self.tree.find(path)? {
            Node::File(file) => Ok(file),
            Node::Directory(_) => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    fn directory(&self, path: &Path) -> io::Result<Arc<Directory>> {
        match self.tree.find(path)? {
            Node::File(_) => Err(io::ErrorKind::NotADirectory.into()),
            Node::Directory(directory) => Ok(directory),
        }
    }

    fn new_file(&self) -> Arc<MemoryFile> {
        Arc::new(MemoryFile::new(&self.medium))
    }

    /// Makes something new of this name.
    fn add(&self, path: &Path, node: Node) -> io::Result<()> {
        let (directory, name) = self.tree.parent(path)?;
        if directory.get(name).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        directory.set(name, Some(node), self.medium.next_step());
        Ok(())
    }
}

impl FileSystem for MemoryFileSystem {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn WritableFile>> {
        let _alone = self.medium.alone();
        let file = self.new_file();
        self.add(path, Node::File(Arc::clone(&file)))?;
        Ok(file)
    }

    fn open_writable(&self, path: &Path) -> io::Result<Arc<dyn WritableFile>> {
        let _together = self.medium.together();
        Ok(self.file(path)?)
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn Source>> {
        let _together = self.medium.together();
        Ok(Arc::new(MemorySource::new(self.file(path)?, path)))
    }

    fn temporary(&self, directory: &Path) -> io::Result<Box<dyn TemporaryFile>> {
        let _together = self.medium.together();
        self.directory(directory)?;
        Ok(Box::new(MemoryTemporary::new(self.new_file())))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let _alone = self.medium.alone();
        self.tree.rename(from, to, || self.medium.next_step())
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let _alone = self.medium.alone();
        let node = self.tree.find(from)?;
        let (directory, name) = self.tree.parent(to)?;
        match (directory.get(name), &node) {
            (Some(_), _) => Err(io::ErrorKind::AlreadyExists.into()),
            (None, Node::Directory(_)) => Err(io::ErrorKind::PermissionDenied.into()),
            (None, Node::File(_)) => {
                directory.set(name, Some(node), self.medium.next_step());
                Ok(())
            }
        }
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let _alone = self.medium.alone();
        self.file(path)?;
        let (directory, name) = self.tree.parent(path)?;
        directory.set(name, None, self.medium.next_step());
        Ok(())
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        let _alone = self.medium.alone();
        self.add(path, Node::Directory(Arc::default()))
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        let _alone = self.medium.alone();
        let is_empty = self.directory(path)?.is_empty();
        let (directory, name) = self.tree.parent(path)?;
        if !is_empty {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        directory.set(name, None, self.medium.next_step());
        Ok(())
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<DirectoryEntry>> {
        let _together = self.medium.together();
        let all = self.directory(directory)?.all();
        Ok(all.iter().filter_map(|(name, node)| Some(node.entry(name.to_str()?))).collect())
    }

    fn entry(&self, path: &Path) -> io::Result<DirectoryEntry> {
        let _together = self.medium.together();
        let name = path.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
        Ok(self.tree.find(path)?.entry(&name))
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        let _together = self.medium.together();
        self.tree.real_path(path)
    }

    fn copy_owner_and_mode(&self, of: &Path, path: &Path) -> io::Result<()> {
        let _together = self.medium.together();
        self.tree.find(of).and_then(|_| self.tree.find(path)).map(|_| ())
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let _alone = self.medium.alone();
        self.directory(path)?.sync();
        Ok(())
    }

    fn free_bytes(&self, path: &Path) -> io::Result<Option<u64>> {
        let _together = self.medium.together();
        self.tree.find(path)?;
        Ok(self.medium.free_bytes())
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn FileLock>>> {
        let _alone = self.medium.alone();
        let file = match self.file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let file = self.new_file();
                self.add(path, Node::File(Arc::clone(&file)))?;
                file
            }
            found => found?,
        };
        Ok(MemoryLock::take(file).map(|lock| Box::new(lock) as Box<dyn FileLock>))
    }

    fn lose_unsynced(&self, directory: &Path) {
        let _alone = self.medium.alone();
        if let Ok(directory) = self.directory(directory) {
            directory.lose_unsynced();
        }
    }
}
