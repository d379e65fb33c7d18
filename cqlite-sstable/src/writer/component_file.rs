//! The files of an SSTable that is being written.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::component::Component;
use crate::descriptor::SstableId;
use crate::error::{Error, Result};
use crate::io::{OutputDirectory, OutputFile};
use crate::version::Version;

/// Bytes that are collected before they are written.
const BUFFER_BYTES: usize = 64 * 1024;

/// Where the components of one new SSTable go. Unless they are kept, they are removed with the last handle.
#[derive(Debug, Clone)]
pub(crate) struct ComponentFiles {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    directory: Arc<dyn OutputDirectory>,
    stem: String,
    made: Mutex<Made>,
}

#[derive(Debug, Default)]
struct Made {
    sizes: Vec<(Component, u64)>,
    are_kept: bool,
}

impl ComponentFiles {
    /// None yet.
    pub(crate) fn new(directory: Arc<dyn OutputDirectory>, version: Version, id: &SstableId) -> Self {
        let stem = format!("{version}-{id}-{}", version.format().name());
        Self { shared: Arc::new(Shared { directory, stem, made: Mutex::default() }) }
    }

    /// The directory.
    pub(crate) fn directory(&self) -> &Arc<dyn OutputDirectory> {
        &self.shared.directory
    }

    /// The path of a component, for errors.
    pub(crate) fn path(&self, component: Component) -> PathBuf {
        self.shared.directory.path().join(self.shared.name(component))
    }

    /// Makes the file of a component.
    ///
    /// # Errors
    /// If it is there already, or cannot be made.
    pub(crate) fn create(&self, component: Component) -> Result<ComponentFile> {
        let path = self.path(component);
        let created = self.shared.directory.create(&self.shared.name(component));
        let file = created.map_err(|error| Error::output(error).at(&path))?;
        self.shared.made().sizes.push((component, 0));
        Ok(ComponentFile { component, file, path, buffer: Vec::new(), flushed: 0, files: self.clone() })
    }

    /// Writes a component of a few bytes, and syncs it.
    ///
    /// # Errors
    /// As [`ComponentFiles::create`], and if it cannot be written.
    pub(crate) fn write_whole(&self, component: Component, bytes: &[u8]) -> Result<()> {
        let mut file = self.create(component)?;
        file.write(bytes)?;
        file.finish()
    }

    /// The components made so far with their sizes, in the order in which they were made.
    pub(crate) fn sizes(&self) -> Vec<(Component, u64)> {
        self.shared.made().sizes.clone()
    }

    /// Syncs the directory. From now on the files stay.
    ///
    /// # Errors
    /// If the directory cannot be synced; the files are removed then.
    pub(crate) fn keep(&self) -> Result<()> {
        let directory = &self.shared.directory;
        directory.sync().map_err(|error| Error::output(error).at(directory.path()))?;
        self.shared.made().are_kept = true;
        Ok(())
    }
}

impl Shared {
    fn name(&self, component: Component) -> String {
        format!("{}-{component}", self.stem)
    }

    fn made(&self) -> std::sync::MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let made = std::mem::take(&mut *self.made());
        if made.are_kept {
            return;
        }
        // Without its Data.db no other file is taken for an SSTable: it goes first.
        for (component, _) in made.sizes {
            // What cannot be removed is left to the clean-up of the transaction log.
            let _ = self.directory.remove(&self.name(component));
        }
    }
}

/// The file of one component, written from its beginning to its end.
#[derive(Debug)]
pub(crate) struct ComponentFile {
    component: Component,
    file: Box<dyn OutputFile>,
    path: PathBuf,
    buffer: Vec<u8>,
    flushed: u64,
    files: ComponentFiles,
}

impl ComponentFile {
    /// Bytes so far.
    pub(crate) fn position(&self) -> u64 {
        self.flushed.saturating_add(self.buffer.len() as u64)
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// If they cannot be written.
    #[inline]
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.buffer.len().saturating_add(bytes.len()) > BUFFER_BYTES {
            return self.write_through(bytes);
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    fn write_through(&mut self, bytes: &[u8]) -> Result<()> {
        self.flush()?;
        if bytes.len() < BUFFER_BYTES {
            self.buffer.extend_from_slice(bytes);
            return Ok(());
        }
        self.file.write_all(bytes).map_err(|error| Error::output(error).at(&self.path))?;
        self.flushed = self.flushed.saturating_add(bytes.len() as u64);
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.file.write_all(&self.buffer).map_err(|error| Error::output(error).at(&self.path))?;
        self.flushed = self.position();
        self.buffer.clear();
        Ok(())
    }

    /// Writes what is left, and makes sure that it stays after a power cut.
    ///
    /// # Errors
    /// If it cannot be written or synced.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.flush()?;
        self.file.sync().map_err(|error| Error::output(error).at(&self.path))?;
        let mut made = self.files.shared.made();
        for (component, size) in &mut made.sizes {
            if *component == self.component {
                *size = self.flushed;
            }
        }
        Ok(())
    }
}
