//! The files of one SSTable, open from the start.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use cqlite_sstable::io::Source;
use cqlite_sstable::reader::Files;
use cqlite_sstable::{Component, Descriptor, Error, Result};

use super::{FileSystem, FsFiles};

/// What is read of an SSTable after it was opened.
const HELD: [Component; 8] = [
    Component::Data,
    Component::Index,
    Component::Summary,
    Component::Partitions,
    Component::Rows,
    Component::Filter,
    Component::CompressionInfo,
    Component::Crc,
];

/// The files of an SSTable that another process may remove at any moment: what was there at the start stays readable.
#[derive(Debug)]
pub struct FsHeldFiles {
    files: FsFiles,
    held: BTreeMap<Component, Arc<dyn Source>>,
}

impl FsHeldFiles {
    /// Opens the files of `descriptor` that are there.
    ///
    /// # Errors
    /// If a file that is there cannot be opened.
    pub fn open(files: &Arc<dyn FileSystem>, descriptor: Descriptor) -> Result<Self> {
        let mut held = BTreeMap::new();
        for component in HELD {
            let path = descriptor.file(component);
            match files.open_held(&path) {
                Ok(source) => drop(held.insert(component, source)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::io(&path, error)),
            }
        }
        Ok(Self { files: FsFiles::new(Arc::clone(files), descriptor), held })
    }
}

impl Files for FsHeldFiles {
    fn open(&self, component: Component) -> Result<Arc<dyn Source>> {
        self.held.get(&component).map_or_else(|| self.files.open(component), |source| Ok(Arc::clone(source)))
    }

    fn path(&self, component: Component) -> PathBuf {
        self.files.path(component)
    }

    fn is_index(&self) -> bool {
        self.files.is_index()
    }

    fn names(&self) -> Result<Vec<String>> {
        self.files.names()
    }
}
