//! A point of a curve of percentiles.

use serde::{Deserialize, Serialize};

use super::super::number;

/// A point of a curve of percentiles.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PercentilePoint {
    /// The part of the operations that took no longer, from zero to one.
    #[serde(with = "number")]
    pub quantile: f64,
    /// How long that is.
    pub nanos: u64,
}
