//! Intervals one after another, in bounded memory.

use super::Interval;

/// What two intervals one after the other come to.
pub trait Merge {
    /// Takes what was seen in the interval that follows.
    fn merge(&mut self, later: &Self);
}

/// Intervals one after another, in bounded memory whatever the duration: when there is no room left, each two neighbours become one,
/// and from then on as many samples make an interval as are in the others.
#[derive(Debug, Clone)]
pub struct TimeSeries<T> {
    intervals: Vec<Interval<T>>,
    capacity: usize,
    samples_each: u64,
    samples_in_last: u64,
}

impl<T: Merge> TimeSeries<T> {
    /// An empty series of at most so many intervals, but no fewer than two.
    pub fn new(capacity: usize) -> Self {
        Self { intervals: Vec::new(), capacity: capacity.max(2), samples_each: 1, samples_in_last: 0 }
    }

    /// Adds what was seen last.
    pub fn push(&mut self, from: f64, until: f64, seen: T) {
        if self.samples_in_last < self.samples_each
            && let Some(last) = self.intervals.last_mut()
        {
            last.until = until;
            last.seen.merge(&seen);
            self.samples_in_last += 1;
            return;
        }
        if self.intervals.len() >= self.capacity {
            self.halve();
            // The last may have been left without a neighbour.
            if self.samples_in_last < self.samples_each {
                return self.push(from, until, seen);
            }
        }
        self.intervals.push(Interval { from, until, seen });
        self.samples_in_last = 1;
    }

    /// The intervals, in the order of time.
    pub fn intervals(&self) -> &[Interval<T>] {
        &self.intervals
    }

    fn halve(&mut self) {
        let mut merged = Vec::<Interval<T>>::with_capacity(self.capacity);
        let mut alone = false;
        for interval in self.intervals.drain(..) {
            match merged.last_mut().filter(|_| alone) {
                Some(last) => {
                    last.until = interval.until;
                    last.seen.merge(&interval.seen);
                    alone = false;
                }
                None => {
                    merged.push(interval);
                    alone = true;
                }
            }
        }
        self.samples_in_last = if alone { self.samples_each } else { self.samples_each * 2 };
        self.samples_each *= 2;
        self.intervals = merged;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Sum(u64);

    impl Merge for Sum {
        fn merge(&mut self, later: &Self) {
            self.0 += later.0;
        }
    }

    fn series(capacity: usize, samples: u32) -> TimeSeries<Sum> {
        let mut series = TimeSeries::new(capacity);
        for sample in 0..samples {
            series.push(f64::from(sample), f64::from(sample + 1), Sum(1));
        }
        series
    }

    #[test]
    fn few_samples_stay_as_they_are() {
        let series = series(8, 8);
        assert!(
            series.intervals().iter().all(|interval| interval.seen == Sum(1) && interval.seconds() == 1.0)
        );
    }

    #[test]
    fn a_series_stays_bounded_and_loses_nothing_whatever_the_duration() {
        for capacity in [2, 3, 7, 8] {
            for samples in (0..100).chain([1_000, 65_537]) {
                let series = series(capacity, samples);
                let intervals = series.intervals();
                assert!(intervals.len() <= capacity, "{} of {capacity}", intervals.len());
                assert_eq!(intervals.iter().map(|interval| interval.seen.0).sum::<u64>(), u64::from(samples));
                assert!(intervals.windows(2).all(|pair| pair[0].until == pair[1].from));
                assert_eq!(intervals.last().map_or(0.0, |last| last.until), f64::from(samples));
            }
        }
    }

    #[test]
    fn intervals_stay_equally_long_but_for_the_last() {
        let series = series(8, 1_003);
        let lengths = series.intervals().iter().map(Interval::seconds).collect::<Vec<_>>();
        let (last, others) = lengths.split_last().unwrap();
        assert!(others.iter().all(|length| length == &others[0]), "{lengths:?}");
        assert!(*last <= others[0]);
        assert!(lengths.len() > 4, "{lengths:?}");
    }
}
