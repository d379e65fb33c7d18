//! Why the log accepts nothing more.

use std::io;
use std::path::{Path, PathBuf};

use cqlite_sstable::{Error, ErrorKind};

/// A write or sync that failed. What is on the disk is not known then, so that nothing later is acknowledged, and no sync is
/// tried again: it could succeed without having synced what was lost.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    path: PathBuf,
    what: String,
}

impl Failure {
    /// `doing` failed on `path`.
    pub(super) fn new(path: &Path, doing: &str, error: &io::Error) -> Self {
        Self { path: path.to_owned(), what: format!("{doing} failed: {error}") }
    }

    /// The same error for everybody who waits.
    pub(super) fn to_error(&self) -> Error {
        Error::new(ErrorKind::Output, format!("the commit log accepts nothing more, because {}", self.what))
            .at(&self.path)
            .advise("look for failures of the disk in the system's log, and open the database again")
    }
}
