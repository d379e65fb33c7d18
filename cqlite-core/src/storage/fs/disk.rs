//! The file system of the operating system.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use cqlite_sstable::io::{DiskDirectory, OutputDirectory as _, Source, TemporaryFile};
use rustix::fs::{FlockOperation, OFlags};
use rustix::io::Errno;

use super::disk_file::{DiskFile, DiskLock, DiskSource};
use super::{DirectoryEntry, FileLock, FileSystem, WritableFile};

/// The file system of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct DiskFileSystem;

impl FileSystem for DiskFileSystem {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn WritableFile>> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
        Ok(Arc::new(DiskFile::new(file)))
    }

    fn open_writable(&self, path: &Path) -> io::Result<Arc<dyn WritableFile>> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        Ok(Arc::new(DiskFile::new(file)))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn Source>> {
        Ok(Arc::new(DiskSource::new(open_file(path)?, path)?))
    }

    fn open_held(&self, path: &Path) -> io::Result<Arc<dyn Source>> {
        Ok(Arc::new(DiskSource::held(open_file(path)?, path)?))
    }

    fn temporary(&self, directory: &Path) -> io::Result<Box<dyn TemporaryFile>> {
        DiskDirectory::new(directory).temporary()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<DirectoryEntry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            match fs::metadata(entry.path()).or_else(|_| entry.metadata()) {
                Ok(told) => entries.push(entry_of(name, &told)),
                // It was removed meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn entry(&self, path: &Path) -> io::Result<DirectoryEntry> {
        let told = fs::metadata(path)?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(entry_of(name, &told))
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(path)
    }

    fn copy_owner_and_mode(&self, of: &Path, path: &Path) -> io::Result<()> {
        let told = fs::metadata(of)?;
        // Only root may give files away; others own all files that they may change, or none.
        let _ = std::os::unix::fs::chown(path, Some(told.uid()), Some(told.gid()));
        fs::set_permissions(path, told.permissions())
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let only_a_directory = OFlags::DIRECTORY.bits().cast_signed();
        OpenOptions::new().read(true).custom_flags(only_a_directory).open(path)?.sync_all()
    }

    fn free_bytes(&self, path: &Path) -> io::Result<Option<u64>> {
        let told = rustix::fs::statvfs(path)?;
        Ok(Some(told.f_bavail.saturating_mul(told.f_frsize)))
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn FileLock>>> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Box::new(DiskLock::new(file)))),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

fn entry_of(name: String, told: &Metadata) -> DirectoryEntry {
    let since = told.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let is_directory = told.is_dir();
    DirectoryEntry {
        name,
        is_directory,
        length_bytes: if is_directory { 0 } else { told.len() },
        modified_millis: since.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or_default(),
    }
}

fn open_file(path: &Path) -> io::Result<File> {
    // Opening a pipe would wait for its other end.
    let told = fs::metadata(path)?;
    if told.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !told.is_file() {
        return Err(io::Error::other("it is a pipe or a device where a file is expected"));
    }
    File::open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_had_once_until_it_is_dropped() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("lock");
        let lock = DiskFileSystem.lock(&path).unwrap();
        assert!(lock.is_some());
        assert!(DiskFileSystem.lock(&path).unwrap().is_none());
        drop(lock);
        assert!(DiskFileSystem.lock(&path).unwrap().is_some());
    }

    #[test]
    fn only_a_directory_is_synced_as_one() {
        let place = tempfile::tempdir().unwrap();
        DiskFileSystem.create(&place.path().join("x")).unwrap();
        DiskFileSystem.sync_directory(place.path()).unwrap();
        let error = DiskFileSystem.sync_directory(&place.path().join("x")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotADirectory);
    }

    #[test]
    fn a_pipe_and_a_dead_link_are_told_of_and_not_waited_for() {
        let place = tempfile::tempdir().unwrap();
        let (pipe, link) = (place.path().join("pipe"), place.path().join("link"));
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        assert!(DiskFileSystem.open(&pipe).unwrap_err().to_string().contains("pipe"));
        assert_eq!(DiskFileSystem.open(&link).unwrap_err().kind(), io::ErrorKind::NotFound);
        let names = DiskFileSystem.list(place.path()).unwrap().into_iter().map(|entry| entry.name);
        assert_eq!(names.collect::<Vec<_>>(), ["link", "pipe"]);
    }

    #[test]
    fn a_held_file_is_read_when_its_name_is_gone_however_many_others_were_read_since() {
        let place = tempfile::tempdir().unwrap();
        let [held, other] = ["held", "other"].map(|name| place.path().join(name));
        for path in [&held, &other] {
            fs::write(path, "content").unwrap();
        }
        let source = DiskFileSystem.open_held(&held).unwrap();
        fs::remove_file(&held).unwrap();
        // More than are kept open of those that are not held.
        let others: Vec<_> = (0..4_200).map(|_| DiskFileSystem.open(&other).unwrap()).collect();
        for source in others.iter().chain([&source]) {
            let mut read = [0; 7];
            source.read_at(&mut read, 0).unwrap();
            assert_eq!(read, *b"content");
        }
    }
}
