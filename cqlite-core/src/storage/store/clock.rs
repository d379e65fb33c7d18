//! The time of day.

use std::fmt::Debug;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time of day. It may go backwards, as clocks of machines do.
pub trait WallClock: Debug + Send + Sync {
    /// Microseconds since 1970.
    fn now_micros(&self) -> i64;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct MachineClock;

impl WallClock for MachineClock {
    fn now_micros(&self) -> i64 {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)
    }
}

/// A timestamp that is further ahead of the time was not given by a clock that is nearly right: somebody chose it, or counts in
/// another unit.
const FURTHEST_AHEAD_MICROS: i64 = 24 * 3_600 * 1_000_000;

/// Gives out timestamps of writes, each greater than all before, whatever the clock does.
#[derive(Debug)]
pub(super) struct Timestamps {
    last: AtomicI64,
    /// A time that was once: it is not earlier now.
    passed_time: AtomicI64,
}

impl Timestamps {
    /// All are greater than `last`.
    pub(super) fn after(last: i64) -> Self {
        Self { last: AtomicI64::new(last), passed_time: AtomicI64::new(i64::MIN) }
    }

    /// The time, or one microsecond more than the last one.
    pub(super) fn next(&self, clock: &dyn WallClock) -> i64 {
        let now = clock.now_micros();
        let next = |last: i64| now.max(last.saturating_add(1));
        match self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last))) {
            Ok(last) | Err(last) => next(last),
        }
    }

    /// It was this time once, whatever the clock says now.
    pub(super) fn pass_time(&self, micros: i64) {
        self.passed_time.fetch_max(micros, Ordering::Relaxed);
    }

    /// All later ones are greater than this, too, unless it is of a time far ahead: what is given out after such a one would hide
    /// whatever others write in all the time until then.
    pub(super) fn pass(&self, timestamp: i64, clock: &dyn WallClock) {
        let now = clock.now_micros().max(self.passed_time.load(Ordering::Relaxed));
        if timestamp <= now.saturating_add(FURTHEST_AHEAD_MICROS) {
            self.last.fetch_max(timestamp, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default)]
    struct Set(AtomicI64);

    impl WallClock for Set {
        fn now_micros(&self) -> i64 {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn timestamps_ascend_where_the_clock_stands_still_or_goes_back() {
        let (clock, timestamps) = (Set::default(), Timestamps::after(100));
        let mut last = 100;
        for now in [0, 100, 101, 500, 500, 20, 501] {
            clock.0.store(now, Ordering::Relaxed);
            let next = timestamps.next(&clock);
            assert!(next > last && next >= now, "{now}: {next} after {last}");
            last = next;
        }
        timestamps.pass(10_000, &clock);
        assert_eq!(timestamps.next(&clock), 10_001);
    }

    #[test]
    fn a_timestamp_of_a_time_far_ahead_is_not_passed() {
        const YEAR: i64 = 365 * 24 * 3_600 * 1_000_000;
        let (clock, timestamps) = (Set::default(), Timestamps::after(0));
        clock.0.store(20 * YEAR, Ordering::Relaxed);
        for ahead in [i64::MAX, i64::MAX - 1, 20_000 * YEAR, 21 * YEAR] {
            timestamps.pass(ahead, &clock);
            assert_eq!(timestamps.next(&clock), timestamps.last.load(Ordering::Relaxed));
            assert!(timestamps.next(&clock) < 20 * YEAR + 100, "{ahead}");
        }
        // The clock was right before it lost the time.
        timestamps.pass_time(30 * YEAR);
        timestamps.pass(30 * YEAR + 5, &clock);
        assert_eq!(timestamps.next(&clock), 30 * YEAR + 6);
    }
}
