//! What one kind of operation comes to while it runs.

use serde::{Deserialize, Serialize};

/// What one kind of operation comes to while it runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveCounter {
    /// The name of the operation.
    pub name: String,
    /// How many there were so far.
    pub count: u64,
    /// How many there were in a second, in the last interval.
    pub throughput: f64,
    /// Of a hundred in the last interval, 99 took no longer.
    pub p99_seconds: f64,
    /// The longest in the last interval.
    pub max_seconds: f64,
}
