//! The directory of outputs, which is gone again if nothing came of them.

use std::fs;
use std::path::{Path, PathBuf};

/// Removes, when it is dropped, those directories that were not there before and that nothing was put into.
pub struct NewPlace {
    /// The directory and those above it that are new, the innermost first.
    new: Vec<PathBuf>,
}

impl NewPlace {
    /// To be asked before the directory is made.
    pub fn of(place: &Path) -> Self {
        let above = place.ancestors().filter(|path| !path.as_os_str().is_empty());
        Self { new: above.take_while(|path| !path.exists()).map(Path::to_owned).collect() }
    }
}

impl Drop for NewPlace {
    fn drop(&mut self) {
        for directory in &self.new {
            // One that is not empty stays, and so do those above it.
            if fs::remove_dir(directory).is_err() {
                return;
            }
        }
    }
}
