//! Open files on disk.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_sstable::io::Source;

use super::disk_open_files::OpenFiles;
use super::{FileLock, WritableFile};

/// A file that is written with `pwrite`.
#[derive(Debug)]
pub(super) struct DiskFile {
    file: File,
}

impl DiskFile {
    pub(super) fn new(file: File) -> Self {
        Self { file }
    }
}

impl WritableFile for DiskFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_all_at(bytes, offset)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }

    fn set_length(&self, bytes: u64) -> io::Result<()> {
        self.file.set_len(bytes)
    }

    fn length_bytes(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

/// A file that is read with `pread`, as far as it went when it was opened. It need not be open all the time.
#[derive(Debug)]
pub(super) struct DiskSource {
    opened: Opened,
    length_bytes: u64,
    path: PathBuf,
}

/// A file that is open to be read.
#[derive(Debug)]
enum Opened {
    /// Under its number, as long as there is room.
    Kept(u64),
    /// Until it is not read any more.
    Held(Arc<File>),
}

impl DiskSource {
    pub(super) fn new(file: File, path: &Path) -> io::Result<Self> {
        let length_bytes = file.metadata()?.len();
        let opened = Opened::Kept(OpenFiles::of_process().insert(file));
        Ok(Self { opened, length_bytes, path: path.to_owned() })
    }

    /// One that stays open, unless too many do.
    pub(super) fn held(file: File, path: &Path) -> io::Result<Self> {
        let length_bytes = file.metadata()?.len();
        if !OpenFiles::of_process().hold() {
            return Self::new(file, path);
        }
        Ok(Self { opened: Opened::Held(Arc::new(file)), length_bytes, path: path.to_owned() })
    }

    fn file(&self) -> io::Result<Arc<File>> {
        match &self.opened {
            Opened::Kept(number) => OpenFiles::of_process().get(*number, &self.path),
            Opened::Held(file) => Ok(Arc::clone(file)),
        }
    }
}

impl Drop for DiskSource {
    fn drop(&mut self) {
        match &self.opened {
            Opened::Kept(number) => OpenFiles::of_process().remove(*number),
            Opened::Held(_) => OpenFiles::of_process().release(),
        }
    }
}

impl Source for DiskSource {
    fn len(&self) -> u64 {
        self.length_bytes
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let end = u64::try_from(buffer.len()).ok().and_then(|length| offset.checked_add(length));
        match end {
            Some(end) if end <= self.length_bytes => self.file()?.read_exact_at(buffer, offset),
            _ if buffer.is_empty() => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn advise_sequential(&self) {
        // Advice only: a file system that refuses it is read all the same.
        if let Ok(file) = self.file() {
            let _ = rustix::fs::fadvise(&*file, 0, None, rustix::fs::Advice::Sequential);
        }
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

/// A locked file: the lock goes with its handle.
#[derive(Debug)]
pub(super) struct DiskLock {
    _file: File,
}

impl DiskLock {
    pub(super) fn new(file: File) -> Self {
        Self { _file: file }
    }
}

impl FileLock for DiskLock {}
