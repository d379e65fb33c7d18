//! A gauge over time.

use serde::{Deserialize, Serialize};

use super::super::{Gauge, Interval, Unit};

/// A gauge over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GaugeSeries {
    /// The name of the gauge.
    pub name: String,
    /// What it shows.
    pub unit: Unit,
    /// Its readings.
    pub over_time: Vec<Interval<Gauge>>,
}
