//! What the shell says when a statement is refused.

use std::fmt;
use std::io::{self, Write as _};

use cqlite_core::query::{ErrorClass, QueryError};
use cqlite_sstable::{Error, ErrorKind};

use crate::exit::Outcome;
use crate::terminal;

/// Where a statement stands.
#[derive(Debug, Clone)]
pub enum Origin {
    /// At the prompt, or in the argument of `-e`.
    Here,
    /// In a line of a file, or of standard input.
    Line(String, u64),
}

/// What went wrong with a statement.
#[derive(Debug)]
pub enum Trouble {
    /// It was refused, or failed.
    Query(QueryError),
    /// A command of the shell made no sense, or failed.
    Command(String),
    /// So many values were not valid for their types and were shown as bytes; what is wrong with the first of them.
    Damaged(u64, String),
    /// Standard output cannot be written.
    Output(Error),
}

impl Trouble {
    /// A command of the shell that made no sense.
    pub fn command(message: impl Into<String>) -> Self {
        Self::Command(message.into())
    }

    /// The exit code that it leads to.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Query(error) => match error.storage_error() {
                Some(storage) => Outcome::from(storage),
                None => Outcome::Usage,
            },
            Self::Command(_) => Outcome::Usage,
            Self::Damaged(..) => Outcome::Damaged,
            Self::Output(error) => Outcome::from(error),
        }
    }

    /// Tells it on standard error: what it is, as cqlsh calls it, and what may have been meant.
    pub fn tell(&self, origin: &Origin) {
        let mut stderr = io::stderr().lock();
        let (red, reset) = if terminal::colors(&stderr) { ("\x1b[0;1;31m", "\x1b[0m") } else { ("", "") };
        // Nobody is left to be told where standard error is closed.
        let _ = writeln!(stderr, "{red}{origin}{self}{reset}");
        if let Self::Query(error) = self
            && let Some(suggestion) = error.suggestion()
        {
            let _ = writeln!(stderr, "hint: {suggestion}");
        }
    }
}

/// What a closed standard output says through a statement is no fault of the statement.
impl From<QueryError> for Trouble {
    fn from(error: QueryError) -> Self {
        match error.storage_error() {
            Some(storage) if storage.is_closed_pipe() => Self::Output(Error::from(error)),
            _ => Self::Query(error),
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::Output => Self::Output(error),
            _ => Self::Query(QueryError::from(error)),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here => Ok(()),
            Self::Line(file, line) => write!(f, "{file}:{line}:"),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query(error) => write!(f, "{}: {error}", name(error.class())),
            Self::Command(message) => f.write_str(message),
            Self::Damaged(count, first) => {
                write!(
                    f,
                    "{count} values are not valid for their type and were shown as bytes; the first: {first}"
                )
            }
            Self::Output(error) => error.fmt(f),
        }
    }
}

/// How the drivers, and so cqlsh, call a class of errors.
fn name(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::Syntax => "SyntaxException",
        ErrorClass::Invalid => "InvalidRequest",
        ErrorClass::Configuration => "ConfigurationException",
        ErrorClass::AlreadyExists => "AlreadyExists",
        ErrorClass::Unauthorized => "Unauthorized",
        ErrorClass::FunctionFailure => "FunctionFailure",
        ErrorClass::Unsupported => "Unsupported",
        _ => "StorageError",
    }
}
