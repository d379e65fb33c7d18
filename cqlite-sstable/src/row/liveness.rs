//! The liveness of a row's primary key.

use super::NO_DELETION_TIME;

/// Since when and how long a row exists, its columns apart (`db.LivenessInfo`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Liveness {
    /// The write time in microseconds.
    pub timestamp: i64,
    /// The time to live; 0 if the row does not expire.
    pub ttl_seconds: i32,
    /// When it expires, in seconds since 1970; [`NO_DELETION_TIME`] if it does not.
    pub expires_at_seconds: i64,
}

impl Liveness {
    /// Liveness that does not expire.
    pub fn new(timestamp: i64) -> Self {
        Self { timestamp, ttl_seconds: 0, expires_at_seconds: NO_DELETION_TIME }
    }

    /// Whether it has a TTL.
    pub fn is_expiring(&self) -> bool {
        self.ttl_seconds != 0
    }
}
