//! When the operations of an open loop are due.

use std::time::{Duration, Instant};

use crate::{Error, Result};

/// When the operations of an open loop are due: at a constant rate, whatever became of the ones before.
#[derive(Debug, Clone, Copy)]
pub struct ArrivalSchedule {
    begun: Instant,
    rate: f64,
}

impl ArrivalSchedule {
    /// So many operations a second, the first of them at the beginning.
    ///
    /// # Errors
    /// If the rate is not a positive number.
    pub fn new(begun: Instant, rate: f64) -> Result<Self> {
        match rate.is_finite() && rate > 0.0 {
            true => Ok(Self { begun, rate }),
            false => Err(Error::said("schedule operations", format!("{rate} a second is no rate"))),
        }
    }

    /// When the operation of that number, from zero, is due.
    pub fn due(&self, operation: u64) -> Instant {
        // Each from the beginning, so that what is rounded does not add up.
        let after = Duration::try_from_secs_f64(operation as f64 / self.rate).unwrap_or(Duration::MAX);
        self.begun.checked_add(after).unwrap_or(self.begun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_due_at_a_constant_rate() {
        let begun = Instant::now();
        let schedule = ArrivalSchedule::new(begun, 3_000.0).unwrap();
        assert_eq!(schedule.due(0), begun);
        assert_eq!(schedule.due(3), begun + Duration::from_millis(1));
        assert_eq!(schedule.due(30_000_000), begun + Duration::from_secs(10_000));
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(ArrivalSchedule::new(Instant::now(), rate).is_err());
        }
    }
}
