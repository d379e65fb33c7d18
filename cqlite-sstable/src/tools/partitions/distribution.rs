//! How a count is distributed over partitions.

use serde_json::{Value, json};

use crate::component::statistics::EstimatedHistogram;

/// Buckets up to 3.5 TB, as `sstablepartitions` has them for sizes.
const BUCKETS: usize = 155;

/// The percentiles that are told, with their names.
pub(super) const PERCENTILES: [(&str, f64); 6] =
    [("p50", 0.5), ("p75", 0.75), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999)];

/// A histogram with zeros, and the exact least and greatest value.
#[derive(Debug, Clone)]
pub(super) struct Distribution {
    histogram: EstimatedHistogram,
    zeros: u64,
    count: u64,
    pub(super) min: u64,
    pub(super) max: u64,
}

impl Distribution {
    pub(super) fn new() -> Self {
        Self { histogram: EstimatedHistogram::new(BUCKETS), zeros: 0, count: 0, min: u64::MAX, max: 0 }
    }

    pub(super) fn add(&mut self, value: u64) {
        match i64::try_from(value).unwrap_or(i64::MAX) {
            0 => self.zeros += 1,
            value => self.histogram.add(value, 1),
        }
        self.count += 1;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// A value that is at most a fifth greater than that at `percentile`, 0 to 1.
    pub(super) fn percentile(&self, percentile: f64) -> u64 {
        let wanted = (self.count as f64 * percentile).ceil() as u64;
        let mut seen = self.zeros;
        if wanted <= seen {
            return 0;
        }
        for (up_to, count) in self.histogram.buckets() {
            seen += count.unsigned_abs();
            if seen >= wanted {
                return up_to.unsigned_abs().min(self.max);
            }
        }
        self.max
    }

    pub(super) fn to_json(&self) -> Value {
        if self.count == 0 {
            return Value::Null;
        }
        let mut object = serde_json::Map::new();
        object.insert("min".to_owned(), json!(self.min));
        for (name, percentile) in PERCENTILES {
            object.insert(name.to_owned(), json!(self.percentile(percentile)));
        }
        object.insert("max".to_owned(), json!(self.max));
        Value::Object(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_count_and_no_percentile_is_beyond_the_greatest() {
        let mut distribution = Distribution::new();
        for value in [0, 0, 0, 5, 100, 1000] {
            distribution.add(value);
        }
        let told = [0.5, 0.6, 0.8, 0.99].map(|percentile| distribution.percentile(percentile));
        assert_eq!(told, [0, 5, 103, 1000]);
        assert_eq!((distribution.min, distribution.max, distribution.count()), (0, 1000, 6));
    }
}
