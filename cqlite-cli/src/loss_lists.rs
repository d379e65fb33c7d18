//! The lists of what is lost of damaged inputs.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cqlite_sstable::{Descriptor, Error, Result};

use crate::salvage;

/// The lists that lie beside the outputs of one run. They go again unless they are kept, and so does the directory if it was
/// made for them.
pub struct LossLists {
    out: PathBuf,
    is_made: bool,
    names: BTreeSet<String>,
    paths: Vec<PathBuf>,
}

impl LossLists {
    /// None so far, for the directory `out`.
    pub fn new(out: &Path) -> Self {
        Self { out: out.to_owned(), is_made: false, names: BTreeSet::new(), paths: Vec::new() }
    }

    /// The directory for them, which is there from now on.
    pub fn directory(&mut self) -> Result<&Path> {
        let is_made = !self.out.exists();
        fs::create_dir_all(&self.out).map_err(|error| Error::output(error).at(&self.out))?;
        self.is_made |= is_made;
        Ok(&self.out)
    }

    /// How the lists of an SSTable are called: no two of several data directories alike.
    pub fn name(&mut self, descriptor: &Descriptor) -> String {
        let name = salvage::name(descriptor);
        let more = (2_u32..).map(|number| format!("{name}-{number}"));
        let free = std::iter::once(name.clone()).chain(more).find(|one| !self.names.contains(one));
        let name = free.unwrap_or(name);
        self.names.insert(name.clone());
        name
    }

    /// These were made.
    pub fn add(&mut self, paths: Vec<PathBuf>) {
        self.paths.extend(paths);
    }

    /// They stay.
    pub fn keep(mut self) {
        self.paths.clear();
        self.is_made = false;
    }
}

impl Drop for LossLists {
    fn drop(&mut self) {
        // What cannot be removed stays; the run has failed already.
        let _: Vec<io::Result<()>> = self.paths.iter().map(fs::remove_file).collect();
        if self.is_made {
            let _ = fs::remove_dir(&self.out);
        }
    }
}
