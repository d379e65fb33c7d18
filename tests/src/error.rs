//! What can go wrong between a test and real Cassandra.

use std::{fmt, io};

/// The result of the harness's operations.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An operation that failed, and why.
#[derive(Debug)]
pub struct Error {
    doing: String,
    why: Why,
}

#[derive(Debug)]
enum Why {
    Io(io::Error),
    Said(String),
}

impl Error {
    /// An error in words: the operation, and what was said about it.
    pub fn said(doing: impl Into<String>, said: impl Into<String>) -> Self {
        Self { doing: doing.into(), why: Why::Said(said.into()) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Why::Io(error) => write!(f, "cannot {}: {error}", self.doing),
            Why::Said(said) => write!(f, "cannot {}: {said}", self.doing),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.why {
            Why::Io(error) => Some(error),
            Why::Said(_) => None,
        }
    }
}

/// Adds to an I/O error what was being done.
pub trait Doing<T> {
    /// Names the operation in the infinitive: `read x`, `start java`.
    fn doing(self, operation: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, operation: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| Error { doing: operation(), why: Why::Io(error) })
    }
}

impl<T> Doing<T> for rustix::io::Result<T> {
    fn doing(self, operation: impl FnOnce() -> String) -> Result<T> {
        self.map_err(io::Error::from).doing(operation)
    }
}
