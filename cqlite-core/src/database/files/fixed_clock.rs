//! A time that was given.

use crate::storage::store::WallClock;

/// A clock that stands still.
#[derive(Debug, Clone, Copy)]
pub(super) struct FixedClock {
    /// Seconds since 1970.
    pub(super) now_seconds: i64,
}

impl WallClock for FixedClock {
    fn now_micros(&self) -> i64 {
        self.now_seconds.saturating_mul(1_000_000)
    }
}
