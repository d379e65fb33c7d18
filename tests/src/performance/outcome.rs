//! What became of a target.

use serde::{Deserialize, Serialize};

use super::Spread;

/// What became of a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The median of the runs is on the right side.
    Held {
        /// The figure with its spread.
        measured: Spread,
        /// How many of the runs are on the wrong side all the same.
        runs_beyond: u64,
    },
    /// The median of the runs is on the wrong side.
    Missed {
        /// The figure with its spread.
        measured: Spread,
        /// How many of the runs are on the wrong side.
        runs_beyond: u64,
    },
    /// There is no figure, which is never as good as one that holds.
    NotRun {
        /// Why.
        reason: String,
    },
}

impl Outcome {
    /// The figure, if there is one.
    pub fn measured(&self) -> Option<&Spread> {
        match self {
            Self::Held { measured, .. } | Self::Missed { measured, .. } => Some(measured),
            Self::NotRun { .. } => None,
        }
    }

    /// In words.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Held { .. } => "held",
            Self::Missed { .. } => "missed",
            Self::NotRun { .. } => "not run",
        }
    }

    /// What else there is to say: why it was not run, or that the runs do not agree.
    pub fn remark(&self) -> Option<String> {
        match self {
            Self::NotRun { reason } => Some(reason.clone()),
            Self::Held { runs_beyond: 0, .. } => None,
            Self::Held { measured, runs_beyond } => {
                Some(format!("{runs_beyond} of {} runs missed it", measured.runs))
            }
            Self::Missed { measured, runs_beyond } if *runs_beyond < measured.runs => {
                Some(format!("{} of {} runs held it", measured.runs - runs_beyond, measured.runs))
            }
            Self::Missed { .. } => None,
        }
    }
}
