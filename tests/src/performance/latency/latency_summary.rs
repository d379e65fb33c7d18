//! Latencies in a few figures.

use serde::{Deserialize, Serialize};

/// Latencies in a few figures, in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatencySummary {
    /// How many operations.
    pub count: u64,
    /// The shortest.
    pub min_nanos: u64,
    /// The mean.
    pub mean_nanos: u64,
    /// Half of them took no longer.
    pub p50_nanos: u64,
    /// Of a hundred, 95 took no longer.
    pub p95_nanos: u64,
    /// Of a hundred, 99 took no longer.
    pub p99_nanos: u64,
    /// Of a thousand, 999 took no longer.
    pub p99_9_nanos: u64,
    /// The longest.
    pub max_nanos: u64,
}

impl LatencySummary {
    /// The figures that have a target or a trend: name and seconds.
    pub fn figures(&self) -> [(&'static str, f64); 6] {
        [
            ("p50", seconds(self.p50_nanos)),
            ("p95", seconds(self.p95_nanos)),
            ("p99", seconds(self.p99_nanos)),
            ("p99_9", seconds(self.p99_9_nanos)),
            ("max", seconds(self.max_nanos)),
            ("mean", seconds(self.mean_nanos)),
        ]
    }
}

fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}
