//! The versions of the encoding of mutations.

/// The version of the messages between nodes, by which the commit log encodes mutations as well
/// (`net.MessagingService.Version`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum MessagingVersion {
    /// Of Cassandra 3.0 and 3.11: 10.
    V30,
    /// Of Cassandra 4, and of 5.0 as long as it is to be compatible with 4: 12.
    #[default]
    V40,
    /// Of Cassandra 5.0: 13. Local deletion times reach to 2106 instead of 2038.
    V50,
}

impl MessagingVersion {
    /// The version that a commit log of version 6, 7 or 8 has (`CommitLogDescriptor.getMessagingVersion`); none for
    /// another one.
    pub fn of_commit_log(version: u32) -> Option<Self> {
        match version {
            6 => Some(Self::V30),
            7 => Some(Self::V40),
            8 => Some(Self::V50),
            _ => None,
        }
    }

    /// Whether local deletion times are unsigned numbers of 32 bits.
    pub fn has_uint_deletion_time(self) -> bool {
        self >= Self::V50
    }
}
