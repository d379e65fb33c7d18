//! A line that raises an alert where it is passed.

use super::super::Bound;
use super::AlertLevel;

/// A line that raises an alert where a metric passes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// The name of the metric.
    pub metric: String,
    /// How grave it is.
    pub level: AlertLevel,
    /// Where the metric should stay.
    pub bound: Bound,
}

impl Threshold {
    /// A threshold of a metric.
    pub fn new(metric: impl Into<String>, level: AlertLevel, bound: Bound) -> Self {
        Self { metric: metric.into(), level, bound }
    }
}
