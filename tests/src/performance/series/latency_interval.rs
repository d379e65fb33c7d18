//! The operations of one interval.

use serde::{Deserialize, Serialize};

use super::super::Latencies;
use super::{Merge, counts::Counts};

/// So many bits of a time are kept in an interval: its buckets are less than 1.6 % wide.
const KEPT_BITS: u32 = 6;

/// The operations of one interval, with percentiles of their times (at most 1.6 % above what they were, and never below), and the
/// exact longest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatencyInterval {
    counts: Counts,
    count: u64,
    sum_nanos: u128,
    max_nanos: u64,
}

impl LatencyInterval {
    /// The interval of these latencies.
    pub fn of(latencies: &Latencies) -> Self {
        Self {
            counts: Counts::of(latencies.buckets().map(|(nanos, count)| (coarse(nanos), count))),
            count: latencies.count(),
            sum_nanos: latencies.sum_nanos(),
            max_nanos: latencies.max_nanos(),
        }
    }

    /// How many operations.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The time that this part of the operations did not pass, in nanoseconds; zero of none.
    pub fn quantile_nanos(&self, quantile: f64) -> u64 {
        self.counts.quantile(quantile).min(self.max_nanos)
    }

    /// The longest time, in nanoseconds; zero of none.
    pub fn max_nanos(&self) -> u64 {
        self.max_nanos
    }

    /// The mean time, in nanoseconds; zero of none.
    pub fn mean_nanos(&self) -> u64 {
        let mean = self.sum_nanos.checked_div(u128::from(self.count)).unwrap_or(0);
        u64::try_from(mean).unwrap_or(u64::MAX)
    }
}

impl Merge for LatencyInterval {
    fn merge(&mut self, later: &Self) {
        self.counts.add(&later.counts);
        self.count += later.count;
        self.sum_nanos += later.sum_nanos;
        self.max_nanos = self.max_nanos.max(later.max_nanos);
    }
}

/// The longest time of the coarser bucket.
fn coarse(nanos: u64) -> u64 {
    let bits = u64::BITS - nanos.leading_zeros();
    let dropped = bits.saturating_sub(KEPT_BITS + 1);
    nanos | ((1_u64 << dropped) - 1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn interval(micros: std::ops::Range<u64>) -> LatencyInterval {
        let mut latencies = Latencies::new();
        micros.for_each(|micros| latencies.record(Duration::from_micros(micros)));
        LatencyInterval::of(&latencies)
    }

    #[test]
    fn an_interval_is_small_and_its_percentiles_are_near_and_never_below() {
        let interval = interval(1..100_001);
        for quantile in [0.01, 0.5, 0.9, 0.99, 0.999] {
            let exact = quantile * 100_000_000.0;
            let told = interval.quantile_nanos(quantile) as f64;
            assert!((exact..exact * 1.017).contains(&told), "{told} for {exact}");
        }
        assert_eq!((interval.count(), interval.max_nanos()), (100_000, 100_000_000));
        assert_eq!(interval.quantile_nanos(1.0), 100_000_000);
        assert!(interval.counts != Counts::default());
    }

    #[test]
    fn intervals_merge_to_that_of_both() {
        let mut first = interval(1..5_000);
        first.merge(&interval(5_000..10_000));
        assert_eq!(first, interval(1..10_000));
        assert_eq!(LatencyInterval::default().mean_nanos(), 0);
    }
}
