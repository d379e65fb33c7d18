//! The latencies of one kind of operation.

use serde::{Deserialize, Serialize};

use super::{LatencySummary, Loop, PercentilePoint};

/// The latencies of one kind of operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LatencyProfile {
    /// The name of the operation.
    pub name: String,
    /// From when latencies were taken.
    pub measured: Loop,
    /// Count, percentiles, longest and mean.
    pub summary: LatencySummary,
    /// The curve of percentiles.
    pub curve: Vec<PercentilePoint>,
}
