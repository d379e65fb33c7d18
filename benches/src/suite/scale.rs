//! How much is run.

use serde::{Deserialize, Serialize};

/// How much is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// As much as a test of the scenarios themselves needs.
    Tiny,
    /// All suites in less than two minutes.
    Quick,
    /// All there is.
    Full,
}

impl Scale {
    /// What belongs to it.
    pub fn of<T>(self, tiny: T, quick: T, full: T) -> T {
        match self {
            Self::Tiny => tiny,
            Self::Quick => quick,
            Self::Full => full,
        }
    }

    /// In a word.
    pub fn name(self) -> &'static str {
        self.of("tiny", "quick", "full")
    }
}
