//! Measures a batch of operations.

use std::time::{Duration, Instant};

use super::{BatchFigures, Latencies};

/// Measures a batch of operations. Each thread has its own, and they are merged at the end.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use cqlite_tests::performance::{ArrivalSchedule, BatchPerformanceMeasurer};
///
/// let begun = Instant::now();
/// let schedule = ArrivalSchedule::new(begun, 10_000.0)?;
/// let mut measurer = BatchPerformanceMeasurer::begun(begun);
/// for operation in 0..100 {
///     let due = schedule.due(operation);
///     while Instant::now() < due {
///         std::hint::spin_loop();
///     }
///     // The operation goes here.
///     measurer.record_scheduled(due, Instant::now());
/// }
/// let figures = measurer.finalize();
/// assert_eq!(figures.latency.count, 100);
/// assert!(figures.throughput() <= 10_200.0);
/// # Ok::<(), cqlite_tests::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BatchPerformanceMeasurer {
    begun: Instant,
    latencies: Latencies,
}

impl BatchPerformanceMeasurer {
    /// A batch that begins now.
    pub fn new() -> Self {
        Self::begun(Instant::now())
    }

    /// A batch that began then.
    pub fn begun(begun: Instant) -> Self {
        Self { begun, latencies: Latencies::new() }
    }

    /// Takes an operation of a closed loop: how long it took from when it began.
    #[inline]
    pub fn record_operation(&mut self, latency: Duration) {
        self.latencies.record(latency);
    }

    /// Takes an operation of an open loop: its latency counts from when it was due, whenever it could begin. What ended before it
    /// was due took no time.
    #[inline]
    pub fn record_scheduled(&mut self, due: Instant, ended: Instant) {
        self.latencies.record_scheduled(due, ended);
    }

    /// Takes what another thread measured of the same batch, which began when the first of them did.
    pub fn merge(&mut self, other: &Self) {
        self.begun = self.begun.min(other.begun);
        self.latencies.add(&other.latencies);
    }

    /// How many operations there were so far.
    pub fn count(&self) -> u64 {
        self.latencies.count()
    }

    /// Ends the batch now.
    pub fn finalize(self) -> BatchFigures {
        self.finalize_at(Instant::now())
    }

    /// Ends the batch at that time.
    pub fn finalize_at(self, ended: Instant) -> BatchFigures {
        BatchFigures {
            measured: self.latencies.measured(),
            elapsed: ended.saturating_duration_since(self.begun),
            latency: self.latencies.summary(),
            curve: self.latencies.curve(),
        }
    }
}

impl Default for BatchPerformanceMeasurer {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ArrivalSchedule, Loop};
    use super::*;

    const SERVICE: Duration = Duration::from_micros(100);
    const PAUSE: Duration = Duration::from_secs(1);

    /// A client of a server that needs 100 µs an operation and pauses a second in the middle of ten: when each of its
    /// operations was due, began and ended.
    fn paused_server(begun: Instant) -> Vec<(Instant, Instant, Instant)> {
        let schedule = ArrivalSchedule::new(begun, 1_000.0).unwrap();
        let mut free = begun;
        let times = (0..10_000).map(|operation| {
            let due = schedule.due(operation);
            let begins = due.max(free);
            free = begins + SERVICE + if operation == 5_000 { PAUSE } else { Duration::ZERO };
            (due, begins, free)
        });
        times.collect()
    }

    #[test]
    fn a_pause_delays_all_operations_that_were_due_in_it() {
        let begun = Instant::now();
        let (mut closed, mut open) =
            (BatchPerformanceMeasurer::begun(begun), BatchPerformanceMeasurer::begun(begun));
        for (due, begins, ended) in paused_server(begun) {
            closed.record_operation(ended - begins);
            open.record_scheduled(due, ended);
        }
        let ended = begun + Duration::from_secs(10);
        let (closed, open) = (closed.finalize_at(ended), open.finalize_at(ended));
        // The closed loop leaves the pause out of all percentiles: it met one operation in ten thousand.
        assert!(closed.latency.p99_9_nanos < 101_000, "{:?}", closed.latency);
        // From the scheduled start more than a tenth waited, up to a second.
        assert!(open.latency.p95_nanos > 400_000_000, "{:?}", open.latency);
        assert!(open.latency.p99_nanos > 850_000_000, "{:?}", open.latency);
        assert_eq!(open.latency.p50_nanos, closed.latency.p50_nanos);
        assert_eq!((closed.measured, open.measured), (Loop::Closed, Loop::Open));
    }

    #[test]
    fn throughput_is_of_the_whole_time_and_all_threads() {
        let begun = Instant::now();
        let mut one = BatchPerformanceMeasurer::begun(begun + SERVICE);
        let mut other = BatchPerformanceMeasurer::begun(begun);
        (0..300).for_each(|_| one.record_operation(SERVICE));
        (0..700).for_each(|_| other.record_operation(SERVICE * 2));
        one.merge(&other);
        assert_eq!(one.count(), 1_000);
        let figures = one.finalize_at(begun + Duration::from_millis(500));
        assert_eq!(figures.throughput(), 2_000.0);
        assert_eq!(figures.latency.max_nanos, 200_000);
    }

    #[test]
    fn what_ends_before_it_is_due_took_no_time() {
        let begun = Instant::now();
        let mut measurer = BatchPerformanceMeasurer::begun(begun);
        measurer.record_scheduled(begun + PAUSE, begun);
        measurer.record_operation(SERVICE);
        let figures = measurer.finalize_at(begun);
        assert_eq!(figures.latency.min_nanos, 0);
        assert_eq!(figures.measured, Loop::Mixed);
        assert_eq!(figures.throughput(), 0.0);
    }
}
