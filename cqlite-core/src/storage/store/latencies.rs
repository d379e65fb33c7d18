//! How long reads, writes and flushes take.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

/// Of so many operations one is timed: telling the time costs a part of what a read or write does.
const TIMED_OF: u64 = 8;

/// Nothing that takes longer is told apart.
const LONGEST_NANOS: u64 = 3_600_000_000_000;

/// How often something was done, and how long that took.
#[derive(Debug)]
pub(super) struct Latencies {
    count: AtomicU64,
    nanos: Mutex<Option<Histogram<u64>>>,
}

/// How often something was done, and how long it took, as far as it was timed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Latency {
    /// How often.
    pub count: u64,
    /// Half of them took no longer.
    pub p50: Duration,
    /// Of a hundred, 99 took no longer.
    pub p99: Duration,
    /// Of a thousand, 999 took no longer.
    pub p999: Duration,
    /// None took longer.
    pub max: Duration,
}

impl Default for Latencies {
    fn default() -> Self {
        // Two digits; the bounds are right, so that there is one.
        let nanos = Histogram::new_with_bounds(1, LONGEST_NANOS, 2).ok();
        Self { count: AtomicU64::new(0), nanos: Mutex::new(nanos) }
    }
}

impl Latencies {
    /// Counts an operation that begins; the time if it is one that is timed.
    #[inline]
    pub(super) fn begin(&self) -> Option<Instant> {
        let before = self.count.fetch_add(1, Ordering::Relaxed);
        before.is_multiple_of(TIMED_OF).then(Instant::now)
    }

    /// Notes how long a timed operation took.
    #[inline]
    pub(super) fn end(&self, begun: Option<Instant>) {
        if let Some(begun) = begun {
            self.note(begun.elapsed());
        }
    }

    fn note(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        if let Some(histogram) = &mut *self.nanos.lock().unwrap_or_else(PoisonError::into_inner) {
            histogram.saturating_record(nanos.max(1));
        }
    }

    /// Counts and times an operation.
    pub(super) fn add(&self, time: Duration) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.note(time);
    }

    pub(super) fn told(&self) -> Latency {
        let histogram = self.nanos.lock().unwrap_or_else(PoisonError::into_inner);
        let count = self.count.load(Ordering::Relaxed);
        let Some(histogram) = &*histogram else { return Latency { count, ..Latency::default() } };
        let at = |quantile| Duration::from_nanos(histogram.value_at_quantile(quantile));
        Latency {
            count,
            p50: at(0.5),
            p99: at(0.99),
            p999: at(0.999),
            max: Duration::from_nanos(histogram.max()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_quantiles_are_those_of_what_was_timed() {
        let latencies = Latencies::default();
        let timed = (0..80).filter(|_| latencies.begin().is_some()).count();
        assert_eq!((timed, latencies.told().count), (10, 80));
        (1..=1000).for_each(|micros| latencies.add(Duration::from_micros(micros)));
        let told = latencies.told();
        assert_eq!(told.count, 1080);
        let near = |time: Duration, micros: f64| (time.as_secs_f64() * 1e6 / micros - 1.0).abs() < 0.02;
        assert!(near(told.p50, 500.0) && near(told.p99, 990.0) && near(told.max, 1000.0), "{told:?}");
    }
}
