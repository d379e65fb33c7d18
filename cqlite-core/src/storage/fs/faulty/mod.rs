//! A file system that fails on purpose, for tests of what happens then.

mod call;
mod fault;
mod handles;
mod images;
mod plan;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_sstable::io::{Source, TemporaryFile};

pub use self::call::{Call, Operation};
pub use self::fault::{Failure, Fault};
use self::handles::{FaultyFile, FaultySource, FaultyTemporary};
pub use self::images::Images;
use self::images::observer_of;
use self::plan::Plan;
use super::{DirectoryEntry, FileLock, FileSystem, MemoryFileSystem, WritableFile};

/// Passes everything on to another file system, counts it, tells of it, and lets calls fail as it is planned.
///
/// Calls that change something and calls that only look are counted apart, each kind from 0 on, those of open files among
/// them. A sync that fails makes the file system lose what was to be synced, if it can: one in memory does. A write that
/// fails has written its first half.
///
/// # Example
/// ```
/// use std::io::ErrorKind;
/// use std::path::Path;
/// use cqlite_core::storage::fs::{Failure, Fault, FaultyFileSystem, FileSystem as _, MemoryFileSystem};
///
/// let files = FaultyFileSystem::new(MemoryFileSystem::new());
/// files.plan(Fault::Change { number: 1, failure: Failure::FullDisk });
/// let file = files.create(Path::new("/log"))?;
/// assert_eq!(file.write_at(b"bytes", 0).unwrap_err().kind(), ErrorKind::StorageFull);
/// file.write_at(b"bytes", 0)?;
/// assert_eq!(files.changes(), 3);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct FaultyFileSystem<F> {
    inner: F,
    plan: Arc<Plan>,
}

impl<F: FileSystem> FaultyFileSystem<F> {
    /// Nothing fails until it is planned.
    pub fn new(inner: F) -> Self {
        Self { inner, plan: Arc::default() }
    }

    /// The file system to which all is passed on.
    pub fn inner(&self) -> &F {
        &self.inner
    }

    /// How many calls there were that change something, those that failed among them.
    pub fn changes(&self) -> u64 {
        self.plan.changes()
    }

    /// How many calls there were that change nothing.
    pub fn reads(&self) -> u64 {
        self.plan.reads()
    }

    /// How many syncs there were that did not fail, of files and directories.
    pub fn syncs(&self) -> u64 {
        self.plan.syncs()
    }

    /// Lets something fail, and what was planned before does not.
    pub fn plan(&self, fault: Fault) {
        self.plan.set(fault);
    }

    /// Tells `observer` of each call, before it is made. It may use the file system inside of this one.
    pub fn observe(&self, observer: impl Fn(&Call<'_>) + Send + Sync + 'static) {
        self.plan.observe(Arc::new(observer));
    }

    /// Lets syncs say that all is well and do nothing, of which `is_ignored` says so by what is called and for which path:
    /// for tests of whether each kind of them is missed. What it said before counts no more.
    pub fn ignore_syncs(&self, is_ignored: impl Fn(Operation, &Path) -> bool + Send + Sync + 'static) {
        self.plan.ignore(Arc::new(is_ignored));
    }

    fn begin(&self, operation: Operation, path: &Path) -> io::Result<()> {
        self.plan.begin(operation, path, 0).map_err(io::Error::from)
    }

    fn file(&self, inner: Arc<dyn WritableFile>, path: &Path) -> Arc<dyn WritableFile> {
        Arc::new(FaultyFile::new(inner, path, &self.plan))
    }
}

impl FaultyFileSystem<MemoryFileSystem> {
    /// Takes images of what a power cut would leave, one for each seed, when the call of this number that changes
    /// something is about to be made.
    pub fn crash_at(&self, change: u64, seeds: impl IntoIterator<Item = u64>) -> Images {
        let images = Images::default();
        let seeds: Vec<u64> = seeds.into_iter().collect();
        self.plan.observe(observer_of(self.inner.clone(), change, seeds, &images));
        images
    }
}

impl<F: FileSystem> FileSystem for FaultyFileSystem<F> {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn WritableFile>> {
        self.begin(Operation::Create, path)?;
        Ok(self.file(self.inner.create(path)?, path))
    }

    fn open_writable(&self, path: &Path) -> io::Result<Arc<dyn WritableFile>> {
        self.begin(Operation::OpenWritable, path)?;
        Ok(self.file(self.inner.open_writable(path)?, path))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn Source>> {
        self.begin(Operation::Open, path)?;
        Ok(Arc::new(FaultySource::new(self.inner.open(path)?, &self.plan)))
    }

    fn temporary(&self, directory: &Path) -> io::Result<Box<dyn TemporaryFile>> {
        self.begin(Operation::Temporary, directory)?;
        Ok(Box::new(FaultyTemporary::new(self.inner.temporary(directory)?, directory, &self.plan)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.begin(Operation::Rename, from)?;
        self.inner.rename(from, to)
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.begin(Operation::HardLink, from)?;
        self.inner.hard_link(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.begin(Operation::RemoveFile, path)?;
        self.inner.remove_file(path)
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.begin(Operation::CreateDirectory, path)?;
        self.inner.create_directory(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.begin(Operation::RemoveDirectory, path)?;
        self.inner.remove_directory(path)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<DirectoryEntry>> {
        self.begin(Operation::List, directory)?;
        self.inner.list(directory)
    }

    fn entry(&self, path: &Path) -> io::Result<DirectoryEntry> {
        self.begin(Operation::Entry, path)?;
        self.inner.entry(path)
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        self.begin(Operation::RealPath, path)?;
        self.inner.real_path(path)
    }

    fn copy_owner_and_mode(&self, of: &Path, path: &Path) -> io::Result<()> {
        self.begin(Operation::CopyOwnerAndMode, path)?;
        self.inner.copy_owner_and_mode(of, path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.begin(Operation::SyncDirectory, path).inspect_err(|_| self.inner.lose_unsynced(path))?;
        if self.plan.ignores_sync(Operation::SyncDirectory, path) {
            return Ok(());
        }
        self.inner.sync_directory(path)
    }

    fn free_bytes(&self, path: &Path) -> io::Result<Option<u64>> {
        self.begin(Operation::FreeBytes, path)?;
        Ok(self.inner.free_bytes(path)?.map(|bytes| bytes.min(self.plan.room_bytes())))
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn FileLock>>> {
        self.begin(Operation::Lock, path)?;
        self.inner.lock(path)
    }

    fn lose_unsynced(&self, directory: &Path) {
        self.inner.lose_unsynced(directory);
    }
}
