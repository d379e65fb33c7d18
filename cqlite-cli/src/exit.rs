//! Exit codes.

use std::process::ExitCode;

use cqlite_sstable::{Error, ErrorKind};

/// The exit codes, for the end of every help page.
pub const HELP: &str = "\
Exit codes:
  0  all is well
  1  the data is damaged: what was printed before is right, but not all
  2  the command makes no sense as it was given
  3  something cannot be read or written: a missing file, no permission, not an SSTable, a full disk
  4  a version, compressor or feature that is not supported";

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All is well.
    Success,
    /// Bytes contradict a checksum or the format.
    Damaged,
    /// The command makes no sense.
    Usage,
    /// A file is missing, may not be read, or is no SSTable; or the output cannot be written.
    Unreadable,
    /// A version or compressor that is not supported.
    Unsupported,
    /// Two tables differ.
    Different,
    /// What was looked for is not there.
    NotFound,
    /// Ended by ctrl-C.
    Interrupted,
}

impl Outcome {
    /// The first thing that went wrong decides.
    pub fn or(self, later: Self) -> Self {
        if self == Self::Success { later } else { self }
    }
}

impl From<&Error> for Outcome {
    fn from(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Corrupt => Self::Damaged,
            ErrorKind::InvalidInput => Self::Usage,
            ErrorKind::Unsupported => Self::Unsupported,
            _ => Self::Unreadable,
        }
    }
}

impl Outcome {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Damaged | Self::Different => 1,
            Self::Usage => 2,
            Self::Unreadable => 3,
            Self::Unsupported => 4,
            Self::NotFound => 5,
            // As that of a process that the signal ends.
            Self::Interrupted => 130,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_and_lack_of_support_have_exit_codes_of_their_own() {
        assert_eq!(Outcome::from(&Error::corrupt("x")), Outcome::Damaged);
        assert_eq!(Outcome::from(&Error::unsupported("x")), Outcome::Unsupported);
        assert_eq!(Outcome::from(&Error::invalid_input("x")), Outcome::Usage);
        assert_eq!(Outcome::from(&Error::new(ErrorKind::Missing, "x")), Outcome::Unreadable);
    }
}
