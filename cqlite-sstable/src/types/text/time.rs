//! Dates, times and instants.

use super::calendar::Civil;
use super::sink::{Line, TextSink};

const MILLIS_PER_DAY: i64 = 86_400_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// The first millisecond of the Gregorian calendar as `java.util.GregorianCalendar` has it: 1582-10-15.
const GREGORIAN_START_MILLIS: i64 = -12_219_292_800_000;

/// The longest line: a quoted instant of nanoseconds with a year of twelve digits and a sign.
type Text = Line<48>;

#[inline]
fn two(value: i64) -> [u8; 2] {
    [b'0' + (value / 10 % 10) as u8, b'0' + (value % 10) as u8]
}

#[inline]
fn push_three<S: TextSink + ?Sized>(value: i64, sink: &mut S) {
    let [tens, ones] = two(value);
    sink.push(&[b'0' + (value / 100 % 10) as u8, tens, ones]);
}

/// At least four digits of a year that is not negative.
#[inline]
fn push_year_digits<S: TextSink + ?Sized>(year: i64, sink: &mut S) {
    if year <= 9999 {
        let ([a, b], [c, d]) = (two(year / 100), two(year));
        sink.push(&[a, b, c, d]);
    } else {
        sink.push(itoa::Buffer::new().format(year).as_bytes());
    }
}

/// A year of ISO 8601: `-` before year 0, `+` above 9999.
#[inline]
fn push_year<S: TextSink + ?Sized>(year: i64, sink: &mut S) {
    if year < 0 {
        sink.push(b"-");
    } else if year > 9999 {
        sink.push(b"+");
    }
    push_year_digits(year.abs(), sink);
}

#[inline]
fn push_month_and_day<S: TextSink + ?Sized>(date: Civil, sink: &mut S) {
    let ([a, b], [c, d]) = (two(i64::from(date.month)), two(i64::from(date.day)));
    sink.push(&[b'-', a, b, b'-', c, d]);
}

#[inline]
fn push_clock<S: TextSink + ?Sized>(second_of_day: i64, sink: &mut S) {
    let [a, b] = two(second_of_day / 3600);
    let [c, d] = two(second_of_day / 60 % 60);
    let [e, f] = two(second_of_day % 60);
    sink.push(&[a, b, b':', c, d, b':', e, f]);
}

/// Pushes a `date` of `days` since 1970-01-01.
pub(super) fn push_date<S: TextSink + ?Sized>(days: i32, quote: &[u8], sink: &mut S) {
    let date = Civil::from_days(i64::from(days));
    let mut text = Text::new();
    text.push(quote);
    push_year(date.year, &mut text);
    push_month_and_day(date, &mut text);
    text.push(quote);
    sink.push(text.as_bytes());
}

/// How years before 1 are told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Years {
    /// By the year of the era, without the era: two years before year 1 is 2.
    OfEra,
    /// With a sign, after a year 0.
    Signed,
}

/// Pushes a `timestamp` in milliseconds, with `separator` between date and time.
#[inline]
pub(super) fn push_timestamp<S: TextSink + ?Sized>(
    millis: i64,
    separator: u8,
    years: Years,
    quote: &[u8],
    sink: &mut S,
) {
    let date = Civil::from_days(millis.div_euclid(MILLIS_PER_DAY));
    let of_day = millis.rem_euclid(MILLIS_PER_DAY);
    let year = if date.year < 1 && years == Years::OfEra { 1 - date.year } else { date.year };
    let mut text = Text::new();
    text.push(quote);
    push_year(year, &mut text);
    push_month_and_day(date, &mut text);
    text.push(&[separator]);
    push_clock(of_day / 1000, &mut text);
    text.push(b".");
    push_three(of_day % 1000, &mut text);
    text.push(b"Z");
    text.push(quote);
    sink.push(text.as_bytes());
}

/// Pushes a `time` in nanoseconds, less than a day off midnight.
pub(super) fn push_time<S: TextSink + ?Sized>(nanoseconds: i64, quote: &[u8], sink: &mut S) {
    let seconds = nanoseconds / 1_000_000_000;
    let mut text = Text::new();
    text.push(quote);
    if nanoseconds >= 0 {
        push_clock(seconds, &mut text);
        text.push(b".");
        push_three(nanoseconds / 1_000_000 % 1000, &mut text);
        push_three(nanoseconds / 1000 % 1000, &mut text);
        push_three(nanoseconds % 1000, &mut text);
    } else {
        push_negative_time(nanoseconds, &mut text);
    }
    text.push(quote);
    sink.push(text.as_bytes());
}

/// A time before midnight, which no CQL text makes but a driver may send: each part has its own sign, behind
/// the zeros that fill it up.
#[cold]
fn push_negative_time(nanoseconds: i64, text: &mut Text) {
    let seconds = nanoseconds / 1_000_000_000;
    let parts: [(i64, &[u8], &[u8]); 6] = [
        (seconds / 3600, b"0", b":"),
        (seconds / 60 % 60, b"0", b":"),
        (seconds % 60, b"0", b"."),
        (nanoseconds / 1_000_000 % 1000, b"00", b""),
        (nanoseconds / 1000 % 1000, b"00", b""),
        (nanoseconds % 1000, b"00", b""),
    ];
    for (value, zeros, behind) in parts {
        text.push(zeros);
        text.push(itoa::Buffer::new().format(value).as_bytes());
        text.push(behind);
    }
}

/// The unit of a time that counts from 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Seconds: local deletion times, expirations.
    Seconds,
    /// Microseconds: timestamps of writes.
    Microseconds,
}

/// Pushes `time` as `sstabledump` prints `tstamp`, `marked_deleted`, `local_delete_time` and `expires_at`,
/// without quotes: `2023-11-14T22:13:20.123Z`, with 0, 3, 6 or 9 digits behind the point.
///
/// With [`JsonStyle::Cassandra`](super::JsonStyle::Cassandra) also what the tool gets wrong: before 1970 the
/// seconds are rounded towards zero but the fraction is not, and beyond 292 years from 1970 the fraction is
/// that of the largest number of nanoseconds that a `long` holds.
///
/// # Example
/// ```
/// use cqlite_sstable::types::{JsonStyle, TimeUnit, write_instant};
/// let mut text = Vec::new();
/// write_instant(-5, TimeUnit::Microseconds, JsonStyle::Cassandra, &mut text);
/// assert_eq!(text, b"1970-01-01T00:00:00.999995Z");
/// ```
pub fn write_instant<S: TextSink + ?Sized>(time: i64, unit: TimeUnit, style: super::JsonStyle, sink: &mut S) {
    let (seconds, nanoseconds) = match (unit, style) {
        (TimeUnit::Microseconds, super::JsonStyle::Corrected) => {
            (time.div_euclid(1_000_000), time.rem_euclid(1_000_000) * 1000)
        }
        (TimeUnit::Microseconds, super::JsonStyle::Cassandra) => {
            (time / 1_000_000, time.saturating_mul(1000).rem_euclid(1_000_000_000))
        }
        (TimeUnit::Seconds, super::JsonStyle::Corrected) => (time, 0),
        (TimeUnit::Seconds, super::JsonStyle::Cassandra) => {
            (time, time.saturating_mul(1_000_000_000).rem_euclid(1_000_000_000))
        }
    };
    let date = Civil::from_days(seconds.div_euclid(SECONDS_PER_DAY));
    let mut text = Text::new();
    push_year(date.year, &mut text);
    push_month_and_day(date, &mut text);
    text.push(b"T");
    push_clock(seconds.rem_euclid(SECONDS_PER_DAY), &mut text);
    if nanoseconds != 0 {
        text.push(b".");
        push_three(nanoseconds / 1_000_000, &mut text);
        if nanoseconds % 1_000_000 != 0 {
            push_three(nanoseconds / 1000 % 1000, &mut text);
        }
        if nanoseconds % 1000 != 0 {
            push_three(nanoseconds % 1000, &mut text);
        }
    }
    text.push(b"Z");
    sink.push(text.as_bytes());
}

/// Pushes milliseconds since 1970 as `sstablemetadata` prints dates, in UTC: `11/14/2023 22:13:20`. Before
/// 1582-10-15 by the Julian calendar, and the years before 1 by their number without a sign, as Java's
/// `SimpleDateFormat` has it.
pub fn write_metadata_date<S: TextSink + ?Sized>(millis: i64, sink: &mut S) {
    let days = millis.div_euclid(MILLIS_PER_DAY);
    let date =
        if millis >= GREGORIAN_START_MILLIS { Civil::from_days(days) } else { Civil::julian_from_days(days) };
    let ([a, b], [c, d]) = (two(i64::from(date.month)), two(i64::from(date.day)));
    let mut text = Text::new();
    text.push(&[a, b, b'/', c, d, b'/']);
    push_year_digits(if date.year < 1 { 1 - date.year } else { date.year }, &mut text);
    text.push(b" ");
    push_clock(millis.rem_euclid(MILLIS_PER_DAY) / 1000, &mut text);
    sink.push(text.as_bytes());
}
