//! How grave an alert is.

use serde::{Deserialize, Serialize};

/// How grave an alert is, the least grave first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertLevel {
    /// Worth knowing.
    Info,
    /// Worth a look.
    Warning,
    /// The run is in danger, or its figures are.
    Critical,
}

impl AlertLevel {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}
