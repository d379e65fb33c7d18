//! A directory on disk.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, Write};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use super::super::{FileSource, Source};
use super::{OutputDirectory, OutputFile, TemporaryFile};
use crate::error::{Error, Result};

/// A directory on disk.
#[derive(Debug, Clone)]
pub struct DiskDirectory {
    path: PathBuf,
}

impl DiskDirectory {
    /// A directory that is there.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Makes the directory, and those above it that are missing. Their entries are synced: they stay after a power cut.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] with the path if it cannot be made.
    pub fn create_all(path: impl Into<PathBuf>) -> Result<Self> {
        let path: PathBuf = path.into();
        let missing = path.ancestors().take_while(|one| !one.as_os_str().is_empty() && !one.exists()).count();
        std::fs::create_dir_all(&path).map_err(|error| Error::io(&path, error))?;
        for made in path.ancestors().take(missing) {
            let parent = made.parent().filter(|parent| !parent.as_os_str().is_empty());
            let parent = parent.unwrap_or(Path::new("."));
            Self::new(parent).sync().map_err(|error| Error::io(parent, error))?;
        }
        Ok(Self { path })
    }
}

impl OutputDirectory for DiskDirectory {
    fn path(&self) -> &Path {
        &self.path
    }

    fn real_path(&self) -> io::Result<PathBuf> {
        let here = if self.path.as_os_str().is_empty() { Path::new(".") } else { &self.path };
        std::fs::canonicalize(here).or_else(|_| std::path::absolute(here))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn OutputFile>> {
        let file = OpenOptions::new().write(true).create_new(true).open(self.path.join(name))?;
        Ok(Box::new(DiskFile { file }))
    }

    fn temporary(&self) -> io::Result<Box<dyn TemporaryFile>> {
        Ok(Box::new(DiskFile { file: tempfile::tempfile_in(&self.path)? }))
    }

    fn open(&self, name: &str) -> Result<Box<dyn Source>> {
        Ok(Box::new(FileSource::open(&self.path.join(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.path.join(from), self.path.join(to))
    }

    fn copy_owner_and_mode(&self, of: &str, name: &str) -> io::Result<()> {
        let (told, path) = (std::fs::metadata(self.path.join(of))?, self.path.join(name));
        // Only root may give files away; others own all files that they may change, or none.
        let _ = std::os::unix::fs::chown(&path, Some(told.uid()), Some(told.gid()));
        std::fs::set_permissions(path, told.permissions())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.path.join(name))
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        Ok(names)
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    fn free_bytes(&self) -> io::Result<Option<u64>> {
        let told = rustix::fs::statvfs(&self.path)?;
        Ok(Some(told.f_bavail.saturating_mul(told.f_frsize)))
    }
}

#[derive(Debug)]
struct DiskFile {
    file: File,
}

impl Write for DiskFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl OutputFile for DiskFile {
    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_all()
    }
}

impl TemporaryFile for DiskFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_never_made_over_another_one() {
        let place = tempfile::tempdir().unwrap();
        let directory = DiskDirectory::create_all(place.path().join("a/b")).unwrap();
        directory.create("x").unwrap().write_all(b"first").unwrap();
        assert_eq!(directory.create("x").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        directory.rename("x", "y").unwrap();
        assert_eq!(directory.names().unwrap(), ["y"]);
        directory.sync().unwrap();
        assert!(directory.free_bytes().unwrap().is_some());
    }

    #[test]
    fn a_temporary_file_has_no_name() {
        let place = tempfile::tempdir().unwrap();
        let directory = DiskDirectory::new(place.path());
        let mut file = directory.temporary().unwrap();
        file.write_all(b"gone").unwrap();
        file.clear().unwrap();
        file.write_all(b"kept").unwrap();
        let mut read = [0; 4];
        file.read_at(&mut read, 0).unwrap();
        assert_eq!(&read, b"kept");
        assert!(directory.names().unwrap().is_empty());
    }
}
