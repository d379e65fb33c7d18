//! A metric that passed a threshold.

use serde::{Deserialize, Serialize};

use super::super::{Bound, Unit, number};
use super::AlertLevel;

/// A metric that passed a threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// How grave it is.
    pub level: AlertLevel,
    /// The name of the metric.
    pub metric: String,
    /// What the metric counts.
    pub unit: Unit,
    /// Where it should have stayed.
    pub bound: Bound,
    /// Its worst value while the alert lasted.
    #[serde(with = "number")]
    pub worst: f64,
    /// When it passed the threshold, in seconds since the monitor began.
    #[serde(with = "number")]
    pub raised: f64,
    /// When it was back; none while it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleared: Option<f64>,
}
