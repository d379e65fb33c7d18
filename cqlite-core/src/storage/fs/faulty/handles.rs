//! Open files that fail on purpose.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cqlite_sstable::io::{Source, TemporaryFile};

use super::super::WritableFile;
use super::plan::Plan;
use super::{Failure, Operation};

/// How many of `bytes` are written, and what is said of the others.
fn written(plan: &Plan, path: &Path, bytes: usize) -> (usize, Option<Failure>) {
    match plan.begin(Operation::Write, path, bytes) {
        Err(failure) => (bytes / 2, Some(failure)),
        Ok(()) => match plan.take_room(bytes) {
            room if room < bytes => (room, Some(Failure::FullDisk)),
            room => (room, None),
        },
    }
}

#[derive(Debug)]
pub(super) struct FaultyFile {
    inner: Arc<dyn WritableFile>,
    path: PathBuf,
    plan: Arc<Plan>,
}

impl FaultyFile {
    pub(super) fn new(inner: Arc<dyn WritableFile>, path: &Path, plan: &Arc<Plan>) -> Self {
        Self { inner, path: path.to_owned(), plan: Arc::clone(plan) }
    }

    fn begin(&self, operation: Operation, bytes: usize) -> io::Result<()> {
        self.plan.begin(operation, &self.path, bytes).map_err(io::Error::from)
    }
}

impl WritableFile for FaultyFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let (passed, failure) = written(&self.plan, &self.path, bytes.len());
        self.inner.write_at(bytes.get(..passed).unwrap_or_default(), offset)?;
        failure.map_or(Ok(()), |failure| Err(failure.into()))
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.begin(Operation::Read, buffer.len())?;
        self.inner.read_at(buffer, offset)
    }

    fn set_length(&self, bytes: u64) -> io::Result<()> {
        self.begin(Operation::SetLength, 0)?;
        self.inner.set_length(bytes)
    }

    fn length_bytes(&self) -> io::Result<u64> {
        self.begin(Operation::Length, 0)?;
        self.inner.length_bytes()
    }

    fn sync_data(&self) -> io::Result<()> {
        self.begin(Operation::SyncData, 0).inspect_err(|_| self.inner.lose_unsynced())?;
        if self.plan.ignores_sync(Operation::SyncData, &self.path) { Ok(()) } else { self.inner.sync_data() }
    }

    fn sync(&self) -> io::Result<()> {
        self.begin(Operation::Sync, 0).inspect_err(|_| self.inner.lose_unsynced())?;
        if self.plan.ignores_sync(Operation::Sync, &self.path) { Ok(()) } else { self.inner.sync() }
    }

    fn lose_unsynced(&self) {
        self.inner.lose_unsynced();
    }
}

/// Never shows its bytes as a slice: all reads are counted.
#[derive(Debug)]
pub(super) struct FaultySource {
    inner: Arc<dyn Source>,
    plan: Arc<Plan>,
}

impl FaultySource {
    pub(super) fn new(inner: Arc<dyn Source>, plan: &Arc<Plan>) -> Self {
        Self { inner, plan: Arc::clone(plan) }
    }
}

impl Source for FaultySource {
    fn len(&self) -> u64 {
        self.inner.len()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.plan.begin(Operation::Read, self.inner.path(), buffer.len())?;
        self.inner.read_at(buffer, offset)
    }

    fn advise_sequential(&self) {
        self.inner.advise_sequential();
    }

    fn path(&self) -> &Path {
        self.inner.path()
    }
}

#[derive(Debug)]
pub(super) struct FaultyTemporary {
    inner: Box<dyn TemporaryFile>,
    directory: PathBuf,
    plan: Arc<Plan>,
}

impl FaultyTemporary {
    pub(super) fn new(inner: Box<dyn TemporaryFile>, directory: &Path, plan: &Arc<Plan>) -> Self {
        Self { inner, directory: directory.to_owned(), plan: Arc::clone(plan) }
    }
}

impl io::Write for FaultyTemporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (passed, failure) = written(&self.plan, &self.directory, bytes.len());
        self.inner.write_all(bytes.get(..passed).unwrap_or_default())?;
        failure.map_or(Ok(passed), |failure| Err(failure.into()))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl TemporaryFile for FaultyTemporary {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.plan.begin(Operation::Read, &self.directory, buffer.len())?;
        self.inner.read_at(buffer, offset)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.plan.begin(Operation::SetLength, &self.directory, 0)?;
        self.inner.clear()
    }
}
