//! Where the data of a run is.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::load::Result;

const LOCK: &str = "lock";
const RUN: &str = "run";

/// Where the data of a run is: gone when it is dropped. What a run left that was killed, the next one removes.
#[derive(Debug)]
pub(super) struct WorkDirectory {
    path: PathBuf,
    _lock: File,
}

impl WorkDirectory {
    /// An empty directory in this one, for one run at a time.
    ///
    /// # Errors
    /// If another run works there, which would disturb what is measured; if it cannot be made, or what an earlier run left cannot be
    /// removed.
    pub(super) fn new(parent: &Path) -> Result<Self> {
        let cannot = |error: io::Error| format!("cannot work in {}: {error}", parent.display());
        fs::create_dir_all(parent).map_err(cannot)?;
        let lock = File::create(parent.join(LOCK)).map_err(cannot)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
            Errno::WOULDBLOCK => {
                format!(
                    "another run works in {}: wait for it, as two would disturb each other",
                    parent.display()
                )
            }
            error => cannot(error.into()),
        })?;
        // A node of Cassandra takes its settings from a URI alone, which has no relative paths.
        let path = parent.canonicalize().map_err(cannot)?.join(RUN);
        if path.exists() {
            fs::remove_dir_all(&path).map_err(cannot)?;
        }
        fs::create_dir(&path).map_err(cannot)?;
        Ok(Self { path, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for WorkDirectory {
    fn drop(&mut self) {
        // The next run removes what cannot be removed now.
        let _left = fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_removes_what_a_killed_one_left_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        fs::create_dir_all(parent.path().join("run/data")).unwrap();
        fs::create_dir(parent.path().join("mine")).unwrap();
        let work = WorkDirectory::new(parent.path()).unwrap();
        assert_eq!(fs::read_dir(work.path()).unwrap().count(), 0);
        drop(work);
        let mut left: Vec<_> =
            fs::read_dir(parent.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["lock", "mine"]);
    }

    #[test]
    fn two_runs_do_not_disturb_each_other() {
        let parent = tempfile::tempdir().unwrap();
        let work = WorkDirectory::new(parent.path()).unwrap();
        let refused = WorkDirectory::new(parent.path()).unwrap_err().to_string();
        assert!(refused.contains("another run works in"), "{refused}");
        assert!(work.path().exists());
    }
}
