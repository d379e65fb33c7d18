//! What a batch of operations came to.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{LatencySummary, PercentilePoint};

/// What a batch of operations came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchFigures {
    /// From when latencies were taken.
    pub measured: Loop,
    /// From the beginning to the end of the whole batch.
    pub elapsed: Duration,
    /// Count, percentiles, longest and mean.
    pub latency: LatencySummary,
    /// The curve of percentiles.
    pub curve: Vec<PercentilePoint>,
}

/// From when the latency of an operation is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loop {
    /// From when it began: the next waits for the one before, so that a pause delays one operation a client.
    Closed,
    /// From when it was due: a pause delays all that were due in it.
    Open,
    /// Some so and some so, which no target is measured by.
    Mixed,
}

impl BatchFigures {
    /// Operations a second; zero where no time passed.
    pub fn throughput(&self) -> f64 {
        match self.elapsed.as_secs_f64() {
            0.0 => 0.0,
            seconds => self.latency.count as f64 / seconds,
        }
    }
}

impl Loop {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed loop",
            Self::Open => "open loop, from the scheduled start",
            Self::Mixed => "closed and open loop mixed",
        }
    }
}
