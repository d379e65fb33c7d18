//! Versions of segments.

/// The version of a segment. It decides how the mutations in it are encoded; the frame around them is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CommitLogVersion {
    /// 6: Cassandra 3.0 to 3.11.
    V30,
    /// 7: Cassandra 4, and 5 as long as it is compatible with 4, which is the default.
    V40,
    /// 8: Cassandra 5 that need not be compatible.
    V50,
}

impl CommitLogVersion {
    /// The version with this number.
    pub fn from_number(number: i32) -> Option<Self> {
        match number {
            6 => Some(Self::V30),
            7 => Some(Self::V40),
            8 => Some(Self::V50),
            _ => None,
        }
    }

    /// The number in headers and file names.
    pub fn number(self) -> i32 {
        match self {
            Self::V30 => 6,
            Self::V40 => 7,
            Self::V50 => 8,
        }
    }

    /// The messaging version by which mutations are encoded (`MessagingService`).
    pub fn messaging_version(self) -> i32 {
        match self {
            Self::V30 => 10,
            Self::V40 => 12,
            Self::V50 => 13,
        }
    }
}
