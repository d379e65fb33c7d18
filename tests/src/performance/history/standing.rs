//! How a figure stands to earlier runs.

use serde::{Deserialize, Serialize};

/// How a figure stands to those of earlier runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Worse by more than the noise.
    Regression,
    /// Better by more than the noise.
    Improvement,
    /// Neither.
    WithinNoise,
    /// It cannot be said, and why.
    NotJudged(String),
}

impl Standing {
    /// In words.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Regression => "regression",
            Self::Improvement => "improvement",
            Self::WithinNoise => "within noise",
            Self::NotJudged(_) => "not judged",
        }
    }
}
