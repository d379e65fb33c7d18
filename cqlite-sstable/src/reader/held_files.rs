//! The files of an SSTable, open from the start.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Access, DiskFiles, Files};
use crate::component::Component;
use crate::descriptor::Descriptor;
use crate::error::{Error, ErrorKind, Result};
use crate::io::{MemorySource, Source, SourceExt as _};

/// No component that is read as a whole here is larger.
const SMALL_BYTES: u64 = 64 * 1024 * 1024;

/// The files of an SSTable that a node may remove at any moment: all that were there at the start stay readable.
#[derive(Debug)]
pub struct HeldFiles {
    disk: DiskFiles,
    /// None is a component that could not be opened; it fails again when it is asked for.
    held: BTreeMap<Component, Option<Arc<dyn Source>>>,
}

impl HeldFiles {
    /// Opens all components that are there. Small ones are read into memory, so that at most five files stay open.
    ///
    /// # Errors
    /// [`ErrorKind::Missing`] if the SSTable was removed while it was being opened.
    pub fn open(descriptor: &Descriptor, access: Access) -> Result<Self> {
        let disk = DiskFiles::new(descriptor.clone(), access);
        let mut held = BTreeMap::new();
        for component in Component::ALL {
            match hold(&disk, component) {
                Ok(source) => held.insert(component, Some(source)),
                Err(error) if error.kind() == ErrorKind::Missing => None,
                Err(_) => held.insert(component, None),
            };
        }
        // Cassandra removes Data.db first: while it is there, nothing else has been removed.
        let data = descriptor.file(Component::Data);
        std::fs::symlink_metadata(&data).map_err(|error| Error::io(&data, error))?;
        Ok(Self { disk, held })
    }
}

fn hold(disk: &DiskFiles, component: Component) -> Result<Arc<dyn Source>> {
    let source = disk.open(component)?;
    let is_small = matches!(component, Component::Statistics | Component::Digest | Component::Toc);
    if !is_small || source.len() > SMALL_BYTES {
        return Ok(source);
    }
    let bytes = source.read_all(SMALL_BYTES)?;
    Ok(Arc::new(MemorySource::new(disk.path(component), bytes)))
}

impl Files for HeldFiles {
    fn open(&self, component: Component) -> Result<Arc<dyn Source>> {
        match self.held.get(&component) {
            Some(Some(source)) => Ok(Arc::clone(source)),
            Some(None) => self.disk.open(component),
            None => Err(Error::io(&self.path(component), std::io::ErrorKind::NotFound.into())),
        }
    }

    fn path(&self, component: Component) -> PathBuf {
        self.disk.path(component)
    }

    fn is_index(&self) -> bool {
        self.disk.is_index()
    }
}
