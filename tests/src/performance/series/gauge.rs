//! What was read from a gauge.

use serde::{Deserialize, Serialize};

use super::{super::number, Merge};

/// What was read from a gauge in an interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gauge {
    /// How often it was read.
    pub readings: u64,
    /// The least reading.
    #[serde(with = "number")]
    pub min: f64,
    /// The mean of the readings.
    #[serde(with = "number")]
    pub mean: f64,
    /// The greatest reading.
    #[serde(with = "number")]
    pub max: f64,
}

impl Gauge {
    /// One reading.
    pub fn reading(value: f64) -> Self {
        Self { readings: 1, min: value, mean: value, max: value }
    }
}

impl Merge for Gauge {
    fn merge(&mut self, later: &Self) {
        let readings = self.readings + later.readings;
        self.mean += (later.mean - self.mean) * later.readings as f64 / readings.max(1) as f64;
        self.min = self.min.min(later.min);
        self.max = self.max.max(later.max);
        self.readings = readings;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_merge_to_their_mean_and_ends() {
        let mut gauge = Gauge::reading(1.0);
        gauge.merge(&Gauge::reading(2.0));
        gauge.merge(&Gauge::reading(6.0));
        assert_eq!(gauge, Gauge { readings: 3, min: 1.0, mean: 3.0, max: 6.0 });
    }
}
