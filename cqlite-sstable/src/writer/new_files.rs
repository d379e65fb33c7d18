//! The files of an SSTable that is being written.

use std::path::PathBuf;
use std::sync::Arc;

use crate::component::Component;
use crate::descriptor::SstableId;
use crate::error::{Error, Result};
use crate::io::{OutputDirectory, SequentialFile};
use crate::version::Version;

/// Where the components of one new SSTable go. Unless they are kept, they are removed when this is dropped.
#[derive(Debug)]
pub(super) struct NewFiles {
    directory: Arc<dyn OutputDirectory>,
    stem: String,
    are_kept: bool,
}

impl NewFiles {
    /// None yet.
    ///
    /// # Errors
    /// If a file of such an SSTable is there already, or the directory cannot be listed.
    pub(super) fn new(directory: Arc<dyn OutputDirectory>, version: Version, id: &SstableId) -> Result<Self> {
        let stem = format!("{version}-{id}-{}", version.format().name());
        let names = directory.names().map_err(|error| Error::output(error).at(directory.path()))?;
        let is_ours = |name: &&String| name.strip_prefix(&stem).is_some_and(|rest| rest.starts_with('-'));
        if let Some(name) = names.iter().find(is_ours) {
            return Err(Error::invalid_input("there is an SSTable of this id already")
                .at(directory.path().join(name))
                .advise("choose another id, or another directory"));
        }
        Ok(Self { directory, stem, are_kept: false })
    }

    /// The directory.
    pub(super) fn directory(&self) -> &Arc<dyn OutputDirectory> {
        &self.directory
    }

    /// What the names of the files begin with.
    pub(super) fn stem(&self) -> &str {
        &self.stem
    }

    /// The path of a component, for errors.
    pub(super) fn path(&self, component: Component) -> PathBuf {
        self.directory.path().join(self.name(component))
    }

    fn name(&self, component: Component) -> String {
        format!("{}-{component}", self.stem)
    }

    /// Makes the file of a component.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(super) fn create(&self, component: Component) -> Result<SequentialFile> {
        SequentialFile::create(&*self.directory, &self.name(component))
    }

    /// Writes a component of a few bytes, and syncs it. Tells its length.
    ///
    /// # Errors
    /// If it cannot be made, written or synced.
    pub(super) fn write_whole(&self, component: Component, bytes: &[u8]) -> Result<u64> {
        let mut file = self.create(component)?;
        file.append(bytes).map_err(|error| file.failed(error))?;
        file.finish()
    }

    /// Syncs the directory. From now on the files stay.
    ///
    /// # Errors
    /// If the directory cannot be synced; the files are removed then.
    pub(super) fn keep(&mut self) -> Result<()> {
        self.directory.sync().map_err(|error| Error::output(error).at(self.directory.path()))?;
        self.are_kept = true;
        Ok(())
    }
}

impl Drop for NewFiles {
    fn drop(&mut self) {
        if self.are_kept {
            return;
        }
        // Without its list of components it is not taken for whole, whatever else cannot be removed.
        for component in Component::ALL.into_iter().rev() {
            // Most are not there; what cannot be removed is left to who cleans up behind a crash.
            let _ = self.directory.remove(&self.name(component));
        }
    }
}
