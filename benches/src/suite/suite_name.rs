//! The suites.

use std::fmt;

/// A suite of scenarios.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SuiteName {
    /// How fast each thing is, one by one.
    Performance,
    /// Many clients, for long, in little memory, and killed.
    Load,
    /// Files of a real Cassandra: every version, type, compressor and index.
    Compatibility,
    /// End to end through CQL, with answers that are checked.
    Integration,
    /// The same work done by others; only where that is asked for.
    Peers,
}

impl SuiteName {
    /// All of them, in the order in which they run.
    pub const ALL: [Self; 5] =
        [Self::Performance, Self::Load, Self::Compatibility, Self::Integration, Self::Peers];
}

impl fmt::Display for SuiteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Performance => "performance",
            Self::Load => "load",
            Self::Compatibility => "compatibility",
            Self::Integration => "integration",
            Self::Peers => "peers",
        })
    }
}
