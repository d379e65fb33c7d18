//! What a scenario needs and does not find.

use std::{error, fmt};

/// What a scenario needs is not there: it counts as not run.
#[derive(Debug)]
pub struct NotRun(String);

impl NotRun {
    /// For this reason.
    pub fn because(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for NotRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for NotRun {}
