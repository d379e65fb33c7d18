//! A directory that fails on purpose, for tests of what happens then.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::Source;
use super::{OutputDirectory, OutputFile, TemporaryFile};
use crate::error::Result;

/// Passes everything on to another directory until a number of bytes is written, or of other changes made: then the
/// disk is full, for good. Every byte and every change (a file created, renamed, removed, or synced) counts as one.
#[derive(Debug, Clone)]
pub struct FaultyDirectory {
    inner: Arc<dyn OutputDirectory>,
    left: Arc<AtomicU64>,
}

impl FaultyDirectory {
    /// Lets `steps` bytes and changes pass.
    pub fn new(inner: Arc<dyn OutputDirectory>, steps: u64) -> Self {
        Self { inner, left: Arc::new(AtomicU64::new(steps)) }
    }

    /// How many bytes and changes may still pass.
    pub fn steps_left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    fn step(&self) -> io::Result<()> {
        if take(&self.left, 1) == 1 { Ok(()) } else { Err(full()) }
    }
}

/// Takes up to `wanted` steps, and says how many there were.
fn take(left: &AtomicU64, wanted: u64) -> u64 {
    let before =
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(left.saturating_sub(wanted)));
    before.unwrap_or_default().min(wanted)
}

fn full() -> io::Error {
    io::ErrorKind::StorageFull.into()
}

impl OutputDirectory for FaultyDirectory {
    fn path(&self) -> &Path {
        self.inner.path()
    }

    fn real_path(&self) -> io::Result<PathBuf> {
        self.inner.real_path()
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn OutputFile>> {
        self.step()?;
        Ok(Box::new(FaultyFile { inner: self.inner.create(name)?, left: Arc::clone(&self.left) }))
    }

    fn temporary(&self) -> io::Result<Box<dyn TemporaryFile>> {
        self.step()?;
        Ok(Box::new(FaultyFile { inner: self.inner.temporary()?, left: Arc::clone(&self.left) }))
    }

    fn open(&self, name: &str) -> Result<Box<dyn Source>> {
        self.inner.open(name)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.step()?;
        self.inner.rename(from, to)
    }

    fn copy_owner_and_mode(&self, of: &str, name: &str) -> io::Result<()> {
        self.step()?;
        self.inner.copy_owner_and_mode(of, name)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.step()?;
        self.inner.remove(name)
    }

    fn names(&self) -> io::Result<Vec<String>> {
        self.inner.names()
    }

    fn sync(&self) -> io::Result<()> {
        self.step()?;
        self.inner.sync()
    }

    fn free_bytes(&self) -> io::Result<Option<u64>> {
        self.inner.free_bytes()
    }
}

#[derive(Debug)]
struct FaultyFile<F: ?Sized> {
    left: Arc<AtomicU64>,
    inner: Box<F>,
}

impl<F: Write + ?Sized> Write for FaultyFile<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let passed = usize::try_from(take(&self.left, bytes.len() as u64)).unwrap_or(usize::MAX);
        match bytes.get(..passed) {
            Some([]) | None if !bytes.is_empty() => Err(full()),
            passed => self.inner.write(passed.unwrap_or_default()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl OutputFile for FaultyFile<dyn OutputFile> {
    fn sync(&mut self) -> io::Result<()> {
        if take(&self.left, 1) == 1 { self.inner.sync() } else { Err(full()) }
    }
}

impl TemporaryFile for FaultyFile<dyn TemporaryFile> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.inner.read_at(buffer, offset)
    }

    fn clear(&mut self) -> io::Result<()> {
        if take(&self.left, 1) == 1 { self.inner.clear() } else { Err(full()) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::MemoryDirectory;
    use super::*;

    #[test]
    fn the_disk_is_full_at_the_stated_byte() {
        let memory = MemoryDirectory::new("memory");
        let directory = FaultyDirectory::new(Arc::new(memory.clone()), 4);
        let mut file = directory.create("x").unwrap();
        assert_eq!(file.write_all(b"abcdef").unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(memory.bytes("x").unwrap(), b"abc");
        assert_eq!(file.sync().unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert!(directory.create("y").is_err());
    }
}
