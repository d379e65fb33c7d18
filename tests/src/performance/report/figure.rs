//! A figure of a run.

use serde::{Deserialize, Serialize};

use super::super::{Better, Bound, Spread, Unit};

/// A figure of a run, or of its repetitions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The name of the metric.
    pub name: String,
    /// What it counts.
    pub unit: Unit,
    /// Which way it improves, where that is known.
    pub better: Option<Better>,
    /// Its target, if it has one.
    pub bound: Option<Bound>,
    /// The figure with its spread.
    pub spread: Spread,
}
