//! Which of two versions of a cell wins.

use std::cmp::Ordering;

use super::Cell;

/// Why one version of a cell wins over another, or why neither does (`db.rows.Cells.resolveRegular`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Precedence {
    /// It was written later.
    NewerTimestamp,
    /// Of one write time: it is deleted or expires, the other one is neither.
    DeletedOrExpiring,
    /// Of one write time: it is a tombstone, the other one expires.
    TombstoneOverExpiring,
    /// Of one write time, both tombstones or both expiring: it was deleted, or expires, later.
    LaterDeletionTime,
    /// Of one write time and one expiry: its TTL is shorter, so it was probably written later.
    ShorterTtl,
    /// Of one write time, and nothing else tells them apart: its bytes are greater, unsigned.
    GreaterValue,
    /// A tombstone of a counter wins whatever the write times are.
    CounterTombstone,
    /// A counter without a value wins over one with a value.
    EmptyCounter,
    /// Of counters, the shards of both are merged, and the later write time is taken.
    CounterMerge,
    /// Both say the same.
    Same,
}

/// Compares two versions of a cell that is no counter (`Cells.resolveRegular`). The greater one wins; the reason is
/// why.
///
/// # Example
/// ```
/// use cqlite_sstable::row::{Cell, NO_DELETION_TIME, Precedence, reconcile};
/// let cell = |timestamp, value| Cell {
///     column: 0,
///     timestamp,
///     ttl_seconds: 0,
///     local_deletion_time_seconds: NO_DELETION_TIME,
///     path: None,
///     value,
/// };
/// let (order, why) = reconcile(&cell(7, b"b"), &cell(7, b"a"));
/// assert!(order.is_gt());
/// assert_eq!(why, Precedence::GreaterValue);
/// ```
pub fn reconcile(left: &Cell<'_>, right: &Cell<'_>) -> (Ordering, Precedence) {
    let deleted_or_expiring = |cell: &Cell<'_>| cell.local_deletion_time_seconds != super::NO_DELETION_TIME;
    let (left_dies, right_dies) = (deleted_or_expiring(left), deleted_or_expiring(right));
    let by_time = (left.timestamp.cmp(&right.timestamp), Precedence::NewerTimestamp);
    let by_death = (left_dies.cmp(&right_dies), Precedence::DeletedOrExpiring);
    let by_value = (left.value.cmp(right.value), Precedence::GreaterValue);
    let steps = if left_dies && right_dies {
        let by_tombstone = (!left.is_expiring()).cmp(&!right.is_expiring());
        let by_local_time = left.local_deletion_time_seconds.cmp(&right.local_deletion_time_seconds);
        [
            by_time,
            (by_tombstone, Precedence::TombstoneOverExpiring),
            (by_local_time, Precedence::LaterDeletionTime),
            (right.ttl_seconds.cmp(&left.ttl_seconds), Precedence::ShorterTtl),
            by_value,
        ]
    } else {
        [by_time, by_death, by_value, by_value, by_value]
    };
    let decided = steps.into_iter().find(|(order, _)| order.is_ne());
    decided.unwrap_or((Ordering::Equal, Precedence::Same))
}

/// Compares two versions of a counter's cell (`Cells.resolveCounter`). Where it is
/// [`Precedence::CounterMerge`], neither wins: the shards of both are merged by
/// [`CounterShards`](crate::types::CounterShards), and the order is that of the write times.
pub fn reconcile_counters(left: &Cell<'_>, right: &Cell<'_>) -> (Ordering, Precedence) {
    let by_time = left.timestamp.cmp(&right.timestamp);
    match (left.is_tombstone(), right.is_tombstone()) {
        (true, true) => {
            let by_local_time = left.local_deletion_time_seconds.cmp(&right.local_deletion_time_seconds);
            match (by_time, by_local_time) {
                (Ordering::Equal, Ordering::Equal) => (Ordering::Equal, Precedence::Same),
                (Ordering::Equal, later) => (later, Precedence::LaterDeletionTime),
                (newer, _) => (newer, Precedence::NewerTimestamp),
            }
        }
        (false, false) => match (left.value.is_empty(), right.value.is_empty()) {
            (true, true) if by_time.is_eq() => (by_time, Precedence::Same),
            (true, true) => (by_time, Precedence::NewerTimestamp),
            (false, false) => (by_time, Precedence::CounterMerge),
            (left_is_empty, right_is_empty) => (left_is_empty.cmp(&right_is_empty), Precedence::EmptyCounter),
        },
        (left_is_deleted, right_is_deleted) => {
            (left_is_deleted.cmp(&right_is_deleted), Precedence::CounterTombstone)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::NO_DELETION_TIME;
    use super::*;

    fn live(timestamp: i64, value: &[u8]) -> Cell<'_> {
        let local_deletion_time_seconds = NO_DELETION_TIME;
        Cell { column: 0, timestamp, ttl_seconds: 0, local_deletion_time_seconds, path: None, value }
    }

    fn tombstone(timestamp: i64, local_deletion_time_seconds: i64) -> Cell<'static> {
        Cell { local_deletion_time_seconds, ..live(timestamp, b"") }
    }

    fn expiring(
        timestamp: i64,
        local_deletion_time_seconds: i64,
        ttl_seconds: i32,
        value: &[u8],
    ) -> Cell<'_> {
        Cell { local_deletion_time_seconds, ttl_seconds, ..live(timestamp, value) }
    }

    fn assert_wins(winner: &Cell<'_>, loser: &Cell<'_>, why: Precedence) {
        assert_eq!(reconcile(winner, loser), (Ordering::Greater, why));
        assert_eq!(reconcile(loser, winner), (Ordering::Less, why));
    }

    #[test]
    fn each_rule_decides_only_where_those_before_it_do_not() {
        use Precedence::{
            DeletedOrExpiring, GreaterValue, LaterDeletionTime, NewerTimestamp, ShorterTtl,
            TombstoneOverExpiring,
        };
        assert_wins(&live(2, b"a"), &tombstone(1, 99), NewerTimestamp);
        assert_wins(&tombstone(1, 5), &live(1, b"z"), DeletedOrExpiring);
        assert_wins(&expiring(1, 5, 3, b"a"), &live(1, b"z"), DeletedOrExpiring);
        assert_wins(&tombstone(1, 5), &expiring(1, 9, 3, b"z"), TombstoneOverExpiring);
        assert_wins(&tombstone(1, 6), &tombstone(1, 5), LaterDeletionTime);
        assert_wins(&expiring(1, 6, 9, b"a"), &expiring(1, 5, 3, b"z"), LaterDeletionTime);
        assert_wins(&expiring(1, 6, 3, b"a"), &expiring(1, 6, 9, b"z"), ShorterTtl);
        assert_wins(&expiring(1, 6, 3, b"b"), &expiring(1, 6, 3, b"a"), GreaterValue);
        assert_wins(&live(1, &[0x80]), &live(1, &[0x7F, 0xFF]), GreaterValue);
        assert_wins(&live(1, b"aa"), &live(1, b"a"), GreaterValue);
        assert_eq!(reconcile(&live(1, b"a"), &live(1, b"a")), (Ordering::Equal, Precedence::Same));
    }

    #[test]
    fn a_counter_is_deleted_by_an_older_tombstone_and_merged_with_every_other_value() {
        use Precedence::{CounterMerge, CounterTombstone, EmptyCounter};
        let decide = |left: &Cell<'_>, right: &Cell<'_>| reconcile_counters(left, right);
        assert_eq!(decide(&tombstone(1, 5), &live(9, b"x")), (Ordering::Greater, CounterTombstone));
        assert_eq!(decide(&live(9, b"x"), &tombstone(1, 5)), (Ordering::Less, CounterTombstone));
        assert_eq!(decide(&live(9, b"x"), &live(1, b"y")), (Ordering::Greater, CounterMerge));
        assert_eq!(decide(&live(9, b"x"), &live(1, b"")), (Ordering::Less, EmptyCounter));
    }
}
