//! What was seen from one time to another.

use serde::{Deserialize, Serialize};

use super::super::number;

/// What was seen from one time to another, in seconds since the monitor began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interval<T> {
    /// The beginning.
    #[serde(with = "number")]
    pub from: f64,
    /// The end.
    #[serde(with = "number")]
    pub until: f64,
    /// What was seen.
    pub seen: T,
}

impl<T> Interval<T> {
    /// How long it is, in seconds.
    pub fn seconds(&self) -> f64 {
        self.until - self.from
    }

    /// Its middle, in seconds since the monitor began.
    pub fn middle(&self) -> f64 {
        f64::midpoint(self.from, self.until)
    }
}
