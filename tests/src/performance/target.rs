//! A figure that is to be reached.

use serde::{Deserialize, Serialize};

use super::{Bound, Unit};

/// A figure that is to be reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// The name of the metric that it is about.
    pub name: String,
    /// What is measured, for people.
    pub what: String,
    /// What the figure counts.
    pub unit: Unit,
    /// What the figure must reach or not pass.
    pub bound: Bound,
    /// What the reference asks, where it asks something else.
    pub reference: Option<String>,
    /// Whether only figures of batches count that were measured in an open loop, from the scheduled start
    /// ([`record_batch`](super::PerformanceMonitor::record_batch)).
    #[serde(default)]
    pub open_loop: bool,
}

impl Target {
    /// A target without a note.
    pub fn new(name: impl Into<String>, what: impl Into<String>, unit: Unit, bound: Bound) -> Self {
        Self { name: name.into(), what: what.into(), unit, bound, reference: None, open_loop: false }
    }

    /// Notes what the reference asks.
    #[must_use]
    pub fn with_reference(self, reference: impl Into<String>) -> Self {
        Self { reference: Some(reference.into()), ..self }
    }

    /// Counts only figures of batches that were measured in an open loop, from the scheduled start.
    #[must_use]
    pub fn in_open_loop(self) -> Self {
        Self { open_loop: true, ..self }
    }
}
