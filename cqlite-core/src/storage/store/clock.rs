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

/// Gives out timestamps of writes, each greater than all before, whatever the clock does.
#[derive(Debug)]
pub(super) struct Timestamps {
    last: AtomicI64,
}

impl Timestamps {
    /// All are greater than `last`.
    pub(super) fn after(last: i64) -> Self {
        Self { last: AtomicI64::new(last) }
    }

    /// The time, or one microsecond more than the last one.
    pub(super) fn next(&self, clock: &dyn WallClock) -> i64 {
        let now = clock.now_micros();
        let next = |last: i64| now.max(last.saturating_add(1));
        match self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last))) {
            Ok(last) | Err(last) => next(last),
        }
    }

    /// All later ones are greater than this, too.
    pub(super) fn pass(&self, timestamp: i64) {
        // The greatest number there is stands for no time.
        if timestamp < i64::MAX {
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
        timestamps.pass(10_000);
        assert_eq!(timestamps.next(&clock), 10_001);
    }
}
