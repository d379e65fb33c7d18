//! The liveness of a row's primary key.

use std::cmp::Ordering;

use super::{EXPIRED_LIVENESS_TTL, NO_DELETION_TIME};

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
    /// Whether it was written as expired from its beginning: it never makes a row live.
    pub fn is_expired_marker(&self) -> bool {
        self.ttl_seconds == EXPIRED_LIVENESS_TTL
    }

    /// Whether the row is live by it at the second `now_seconds`.
    pub fn is_live(&self, now_seconds: i64) -> bool {
        !self.is_expired_marker() && (!self.is_expiring() || now_seconds < self.expires_at_seconds)
    }

    /// Compares two livenesses of a row: the greater one supersedes the other (`LivenessInfo.supersedes`).
    pub fn precedence(&self, other: &Self) -> Ordering {
        let by_expiry = || match (self.is_expiring(), other.is_expiring()) {
            (true, true) => (self.expires_at_seconds.cmp(&other.expires_at_seconds))
                .then_with(|| other.ttl_seconds.cmp(&self.ttl_seconds)),
            (expiring, other_expiring) => expiring.cmp(&other_expiring),
        };
        (self.timestamp.cmp(&other.timestamp))
            .then_with(|| self.is_expired_marker().cmp(&other.is_expired_marker()))
            .then_with(by_expiry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newer_liveness_wins_then_the_expired_then_the_expiring_one() {
        let expiring = |timestamp, ttl_seconds, expires_at_seconds| Liveness {
            timestamp,
            ttl_seconds,
            expires_at_seconds,
        };
        let ascending = [
            Liveness::new(1),
            expiring(1, 20, 5),
            expiring(1, 10, 5),
            expiring(1, 20, 6),
            expiring(1, EXPIRED_LIVENESS_TTL, 2),
            Liveness::new(2),
        ];
        for pair in ascending.windows(2) {
            assert_eq!(pair[0].precedence(&pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(pair[1].precedence(&pair[0]), Ordering::Greater, "{pair:?}");
        }
        assert!(expiring(1, 20, 5).is_live(4) && !expiring(1, 20, 5).is_live(5));
        assert!(!expiring(1, EXPIRED_LIVENESS_TTL, i64::MAX - 1).is_live(0));
    }
}
