//! Compactions that come to nothing.

use std::sync::Arc;

use cqlite_sstable::{Error, ErrorKind, SstableId};

use super::LiveSstable;

/// Why a compaction came to nothing. All inputs are as they were, and nothing of the outputs is left.
#[derive(Debug)]
pub struct FailedCompaction {
    /// What happened.
    pub error: Error,
    /// Whether it was told to stop.
    pub is_cancelled: bool,
    /// The inputs that are damaged, as far as the error tells; all of them if one is and nobody knows which. To compact
    /// them again would fail again.
    pub suspects: Vec<SstableId>,
}

impl FailedCompaction {
    pub(super) fn new(error: Error, is_cancelled: bool, inputs: &[Arc<LiveSstable>]) -> Self {
        let suspects = if is_cancelled { Vec::new() } else { suspects(&error, inputs) };
        Self { error, is_cancelled, suspects }
    }
}

fn suspects(error: &Error, inputs: &[Arc<LiveSstable>]) -> Vec<SstableId> {
    if !matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Missing | ErrorKind::Unsupported) {
        return Vec::new();
    }
    let is_named = |input: &&Arc<LiveSstable>| {
        let descriptor = input.descriptor();
        error.path().is_some_and(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let rest = name.strip_prefix(descriptor.stem());
            let is_its = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
            path.parent() == Some(descriptor.directory()) && is_its
        })
    };
    let ids = |named: Vec<&Arc<LiveSstable>>| named.into_iter().map(|input| input.id().clone()).collect();
    let named: Vec<&Arc<LiveSstable>> = inputs.iter().filter(is_named).collect();
    // What names another file is no fault of theirs.
    if error.path().is_none() { ids(inputs.iter().collect()) } else { ids(named) }
}

impl From<FailedCompaction> for Error {
    fn from(failed: FailedCompaction) -> Self {
        failed.error
    }
}
