//! A part of a run.

use serde::{Deserialize, Serialize};

use super::number;

/// A part of a run, and how it ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// What it does.
    pub about: String,
    /// When it began, in seconds since the monitor did.
    #[serde(with = "number")]
    pub from: f64,
    /// How long it took.
    #[serde(with = "number")]
    pub seconds: f64,
    /// How it ended.
    pub end: PartEnd,
}

/// How a part of a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "end", content = "reason")]
pub enum PartEnd {
    /// It did what it is there for.
    Completed,
    /// It did not, for this reason: what it measured before counts all the same.
    Failed(String),
    /// What it needs is not there.
    NotRun(String),
}

impl PartEnd {
    /// In words.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed(_) => "failed",
            Self::NotRun(_) => "not run",
        }
    }

    /// Why it did not complete; none if it did.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Completed => None,
            Self::Failed(reason) | Self::NotRun(reason) => Some(reason),
        }
    }
}
