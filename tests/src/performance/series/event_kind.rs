//! What happened.

use serde::{Deserialize, Serialize};

/// What happened at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A memtable was flushed.
    Flush,
    /// SSTables were compacted.
    Compaction,
    /// The process under load was killed.
    Kill,
    /// A database was recovered.
    Recovery,
    /// Something else, by its name.
    Other(String),
}

impl EventKind {
    /// In words.
    pub fn name(&self) -> &str {
        match self {
            Self::Flush => "flush",
            Self::Compaction => "compaction",
            Self::Kill => "kill",
            Self::Recovery => "recovery",
            Self::Other(name) => name,
        }
    }
}
