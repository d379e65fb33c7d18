//! Latencies of operations, in an HDR histogram.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::{LatencySummary, Loop, PercentilePoint, latencies_record::LatenciesRecord};

/// Times are told apart by three digits: a percentile is at most 0.1 % above what it was, and never below.
const SIGNIFICANT_DIGITS: u8 = 3;

/// How fine the curve of percentiles is: so many points each time what is left of the operations halves.
const POINTS_A_HALVING: u32 = 5;

/// Latencies of operations. Count, mean, least and greatest are exact; percentiles come from an HDR histogram of three
/// significant digits, which grows as longer times come: 100 ms take about 140 KB.
#[derive(Debug, Clone)]
pub struct Latencies {
    histogram: Option<Histogram<u64>>,
    count: u64,
    scheduled: u64,
    sum_nanos: u128,
    min_nanos: u64,
    max_nanos: u64,
}

impl Latencies {
    /// None yet.
    pub fn new() -> Self {
        // The digits are right, so that there is one.
        let histogram = Histogram::new(SIGNIFICANT_DIGITS).ok();
        Self { histogram, count: 0, scheduled: 0, sum_nanos: 0, min_nanos: u64::MAX, max_nanos: 0 }
    }

    /// Takes an operation of a closed loop: how long it took from when it began.
    #[inline]
    pub fn record(&mut self, latency: Duration) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.count += 1;
        self.sum_nanos += u128::from(nanos);
        self.min_nanos = self.min_nanos.min(nanos);
        self.max_nanos = self.max_nanos.max(nanos);
        if let Some(histogram) = &mut self.histogram {
            // It grows by itself, up to the longest that 64 bits of nanoseconds can tell.
            let _out_of_range = histogram.record(nanos.min(i64::MAX.unsigned_abs()));
        }
    }

    /// Takes an operation of an open loop: its latency counts from when it was due, whenever it could begin. What ended before it
    /// was due took no time.
    #[inline]
    pub fn record_scheduled(&mut self, due: Instant, ended: Instant) {
        self.scheduled += 1;
        self.record(ended.saturating_duration_since(due));
    }

    /// Takes what another has taken.
    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.scheduled += other.scheduled;
        self.sum_nanos += other.sum_nanos;
        self.min_nanos = self.min_nanos.min(other.min_nanos);
        self.max_nanos = self.max_nanos.max(other.max_nanos);
        if let (Some(histogram), Some(other)) = (&mut self.histogram, &other.histogram) {
            let _out_of_range = histogram.add(other);
        }
    }

    /// Forgets all, and keeps the room.
    pub fn clear(&mut self) {
        if self.count == 0 {
            return;
        }
        let histogram = self.histogram.take().map(|mut histogram| {
            histogram.reset();
            histogram
        });
        *self = Self { histogram, count: 0, scheduled: 0, sum_nanos: 0, min_nanos: u64::MAX, max_nanos: 0 };
    }

    /// How many operations.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// From when the latencies were taken.
    pub fn measured(&self) -> Loop {
        match self.scheduled {
            0 => Loop::Closed,
            all if all == self.count => Loop::Open,
            _ => Loop::Mixed,
        }
    }

    /// The time that this part of all operations did not pass, from zero to one.
    pub fn quantile(&self, quantile: f64) -> Duration {
        let of_bucket = self.histogram.as_ref().map_or(0, |histogram| histogram.value_at_quantile(quantile));
        Duration::from_nanos(of_bucket.min(self.max_nanos))
    }

    /// All of it in a few figures.
    pub fn summary(&self) -> LatencySummary {
        let mean = self.sum_nanos.checked_div(u128::from(self.count)).unwrap_or(0);
        LatencySummary {
            count: self.count,
            min_nanos: if self.count == 0 { 0 } else { self.min_nanos },
            mean_nanos: u64::try_from(mean).unwrap_or(u64::MAX),
            p50_nanos: self.nanos_at(0.5),
            p95_nanos: self.nanos_at(0.95),
            p99_nanos: self.nanos_at(0.99),
            p99_9_nanos: self.nanos_at(0.999),
            max_nanos: self.max_nanos,
        }
    }

    /// The curve of percentiles, finer towards the longest, as the logarithmic axis of a percentile plot has it.
    pub fn curve(&self) -> Vec<PercentilePoint> {
        let Some(histogram) = &self.histogram else { return Vec::new() };
        let mut points = Vec::<PercentilePoint>::new();
        for step in histogram.iter_quantiles(POINTS_A_HALVING) {
            let nanos = step.value_iterated_to().min(self.max_nanos);
            let quantile = step.quantile_iterated_to();
            points.push(PercentilePoint { quantile, nanos });
        }
        points
    }

    /// The counts of the buckets that have any: the longest time of each bucket, in nanoseconds, and how many.
    pub(in super::super) fn buckets(&self) -> impl Iterator<Item = (u64, u64)> {
        let recorded = self.histogram.iter().flat_map(Histogram::iter_recorded);
        recorded.map(|step| (step.value_iterated_to(), step.count_at_value()))
    }

    /// The exact sum of all times.
    pub(in super::super) fn sum_nanos(&self) -> u128 {
        self.sum_nanos
    }

    /// The longest time; zero of none.
    pub(in super::super) fn max_nanos(&self) -> u64 {
        self.max_nanos
    }

    /// All that is known, to be carried to another process.
    pub(in super::super) fn to_record(&self) -> LatenciesRecord {
        LatenciesRecord {
            buckets: self.buckets().collect(),
            count: self.count,
            scheduled: self.scheduled,
            sum_nanos: self.sum_nanos,
            min_nanos: self.min_nanos,
            max_nanos: self.max_nanos,
        }
    }

    /// What another process has carried here.
    pub(in super::super) fn from_record(record: &LatenciesRecord) -> Self {
        let mut latencies = Self::new();
        if let Some(histogram) = &mut latencies.histogram {
            for (nanos, count) in &record.buckets {
                let _out_of_range = histogram.record_n((*nanos).min(i64::MAX.unsigned_abs()), *count);
            }
        }
        let LatenciesRecord { count, scheduled, sum_nanos, min_nanos, max_nanos, .. } = *record;
        Self { count, scheduled, sum_nanos, min_nanos, max_nanos, ..latencies }
    }

    fn nanos_at(&self, quantile: f64) -> u64 {
        u64::try_from(self.quantile(quantile).as_nanos()).unwrap_or(u64::MAX)
    }
}

impl Default for Latencies {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_micros(micros: impl Iterator<Item = u64>) -> Latencies {
        let mut latencies = Latencies::new();
        micros.for_each(|micros| latencies.record(Duration::from_micros(micros)));
        latencies
    }

    #[test]
    fn percentiles_are_at_most_a_thousandth_above_what_they_were_and_never_below() {
        let summary = of_micros(1..=100_000).summary();
        let told = [
            (summary.p50_nanos, 50_000_000),
            (summary.p95_nanos, 95_000_000),
            (summary.p99_nanos, 99_000_000),
            (summary.p99_9_nanos, 99_900_000),
        ];
        for (nanos, exact) in told {
            assert!((exact..=exact + exact / 1_000).contains(&nanos), "{nanos} for {exact}");
        }
        assert_eq!(summary.count, 100_000);
        assert_eq!((summary.min_nanos, summary.max_nanos), (1_000, 100_000_000));
        assert_eq!(summary.mean_nanos, 50_000_500);
    }

    #[test]
    fn histograms_of_threads_add_up_to_that_of_all() {
        let mut odd = of_micros((1..10_000).step_by(2));
        odd.add(&of_micros((2..10_000).step_by(2)));
        assert_eq!(odd.summary(), of_micros(1..10_000).summary());
    }

    #[test]
    fn another_process_gets_all_that_is_known() {
        let mut latencies = of_micros(1..10_000);
        latencies.record_scheduled(Instant::now(), Instant::now());
        let carried = serde_json::to_string(&latencies.to_record()).unwrap();
        let arrived = Latencies::from_record(&serde_json::from_str(&carried).unwrap());
        assert_eq!(arrived.summary(), latencies.summary());
        assert_eq!((arrived.curve(), arrived.measured()), (latencies.curve(), Loop::Mixed));
    }

    #[test]
    fn of_no_operation_nothing_is_known() {
        let mut latencies = of_micros(1..10);
        latencies.clear();
        assert_eq!(latencies.summary(), LatencySummary::default());
        assert!(latencies.curve().iter().all(|point| point.nanos == 0));
    }

    #[test]
    fn a_time_beyond_all_measure_does_not_lose_the_operation() {
        let mut latencies = Latencies::new();
        latencies.record(Duration::MAX);
        assert_eq!(latencies.summary().count, 1);
        assert_eq!(latencies.summary().max_nanos, u64::MAX);
    }

    #[test]
    fn the_curve_climbs_to_the_longest() {
        let curve = of_micros(1..=10_000).curve();
        assert!(
            curve
                .windows(2)
                .all(|pair| pair[0].nanos <= pair[1].nanos && pair[0].quantile <= pair[1].quantile)
        );
        assert_eq!(curve.last().map(|point| point.nanos), Some(10_000_000));
        assert!(curve.len() < 100, "{}", curve.len());
    }
}
