//! File names of segments.

use std::fmt;

use cqlite_sstable::{Error, Result};

const PREFIX: &str = "CommitLog-";
const EXTENSION: &str = ".log";

/// What the file name of a segment tells: `CommitLog-<version>-<id>.log`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SegmentName {
    /// The number of the version.
    pub version: i32,
    /// The id. Segments are replayed in ascending order of it.
    pub id: i64,
}

impl SegmentName {
    /// Takes a file name apart; none if it is not that of a segment (`CommitLogDescriptor.isValid`).
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::Unsupported`] for a name without a version, as before Cassandra 1.2.5, and for numbers that are
    /// too large for Cassandra.
    pub fn parse(name: &str) -> Result<Option<Self>> {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let numbers = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(EXTENSION));
        let Some(numbers) = numbers else { return Ok(None) };
        let Some((version, id)) = numbers.split_once('-') else {
            return if is_number(numbers) {
                Err(Error::unsupported("the name of the segment tells no version, as before Cassandra 1.2.5"))
            } else {
                Ok(None)
            };
        };
        if !is_number(version) || !is_number(id) {
            return Ok(None);
        }
        match (version.parse(), id.parse()) {
            (Ok(version), Ok(id)) => Ok(Some(Self { version, id })),
            _ => Err(Error::unsupported("the version or id in the name of the segment is too large")),
        }
    }
}

/// The file name.
impl fmt::Display for SegmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}-{}{EXTENSION}", self.version, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_those_of_other_files_as_cassandra_does() {
        let name = SegmentName { version: 7, id: 1_795_245_639_596 };
        assert_eq!(SegmentName::parse("CommitLog-7-1795245639596.log").unwrap(), Some(name));
        assert_eq!(name.to_string(), "CommitLog-7-1795245639596.log");
        for other in [
            "CommitLog-7-1795245639596_cdc.idx",
            "CommitLog-7-1.log.gz",
            "CommitLog--7-1.log",
            "CommitLog-7-1-2.log",
            "CommitLog-+7-1.log",
            "CommitLog-.log",
            "commitlog-7-1.log",
        ] {
            assert_eq!(SegmentName::parse(other).unwrap(), None, "{other}");
        }
        assert!(SegmentName::parse("CommitLog-12345.log").is_err());
        assert!(SegmentName::parse("CommitLog-7-99999999999999999999.log").is_err());
    }
}
