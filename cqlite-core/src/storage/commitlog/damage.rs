//! What is wrong with a segment, and whether that may be.

use std::path::Path;

use cqlite_sstable::{Error, ErrorKind};

const ADVICE: &str = "restore the segment from an archive, or replay with damage skipped: \
    what the damaged entries held is lost then, unless a replica has it";

/// Whether a segment is the last one of a log. There, and nowhere else, what a writer left half done when it died is
/// to be expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SegmentPlace {
    /// Other segments with sections come after it: it is complete.
    Earlier,
    /// No segment with sections comes after it.
    Last,
}

/// What a reader does when it meets damage that is not to be expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnDamage {
    /// It ends with an error, as Cassandra refuses to start.
    #[default]
    Refuse,
    /// It goes on behind as far as it can, as Cassandra with `cassandra.commitlog.ignorereplayerrors`, and tells of it in
    /// [`super::SegmentReader::damage`].
    Skip,
}

/// Something wrong in a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Where it is in the file; in a compressed section, where the section's marker is.
    pub offset: u64,
    /// What is wrong, without a full stop.
    pub what: String,
    /// Whether it is what a writer leaves that died, in a place where that may be: a torn tail. All else is corruption.
    pub is_torn: bool,
}

impl Damage {
    /// The error that ends the reading of the segment at `path`.
    pub fn to_error(&self, path: &Path) -> Error {
        Error::new(ErrorKind::Corrupt, self.what.clone()).at(path).offset(self.offset).advise(ADVICE)
    }
}

/// How a segment ended that was read as far as there is anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tail {
    /// Nothing was written behind this offset of the file, and all before is whole.
    Clean {
        /// Where the next section would begin.
        offset: u64,
    },
    /// Something was written that is not whole. What [`super::SegmentReader::damage`] tells was left out.
    Torn {
        /// Where in the file the first of it is.
        offset: u64,
    },
}
