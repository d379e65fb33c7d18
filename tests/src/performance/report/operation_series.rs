//! A kind of operation over time.

use serde::{Deserialize, Serialize};

use super::super::{Interval, number};

/// A kind of operation over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperationSeries {
    /// The name of the operation.
    pub name: String,
    /// What it came to in each interval.
    pub over_time: Vec<Interval<OperationPoint>>,
}

impl OperationSeries {
    /// How many operations there were in all.
    pub fn count(&self) -> u64 {
        self.over_time.iter().map(|interval| interval.seen.count).sum()
    }
}

/// What a kind of operation came to in an interval. Percentiles are at most 1.6 % above what they were, and never below.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperationPoint {
    /// How many operations.
    pub count: u64,
    /// How many in a second.
    #[serde(with = "number")]
    pub throughput: f64,
    /// Half of them took no longer.
    pub p50_nanos: u64,
    /// Of a hundred, 99 took no longer.
    pub p99_nanos: u64,
    /// Of a thousand, 999 took no longer.
    pub p99_9_nanos: u64,
    /// The longest.
    pub max_nanos: u64,
}
