use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use cqlite_sstable::ErrorKind;
use cqlite_sstable::io::{Source, TemporaryFile};

use super::{MODES, entry, options, replayed};
use crate::storage::commitlog::{CommitLog, SyncMode};
use crate::storage::fs::{DirectoryEntry, DiskFileSystem, FileLock, FileSystem, WritableFile};

/// The disk, with calls that fail when they are told to.
#[derive(Debug, Default)]
struct Failing {
    /// How many syncs of files succeed.
    syncs: AtomicU64,
    is_full: AtomicBool,
    syncs_after_failure: Arc<AtomicU64>,
}

#[derive(Debug)]
struct FailingFile {
    file: Arc<dyn WritableFile>,
    fs: Arc<FailingState>,
}

type FailingState = Failing;

#[derive(Debug, Clone)]
struct FailingFileSystem(Arc<FailingState>);

impl Failing {
    fn sync(&self) -> io::Result<()> {
        let left = self.syncs.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_ok() {
            return Ok(());
        }
        self.syncs_after_failure.fetch_add(1, Ordering::SeqCst);
        Err(io::Error::other("the device is gone"))
    }

    fn write(&self) -> io::Result<()> {
        if self.is_full.load(Ordering::SeqCst) { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

impl WritableFile for FailingFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_at(bytes, offset)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_at(buffer, offset)
    }

    fn set_length(&self, bytes: u64) -> io::Result<()> {
        self.file.set_length(bytes)
    }

    fn length_bytes(&self) -> io::Result<u64> {
        self.file.length_bytes()
    }

    fn sync_data(&self) -> io::Result<()> {
        self.fs.sync()
    }

    fn sync(&self) -> io::Result<()> {
        self.fs.sync()
    }
}

impl FileSystem for FailingFileSystem {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn WritableFile>> {
        self.0.write()?;
        Ok(Arc::new(FailingFile { file: DiskFileSystem.create(path)?, fs: Arc::clone(&self.0) }))
    }

    fn open_writable(&self, path: &Path) -> io::Result<Arc<dyn WritableFile>> {
        DiskFileSystem.open_writable(path)
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn Source>> {
        DiskFileSystem.open(path)
    }

    fn temporary(&self, directory: &Path) -> io::Result<Box<dyn TemporaryFile>> {
        DiskFileSystem.temporary(directory)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        DiskFileSystem.rename(from, to)
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        DiskFileSystem.hard_link(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        DiskFileSystem.remove_file(path)
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        DiskFileSystem.create_directory(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        DiskFileSystem.remove_directory(path)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<DirectoryEntry>> {
        DiskFileSystem.list(directory)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        DiskFileSystem.sync_directory(path)
    }

    fn free_bytes(&self, path: &Path) -> io::Result<Option<u64>> {
        DiskFileSystem.free_bytes(path)
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn FileLock>>> {
        DiskFileSystem.lock(path)
    }
}

fn failing(syncs: u64) -> (FailingFileSystem, Arc<Failing>) {
    let state = Arc::new(Failing { syncs: AtomicU64::new(syncs), ..Failing::default() });
    (FailingFileSystem(Arc::clone(&state)), state)
}

#[test]
fn after_a_failed_sync_nothing_is_acknowledged_and_no_sync_is_tried_again() {
    for mode in MODES {
        for syncs in 2..12 {
            let place = tempfile::tempdir().unwrap();
            let (fs, state) = failing(syncs);
            // Of the first segment, two syncs are needed.
            let log = CommitLog::open(Arc::new(fs), place.path(), options(mode)).unwrap();
            let acknowledged = AtomicU64::new(0);
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        loop {
                            let done = log.append(&[entry(&[3; 900])]).and_then(|commit| {
                                if mode == SyncMode::Batch { commit.wait().map(drop) } else { log.flush() }
                            });
                            if done.is_err() {
                                return;
                            }
                            acknowledged.fetch_add(1, Ordering::SeqCst);
                        }
                    });
                }
            });
            let error = log.failure().unwrap();
            assert_eq!(error.kind(), ErrorKind::Output);
            assert!(error.to_string().contains("the device is gone"), "{error}");
            assert!(log.append(&[entry(b"one more")]).is_err());
            assert!(log.flush().is_err());
            drop(log);
            assert!(
                state.syncs_after_failure.load(Ordering::SeqCst) <= 2,
                "one more of a spare at most, which was being made"
            );
            assert!(replayed(place.path()).0.len() as u64 >= acknowledged.load(Ordering::SeqCst));
        }
    }
}

#[test]
fn a_full_disk_refuses_writes_and_they_go_on_when_there_is_room() {
    let place = tempfile::tempdir().unwrap();
    let (fs, state) = failing(u64::MAX);
    let log = CommitLog::open(Arc::new(fs), place.path(), options(SyncMode::Off)).unwrap();
    state.is_full.store(true, Ordering::SeqCst);
    let mut count = 0;
    let error = loop {
        match log.append(&[entry(&[3; 900])]) {
            Ok(commit) => drop(commit.wait().unwrap()),
            Err(error) => break error,
        }
        count += 1;
    };
    assert_eq!(error.kind(), ErrorKind::Output);
    assert!(log.failure().is_none() && count > 50, "{count}");
    assert!(log.append(&[entry(&[3; 900])]).is_err());
    state.is_full.store(false, Ordering::SeqCst);
    log.append(&[entry(&[3; 900])]).unwrap().wait().unwrap();
    assert_eq!(replayed(place.path()).0.len(), count + 1);
}
