//! The paths of list elements that are put in front of others.

use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use cqlite_sstable::writer::TimeUuid;

/// 2010-01-01, about which times are mirrored (`Lists.PrecisionTime.REFERENCE_TIME`).
const REFERENCE_MILLIS: i64 = 1_262_304_000_000;

/// The last unit of 100 ns in a millisecond.
const LAST_TICK: u32 = 9_999;

/// The place that was given out last: all later ones are in front of it.
static LAST: Mutex<(i64, u32)> = Mutex::new((i64::MAX, 0));

/// Paths for so many elements that are put in front of a list, in the order of the elements: they are in front of all that this
/// process gave out before.
pub(super) fn paths_in_front(count: usize) -> impl Iterator<Item = [u8; 16]> {
    let mut runs = Vec::new();
    let mut left = count;
    while left > 0 {
        let run = left.min(LAST_TICK as usize);
        runs.push((next_run(mirrored_millis(), run as u32), run as u32));
        left = left.saturating_sub(run);
    }
    // The last elements of the list got the first run.
    runs.into_iter().rev().flat_map(|((millis, ticks), run)| {
        (0..run).map(move |place| TimeUuid::at_unix_millis(millis, ticks.saturating_add(place)).to_uuid().0)
    })
}

/// The time, mirrored: the later it is, the earlier.
fn mirrored_millis() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    REFERENCE_MILLIS.saturating_sub(now.saturating_sub(REFERENCE_MILLIS))
}

/// Where so many paths begin that are in front of all before, at this millisecond or an earlier one
/// (`Lists.PrecisionTime.getNext`).
fn next_run(millis: i64, count: u32) -> (i64, u32) {
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let (last_millis, last_ticks) = *last;
    *last = if millis < last_millis {
        (millis, LAST_TICK.saturating_sub(count))
    } else {
        match last_ticks.checked_sub(count) {
            Some(ticks) => (last_millis, ticks),
            None => (last_millis.saturating_sub(1), LAST_TICK.saturating_sub(count)),
        }
    };
    *last
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use cqlite_sstable::types::{CqlType, compare};

    use super::*;

    #[test]
    fn what_is_put_in_front_keeps_its_order_and_stands_in_front_of_all_before() {
        let mut before: Option<[u8; 16]> = None;
        for count in [1_usize, 3, 9_999, 10_000, 25_000, 2] {
            let paths: Vec<_> = paths_in_front(count).collect();
            assert_eq!(paths.len(), count);
            for pair in paths.windows(2) {
                assert_eq!(compare(&CqlType::TimeUuid, &pair[0], &pair[1]), Ordering::Less);
            }
            if let Some(before) = before {
                assert_eq!(compare(&CqlType::TimeUuid, &paths[count - 1], &before), Ordering::Less);
            }
            before = Some(paths[0]);
        }
        let appended = TimeUuid::next().to_uuid().0;
        assert_eq!(compare(&CqlType::TimeUuid, &before.unwrap(), &appended), Ordering::Less);
    }
}
