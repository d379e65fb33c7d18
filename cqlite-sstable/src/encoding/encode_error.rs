//! Why something cannot be encoded.

use std::fmt;

use crate::error::Error;

/// Why a value cannot be encoded. It knows no row and no partition: the caller adds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EncodeError {
    /// A value has not the length that its type always has.
    Length {
        /// The length that the type has.
        expected: usize,
        /// The length of the value.
        found: usize,
    },
    /// The format has no place for this.
    Refused(&'static str),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { expected, found } => {
                write!(f, "a value has {found} bytes where its type always has {expected}")
            }
            Self::Refused(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for EncodeError {}

impl From<EncodeError> for Error {
    /// The caller's rows are not what an SSTable can hold.
    fn from(error: EncodeError) -> Self {
        Self::invalid_input(error.to_string())
    }
}
