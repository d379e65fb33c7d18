//! Latencies on their way to another process.

use serde::{Deserialize, Serialize};

/// Latencies on their way to another process: all of a histogram that is not zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct LatenciesRecord {
    /// The longest time of each bucket, in nanoseconds, and how many are in it.
    pub(super) buckets: Vec<(u64, u64)>,
    pub(super) count: u64,
    pub(super) scheduled: u64,
    pub(super) sum_nanos: u128,
    pub(super) min_nanos: u64,
    pub(super) max_nanos: u64,
}
