//! One value of a row.

use super::NO_DELETION_TIME;

/// A cell, borrowed from the place where it was decoded (`db.rows.Cell`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The column: its index among the static or the regular columns of the SSTable's header.
    pub column: usize,
    /// The write time in microseconds.
    pub timestamp: i64,
    /// The time to live; 0 if the cell does not expire.
    pub ttl_seconds: i32,
    /// When it expires or was deleted, in seconds since 1970; [`NO_DELETION_TIME`] if neither.
    pub local_deletion_time_seconds: i64,
    /// Which element or field this is the cell of, for columns with many cells.
    pub path: Option<&'a [u8]>,
    /// The value as its type serializes it. A tombstone has none; an empty value is not a missing one.
    pub value: &'a [u8],
}

impl Cell<'_> {
    /// Whether the cell deletes its value.
    pub fn is_tombstone(&self) -> bool {
        self.local_deletion_time_seconds != NO_DELETION_TIME && self.ttl_seconds == 0
    }

    /// Whether the cell has a TTL, expired or not.
    pub fn is_expiring(&self) -> bool {
        self.ttl_seconds != 0
    }

    /// Whether the cell has a value at the second `now_seconds`.
    pub fn is_live(&self, now_seconds: i64) -> bool {
        self.local_deletion_time_seconds == NO_DELETION_TIME
            || (self.ttl_seconds != 0 && now_seconds < self.local_deletion_time_seconds)
    }
}
