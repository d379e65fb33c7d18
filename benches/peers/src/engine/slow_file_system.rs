//! A disk that writes SSTables slowly.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use cqlite_core::storage::fs::{DirectoryEntry, DiskFileSystem, FileLock, FileSystem, WritableFile};
use cqlite_sstable::io::{Source, TemporaryFile};

/// The directory of the log, which is as fast as ever.
const LOG: &str = "commitlog";

/// The disk of the machine, but that all that is written outside of the log takes its time.
#[derive(Debug)]
pub struct SlowFileSystem {
    disk: DiskFileSystem,
    device: Arc<SlowDevice>,
}

/// What can be written at a time.
#[derive(Debug)]
struct SlowDevice {
    bytes_per_second: u64,
    /// When all that was written until now is through.
    free_at: Mutex<Instant>,
}

#[derive(Debug)]
struct SlowFile {
    file: Arc<dyn WritableFile>,
    device: Arc<SlowDevice>,
}

impl SlowFileSystem {
    pub fn new(bytes_per_second: u64) -> Self {
        let device = SlowDevice { bytes_per_second, free_at: Mutex::new(Instant::now()) };
        Self { disk: DiskFileSystem, device: Arc::new(device) }
    }

    fn slowed(&self, path: &Path, file: Arc<dyn WritableFile>) -> Arc<dyn WritableFile> {
        if path.components().any(|part| part.as_os_str() == LOG) {
            return file;
        }
        Arc::new(SlowFile { file, device: Arc::clone(&self.device) })
    }
}

impl SlowDevice {
    fn write(&self, bytes: usize) {
        let takes = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second as f64);
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let until = free_at.max(Instant::now()) + takes;
        *free_at = until;
        drop(free_at);
        thread::sleep(until.saturating_duration_since(Instant::now()));
    }
}

impl WritableFile for SlowFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.device.write(bytes.len());
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
        self.file.sync_data()
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }
}

impl FileSystem for SlowFileSystem {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn WritableFile>> {
        self.disk.create(path).map(|file| self.slowed(path, file))
    }

    fn open_writable(&self, path: &Path) -> io::Result<Arc<dyn WritableFile>> {
        self.disk.open_writable(path).map(|file| self.slowed(path, file))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn Source>> {
        self.disk.open(path)
    }

    fn open_held(&self, path: &Path) -> io::Result<Arc<dyn Source>> {
        self.disk.open_held(path)
    }

    fn temporary(&self, directory: &Path) -> io::Result<Box<dyn TemporaryFile>> {
        self.disk.temporary(directory)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.hard_link(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.disk.remove_file(path)
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.disk.create_directory(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.disk.remove_directory(path)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<DirectoryEntry>> {
        self.disk.list(directory)
    }

    fn entry(&self, path: &Path) -> io::Result<DirectoryEntry> {
        self.disk.entry(path)
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        self.disk.real_path(path)
    }

    fn copy_owner_and_mode(&self, of: &Path, path: &Path) -> io::Result<()> {
        self.disk.copy_owner_and_mode(of, path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.disk.sync_directory(path)
    }

    fn free_bytes(&self, path: &Path) -> io::Result<Option<u64>> {
        self.disk.free_bytes(path)
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn FileLock>>> {
        self.disk.lock(path)
    }
}
