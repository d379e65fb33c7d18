//! A directory that is made for outputs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Result;
use crate::io::{DiskDirectory, OutputDirectory};

/// The directory for outputs. Unless it is kept, what was made of it is removed again, as far as it is empty.
#[derive(Debug)]
pub struct NewPlace {
    directory: Arc<DiskDirectory>,
    /// The directories that were not there, from the innermost on.
    made: Vec<PathBuf>,
}

impl NewPlace {
    /// Makes the directory, and those above it, unless they are there.
    ///
    /// # Errors
    /// If they cannot be made.
    pub fn make(place: &Path) -> Result<Self> {
        let is_missing = |above: &&Path| !above.as_os_str().is_empty() && !above.exists();
        let made = place.ancestors().take_while(is_missing).map(Path::to_owned).collect();
        let directory = DiskDirectory::create_all(place);
        let mut place = Self { directory: Arc::new(DiskDirectory::new(place)), made };
        place.directory = Arc::new(directory?);
        Ok(place)
    }

    /// The directory as files are written into it.
    pub fn directory(&self) -> Arc<dyn OutputDirectory> {
        Arc::clone(&self.directory) as Arc<dyn OutputDirectory>
    }

    /// Outputs are in it: it stays.
    pub fn keep(mut self) {
        self.made.clear();
    }
}

impl Drop for NewPlace {
    fn drop(&mut self) {
        for directory in &self.made {
            // What is not empty holds what somebody else put there, or what the log of a transaction hides.
            if fs::remove_dir(directory).is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_that_were_made_for_nothing_are_removed_and_others_stay() {
        let root = tempfile::tempdir().unwrap();
        let place = root.path().join("a/b/c");
        drop(NewPlace::make(&place).unwrap());
        assert!(!root.path().join("a").exists());

        let made = NewPlace::make(&place).unwrap();
        fs::write(root.path().join("a/file"), "").unwrap();
        drop(made);
        assert!(root.path().join("a/file").exists() && !root.path().join("a/b").exists());

        NewPlace::make(&place).unwrap().keep();
        drop(NewPlace::make(&place).unwrap());
        assert!(place.exists());
    }
}
