//! All directories with SSTables below a path.

use std::fs;
use std::path::{Path, PathBuf};

use cqlite_sstable::{Component, Descriptor, Error, Result};

/// What else is wanted of what lies below a path (`sstablepartitions -r`).
#[derive(Debug, Clone, Copy)]
pub struct Below {
    /// Snapshots.
    pub snapshots: bool,
    /// Incremental backups.
    pub backups: bool,
}

impl Below {
    /// Adds each directory below `path` that holds a Data.db, or `path` itself if it is a file.
    pub fn collect(self, path: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
        if !path.is_dir() {
            found.push(path.to_owned());
            return Ok(());
        }
        let mut holds_data = false;
        for entry in fs::read_dir(path).map_err(|error| Error::io(path, error))? {
            let entry = entry.map_err(|error| Error::io(path, error))?;
            let inside = entry.path();
            // A link to a directory could lead back here.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if self.wants(&inside) {
                    self.collect(&inside, found)?;
                }
            } else {
                holds_data |=
                    Descriptor::from_file(&inside).is_ok_and(|one| one.file(Component::Data) == inside);
            }
        }
        if holds_data {
            found.push(path.to_owned());
        }
        Ok(())
    }

    fn wants(self, directory: &Path) -> bool {
        match directory.file_name().and_then(|name| name.to_str()) {
            Some("snapshots") => self.snapshots,
            Some("backups") => self.backups,
            _ => true,
        }
    }
}
