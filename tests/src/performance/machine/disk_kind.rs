//! What a disk is.

use serde::{Deserialize, Serialize};

/// What a disk is, as the kernel tells. A virtual disk may be told as something else than what is below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskKind {
    /// Without moving parts.
    SolidState,
    /// With moving parts.
    Rotating,
    /// None: the files are in memory.
    Memory,
    /// The kernel does not tell.
    Unknown,
}

impl DiskKind {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::SolidState => "solid state",
            Self::Rotating => "rotating",
            Self::Memory => "memory",
            Self::Unknown => "unknown",
        }
    }
}
