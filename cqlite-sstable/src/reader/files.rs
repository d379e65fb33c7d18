//! Where the components of an SSTable come from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::component::Component;
use crate::descriptor::Descriptor;
use crate::error::{Error, ErrorKind, Result};
use crate::io::{FileSource, MappedSource, MemorySource, Source};

/// The files of one SSTable.
pub trait Files: Send + Sync + fmt::Debug {
    /// Opens a component.
    ///
    /// # Errors
    /// [`ErrorKind::Missing`] if it is not there, [`ErrorKind::Io`] if it cannot be read.
    fn open(&self, component: Component) -> Result<Arc<dyn Source>>;

    /// The path of a component, for messages.
    fn path(&self, component: Component) -> PathBuf;

    /// Whether they belong to a built-in secondary index.
    fn is_index(&self) -> bool {
        false
    }

    /// The ends of the names of all files that are there, components or not, in order: `Data.db`, `SAI+aa+Meta.db`.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the directory cannot be read.
    fn names(&self) -> Result<Vec<String>> {
        let is_there = |component: &Component| match self.open(*component) {
            Ok(_) => true,
            Err(error) => error.kind() != ErrorKind::Missing,
        };
        let mut names: Vec<String> =
            Component::ALL.into_iter().filter(is_there).map(|component| component.to_string()).collect();
        names.sort();
        Ok(names)
    }

    /// Opens a component that may be missing.
    ///
    /// # Errors
    /// As [`Files::open`], but a missing one is `None`.
    fn open_if_there(&self, component: Component) -> Result<Option<Arc<dyn Source>>> {
        match self.open(component) {
            Ok(source) => Ok(Some(source)),
            Err(error) if error.kind() == ErrorKind::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// How Data.db is read (`disk_access_mode` of Cassandra). The other components are small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// With `pread` into buffers that are used again.
    #[default]
    Standard,
    /// Through a map of the whole file. Only for files that nobody cuts meanwhile: touching a page that is gone ends
    /// the process with a signal, where the standard way ends in an error.
    Mapped,
}

/// Files in a directory.
#[derive(Debug, Clone)]
pub struct DiskFiles {
    descriptor: Descriptor,
    access: Access,
}

impl DiskFiles {
    /// The files of `descriptor`.
    pub fn new(descriptor: Descriptor, access: Access) -> Self {
        Self { descriptor, access }
    }
}

impl Files for DiskFiles {
    fn open(&self, component: Component) -> Result<Arc<dyn Source>> {
        let path = self.path(component);
        Ok(match (self.access, component) {
            (Access::Mapped, Component::Data) => Arc::new(MappedSource::open(&path)?),
            _ => Arc::new(FileSource::open(&path)?),
        })
    }

    fn path(&self, component: Component) -> PathBuf {
        self.descriptor.file(component)
    }

    fn is_index(&self) -> bool {
        self.descriptor.is_index()
    }

    fn names(&self) -> Result<Vec<String>> {
        let directory = self.descriptor.directory();
        let failed = |error| Error::io(directory, error);
        let start = format!("{}-", self.descriptor.stem());
        let mut names = Vec::new();
        for entry in std::fs::read_dir(directory).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            names.extend(name.to_str().and_then(|name| name.strip_prefix(&start)).map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }
}

/// Files that several readers share.
impl Files for Arc<dyn Files> {
    fn open(&self, component: Component) -> Result<Arc<dyn Source>> {
        (**self).open(component)
    }

    fn path(&self, component: Component) -> PathBuf {
        (**self).path(component)
    }

    fn is_index(&self) -> bool {
        (**self).is_index()
    }

    fn names(&self) -> Result<Vec<String>> {
        (**self).names()
    }
}

/// Files in memory, or any other [`Source`]s put together.
#[derive(Debug, Clone, Default)]
pub struct MemoryFiles {
    files: BTreeMap<Component, Arc<dyn Source>>,
}

impl MemoryFiles {
    /// Adds a component with these bytes.
    pub fn insert(&mut self, component: Component, bytes: impl Into<Arc<[u8]>>) {
        self.insert_source(component, Arc::new(MemorySource::new(component.file_name(), bytes)));
    }

    /// Adds a component.
    pub fn insert_source(&mut self, component: Component, source: Arc<dyn Source>) {
        self.files.insert(component, source);
    }

    /// Takes a component away.
    pub fn remove(&mut self, component: Component) {
        self.files.remove(&component);
    }
}

impl Files for MemoryFiles {
    fn open(&self, component: Component) -> Result<Arc<dyn Source>> {
        let missing = || Error::io(Path::new(component.file_name()), std::io::ErrorKind::NotFound.into());
        self.files.get(&component).cloned().ok_or_else(missing)
    }

    fn path(&self, component: Component) -> PathBuf {
        PathBuf::from(component.file_name())
    }
}
