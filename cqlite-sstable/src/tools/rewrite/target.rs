//! What is to be written, and what it cannot hold.

use super::{RepairState, RewriteInput};
use crate::error::{Error, Result};
use crate::row::NO_DELETION_TIME;
use crate::version::Version;

/// The last second that local deletion times of 31 bits can tell, 2038-01-19.
const LAST_OF_31_BITS: i64 = i32::MAX as i64 - 1;

/// The version of the outputs, and whether losses on the way there are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The version.
    pub version: Version,
    /// Whether what the version cannot hold is converted, and counted, instead of being refused.
    pub is_lossy: bool,
}

impl Target {
    /// Refuses inputs of which the statistics tell that they hold dates that the version cannot. The writer
    /// refuses
    /// what else it cannot have: compressors and types when an output is begun, dates and deletions at
    /// their row.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Unsupported`] naming the input and the date.
    pub(super) fn check(self, inputs: &[RewriteInput<'_>]) -> Result<()> {
        for input in inputs {
            if let Some(seconds) = self.late_date(input).filter(|_| !self.is_lossy) {
                return Err(Error::unsupported(format!(
                    "something was deleted or expires at second {seconds}, after 2038-01-19, which the version '{}' cannot hold",
                    self.version
                ))
                .at(input.descriptor.to_string())
                .advise("with --lossy such dates become the last that it can hold"));
            }
        }
        Ok(())
    }

    /// A local deletion time that the statistics name and that is too late for the version.
    fn late_date(self, input: &RewriteInput<'_>) -> Option<i64> {
        let stats = &input.statistics.stats;
        let times = [stats.max_local_deletion_time_seconds, stats.min_local_deletion_time_seconds];
        let is_late = |seconds: &i64| *seconds != NO_DELETION_TIME && *seconds > LAST_OF_31_BITS;
        if self.version.has_uint_deletion_time() { None } else { times.into_iter().find(is_late) }
    }

    /// The state of repair as the version can tell it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Unsupported`] for a repair that is pending.
    pub(super) fn repair(self, state: RepairState) -> Result<RepairState> {
        match state {
            RepairState::Pending { .. } if !self.version.has_pending_repair() => Err(Error::unsupported(
                format!("the SSTables are {state}, which the version {} cannot tell", self.version),
            )
            .advise("let them count as unrepaired with --mark-unrepaired")),
            state => Ok(state),
        }
    }
}
