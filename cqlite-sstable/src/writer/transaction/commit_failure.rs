//! Commits that fail.

use crate::error::Error;

/// Why a transaction is not committed, and what that means.
#[derive(Debug)]
pub enum CommitFailure {
    /// Nothing has changed: what was new is removed.
    Undone(Error),
    /// The record of the commit is written, but could not be synced: nobody knows what a power cut leaves of it. Old and
    /// new SSTables are all there, and the log stays. Whoever goes on has to keep the old ones as they are, and must take
    /// neither for anything else until the log was read again.
    Undecided(Error),
}

impl CommitFailure {
    /// The error, whatever it means.
    pub fn into_error(self) -> Error {
        match self {
            Self::Undone(error) | Self::Undecided(error) => error,
        }
    }
}

impl From<CommitFailure> for Error {
    fn from(failure: CommitFailure) -> Self {
        failure.into_error()
    }
}
