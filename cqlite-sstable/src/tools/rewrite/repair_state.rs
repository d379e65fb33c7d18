//! Whether data is repaired.

use std::fmt;

use cqlite_cql::Uuid;

use super::RewriteInput;
use crate::component::statistics::StatsMetadata;
use crate::error::{Error, Result};

/// What a repair left an SSTable in. Cassandra never compacts SSTables of different states together: data that is
/// taken for repaired without being so is not repaired again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RepairState {
    /// Never repaired, or taken for that.
    Unrepaired,
    /// Repaired.
    Repaired {
        /// When, in milliseconds since 1970.
        at_millis: i64,
    },
    /// In a repair that is not finished.
    Pending {
        /// The session of the repair, a time UUID.
        session: [u8; 16],
        /// Whether it is a transient replica's, to be dropped when the repair is finished.
        is_transient: bool,
    },
}

impl RepairState {
    /// Of an SSTable.
    pub fn of(stats: &StatsMetadata) -> Self {
        match stats.pending_repair {
            Some(session) => Self::Pending { session, is_transient: stats.is_transient },
            None if stats.repaired_at_millis > 0 => Self::Repaired { at_millis: stats.repaired_at_millis },
            None => Self::Unrepaired,
        }
    }

    /// Whether it is known that all replicas have the data.
    pub fn is_repaired(self) -> bool {
        matches!(self, Self::Repaired { .. })
    }

    /// What `self` and `other` are together; none if they must not be mixed.
    fn with(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Repaired { at_millis: a }, Self::Repaired { at_millis: b }) => {
                Some(Self::Repaired { at_millis: a.min(b) })
            }
            (a, b) => (a == b).then_some(a),
        }
    }

    /// The state of what is made of all inputs.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] naming two inputs whose states differ.
    pub(super) fn of_all(inputs: &[RewriteInput<'_>]) -> Result<Self> {
        let mut inputs = inputs.iter().map(|input| (input, Self::of(&input.statistics.stats)));
        let Some((first, mut together)) = inputs.next() else { return Ok(Self::Unrepaired) };
        for (input, state) in inputs {
            together = together.with(state).ok_or_else(|| {
                Error::invalid_input(format!(
                    "{} is {state}, but {} is {together}: together their data would pass for what it is not",
                    input.descriptor, first.descriptor
                ))
                .advise("rewrite them apart, or let all of it count as unrepaired with --mark-unrepaired")
            })?;
        }
        Ok(together)
    }
}

impl fmt::Display for RepairState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unrepaired => f.write_str("unrepaired"),
            Self::Repaired { .. } => f.write_str("repaired"),
            Self::Pending { session, is_transient } => {
                let kind = if *is_transient { "transient and pending" } else { "pending" };
                write!(f, "{kind} in the repair {}", Uuid(*session))
            }
        }
    }
}
