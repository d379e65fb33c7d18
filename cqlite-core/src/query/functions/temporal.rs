//! Times: what the functions and operators of time have in common (`db.marshal.TemporalType`, `cql3.Duration`).

use cqlite_sstable::types::{CqlType, Duration, write_string};

use super::calendar::CalendarDate;

pub(super) const MILLIS_PER_DAY: i64 = 86_400_000;
const SECONDS_PER_DAY: i64 = 86_400;
const NANOS_PER_MILLI: i64 = 1_000_000;

/// Intervals that are gone back one by one, as Cassandra does.
const MAX_STEPS: i64 = 1000;

/// From 1582-10-15, the epoch of UUIDs, to 1970 in milliseconds.
const UUID_EPOCH_MILLIS: i64 = -12_219_292_800_000;

/// The milliseconds since 1970 of a `timestamp`, `date` or `timeuuid`; none of no bytes.
pub(super) fn millis_of(of: &CqlType, value: &[u8]) -> Option<i64> {
    match of {
        CqlType::Date => {
            let days = u32::from_be_bytes(value.try_into().ok()?) ^ (1 << 31);
            Some(i64::from(days as i32).wrapping_mul(MILLIS_PER_DAY))
        }
        CqlType::TimeUuid | CqlType::LegacyTimeUuid => {
            let (high, _) = value.split_first_chunk::<8>()?;
            let high = u64::from_be_bytes(*high);
            let timestamp = (high >> 32) | ((high & 0xFFFF_0000) << 16) | ((high & 0x0FFF) << 48);
            Some((timestamp / 10_000) as i64 + UUID_EPOCH_MILLIS)
        }
        _ => Some(i64::from_be_bytes(value.try_into().ok()?)),
    }
}

/// Pushes milliseconds since 1970 as a `timestamp` or `date`.
pub(super) fn push_millis(of: &CqlType, millis: i64, out: &mut Vec<u8>) {
    match of {
        CqlType::Date => out.extend(day_of(millis).to_be_bytes()),
        _ => out.extend(millis.to_be_bytes()),
    }
}

/// The day of a time as `date` has it (`SimpleDateSerializer.timeInMillisToDay`): before 1970 it is the next one, as
/// Java cuts the days of a duration.
fn day_of(millis: i64) -> u32 {
    let days = millis.div_euclid(1000) / SECONDS_PER_DAY;
    (days as u32) ^ (1 << 31)
}

/// A UUID of a time, with what tells apart those of one time.
pub(super) fn time_uuid(millis: i64, tenths_of_micros: i64, low: u64) -> [u8; 16] {
    let ticks =
        millis.wrapping_sub(UUID_EPOCH_MILLIS).wrapping_mul(10_000).wrapping_add(tenths_of_micros) as u64;
    let high = (ticks << 32) | ((ticks & 0xFFFF_0000_0000) >> 16) | 0x1000 | (ticks >> 48);
    (u128::from(high) << 64 | u128::from(low)).to_be_bytes()
}

/// A duration as Cassandra prints it.
pub(super) fn duration_text(value: &[u8]) -> String {
    let mut text = Vec::new();
    let _ = write_string(&CqlType::Duration, value, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// The milliseconds of a duration's days and nanoseconds.
fn fixed_millis(duration: Duration) -> i64 {
    let days = i64::from(duration.days).wrapping_mul(MILLIS_PER_DAY);
    days.wrapping_add(duration.nanoseconds / NANOS_PER_MILLI)
}

/// A time so much later, or earlier. Months are those of the calendar (`Duration.addTo`).
pub(super) fn add_duration(millis: i64, mut duration: Duration, is_negative: bool) -> i64 {
    if is_negative {
        duration.months = duration.months.wrapping_neg();
        duration.days = duration.days.wrapping_neg();
        duration.nanoseconds = duration.nanoseconds.wrapping_neg();
    }
    if duration.months == 0 {
        return millis.wrapping_add(fixed_millis(duration));
    }
    let millis = add_months(millis, i64::from(duration.months));
    // Java cuts these milliseconds to 32 bits where there are months, too.
    let rest = i64::from((duration.nanoseconds / NANOS_PER_MILLI) as i32);
    millis.wrapping_add(i64::from(duration.days).wrapping_mul(MILLIS_PER_DAY)).wrapping_add(rest)
}

fn add_months(millis: i64, months: i64) -> i64 {
    let date = CalendarDate::from_days(millis.div_euclid(MILLIS_PER_DAY)).plus_months(months);
    date.to_days().wrapping_mul(MILLIS_PER_DAY).wrapping_add(millis.rem_euclid(MILLIS_PER_DAY))
}

/// The start of the interval that a time is in, where intervals begin at `start` (`Duration.floorTimestamp`). Neither the
/// duration is negative nor `start` after the time.
pub(super) fn floor_timestamp(millis: i64, duration: Duration, start: i64) -> i64 {
    let length = fixed_millis(duration);
    if duration.months == 0 {
        return match millis.wrapping_sub(start).checked_rem(length) {
            Some(delta) => millis.wrapping_sub(delta),
            None => millis,
        };
    }
    let month_of = |millis: i64| CalendarDate::from_days(millis.div_euclid(MILLIS_PER_DAY)).months();
    let months = i64::from(duration.months);
    let mut multiplier = month_of(millis).wrapping_sub(month_of(start)).checked_div(months).unwrap_or(0);
    let mut by_months = add_months(start, multiplier.wrapping_mul(months));
    if duration.days == 0 && duration.nanoseconds == 0 {
        return by_months;
    }
    let mut floor = by_months.wrapping_add(multiplier.wrapping_mul(length));
    // Steps that are needed in any case, of long durations over long times.
    let longest_step = length.saturating_add(months.saturating_mul(31 * MILLIS_PER_DAY));
    let steps = floor.saturating_sub(millis).checked_div(longest_step).unwrap_or(0);
    if steps > MAX_STEPS {
        multiplier = multiplier.wrapping_sub(steps);
        by_months = add_months(by_months, months.wrapping_mul(steps).wrapping_neg());
        floor = by_months.wrapping_add(multiplier.wrapping_mul(length));
    }
    while floor > millis {
        multiplier = multiplier.wrapping_sub(1);
        by_months = add_months(by_months, months.wrapping_neg());
        floor = by_months.wrapping_add(multiplier.wrapping_mul(length));
    }
    floor.max(start)
}
