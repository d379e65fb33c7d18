//! Dates, times and timestamps from text.

use std::time::{SystemTime, UNIX_EPOCH};

use super::calendar::Civil;

const NANOS_PER_DAY: i64 = 86_400_000_000_000;
const MILLIS_PER_DAY: i64 = 86_400_000;

/// Years that `java.time` knows.
const MAX_YEAR: i64 = 999_999_999;

/// What is left of a text.
struct Scan<'a>(&'a str);

impl<'a> Scan<'a> {
    fn take(&mut self, wanted: char) -> bool {
        self.0.strip_prefix(wanted).map(|rest| self.0 = rest).is_some()
    }

    /// The digits that come next, up to `most`.
    fn digits(&mut self, most: usize) -> &'a str {
        let count = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        digits
    }

    /// A number of `least` to `most` digits, no larger than `limit`.
    fn number(&mut self, least: usize, most: usize, limit: i64) -> Option<i64> {
        let digits = self.digits(most);
        digits.parse().ok().filter(|&value| digits.len() >= least && value <= limit)
    }

    /// A year of ISO 8601: four digits, or more behind a sign; `-` before year 0.
    fn iso_year(&mut self) -> Option<i64> {
        let negative = self.take('-');
        let positive = !negative && self.take('+');
        let digits = self.digits(10);
        let year: i64 = digits.parse().ok().filter(|&year| year <= MAX_YEAR)?;
        let sound = match digits.len() {
            ..4 => false,
            4 => !(positive || negative && year == 0),
            _ => positive || negative,
        };
        sound.then_some(if negative { -year } else { year })
    }

    fn iso_date(&mut self) -> Option<Civil> {
        let year = self.iso_year()?;
        let month = self.take('-').then(|| self.number(2, 2, 12))??;
        let day = self.take('-').then(|| self.number(2, 2, 31))??;
        (month > 0 && day > 0).then_some(Civil { year, month: month as u8, day: day as u8 })
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit())
}

/// Days since 1970-01-01 of a date, or of a number of days where 2^31 is that day.
pub(super) fn parse_date(text: &str) -> Option<i32> {
    if is_number(text) {
        let raw: u32 = text.parse().ok()?;
        return Some((raw ^ (1 << 31)) as i32);
    }
    let mut scan = Scan(text);
    let date = scan.iso_date().filter(|date| scan.0.is_empty() && date.day <= date.length_of_month())?;
    i32::try_from(date.to_days()).ok()
}

/// Nanoseconds since midnight of a time, or of a number of them.
pub(super) fn parse_time(text: &str) -> Option<i64> {
    if is_number(text) {
        return text.parse().ok().filter(|nanoseconds| (0..NANOS_PER_DAY).contains(nanoseconds));
    }
    let (hour, rest) = text.trim_matches(|c: char| c <= ' ').split_once(':')?;
    let (minute, second) = rest.split_once(':')?;
    let (second, fraction) = second.split_once('.').map_or((second, None), |(s, f)| (s, Some(f)));
    let below = |part: &str, limit: i32| part.parse().ok().filter(|value| (0..limit).contains(value));
    let seconds = (below(hour, 24)? * 60 + below(minute, 60)?) * 60 + below(second, 60)?;
    let nanoseconds = match fraction {
        None => 0,
        Some(digits) if digits.len() <= 9 && is_number(digits) && !digits.starts_with('-') => {
            digits.parse::<i64>().ok()? * 10_i64.pow(9 - digits.len() as u32)
        }
        Some(_) => return None,
    };
    Some(i64::from(seconds) * 1_000_000_000 + nanoseconds)
}

/// Milliseconds since 1970 of a date, a date and time, a number of them, or `now`.
pub(super) fn parse_timestamp(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("now") {
        return SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_millis().try_into().ok();
    }
    if is_number(text) {
        return text.parse().ok();
    }
    date_and_time(&mut Scan(text)).or_else(|| date_alone(&mut Scan(text)))
}

/// `2024-2-29 8:12[:54][.123][zone]`, blank or `T` between, numbers of any width.
fn date_and_time(scan: &mut Scan<'_>) -> Option<i64> {
    let year = scan.number(1, 19, MAX_YEAR + 1)?;
    let month = scan.take('-').then(|| scan.number(1, 19, 12))??;
    let day = scan.take('-').then(|| scan.number(1, 19, 31))??;
    let hour = (scan.take('T') || scan.take(' ')).then(|| scan.number(1, 19, 24))??;
    let minute = scan.take(':').then(|| scan.number(1, 19, 59))??;
    let second = if scan.take(':') { Some(scan.number(1, 19, 59)?) } else { None };
    let mut millis = 0;
    if scan.take('.') {
        // Without seconds there is nothing that it could be a fraction of.
        second?;
        let digits = format!("{:0<3}", scan.digits(9));
        millis = digits.get(..3)?.parse().ok()?;
    }
    let of_day = ((hour * 60 + minute) * 60 + second.unwrap_or(0)) * 1000 + millis;
    if year < 1 || month < 1 || day < 1 || of_day > MILLIS_PER_DAY {
        return None;
    }
    let offset = if scan.0.is_empty() { 0 } else { zone_seconds(scan)? };
    to_millis(Civil { year, month: month as u8, day: day as u8 }, of_day, offset)
}

/// `2024-02-29[zone]`
fn date_alone(scan: &mut Scan<'_>) -> Option<i64> {
    let date = scan.iso_date()?;
    let offset = if scan.0.is_empty() { 0 } else { zone_seconds(scan)? };
    to_millis(date, 0, offset)
}

/// Days that a month lacks, like 30 February, are its last one.
fn to_millis(mut date: Civil, of_day: i64, offset_seconds: i64) -> Option<i64> {
    date.day = date.day.min(date.length_of_month());
    date.to_days().checked_mul(MILLIS_PER_DAY)?.checked_add(of_day - offset_seconds * 1000)
}

/// The offset from UTC in seconds at the end of a text: `Z`, `+01`, `+0130`, `+01:30`, or behind a blank also
/// `UTC` and `GMT`.
fn zone_seconds(scan: &mut Scan<'_>) -> Option<i64> {
    let apart = scan.take(' ');
    if scan.0 == "Z" || (apart && matches!(scan.0, "UTC" | "GMT" | "UT")) {
        return Some(0);
    }
    let negative = scan.take('-');
    if !negative && !scan.take('+') {
        return None;
    }
    let hours = scan.number(2, 2, 18)?;
    let minutes = if scan.0.is_empty() {
        0
    } else {
        scan.take(':');
        scan.number(2, 2, 59)?
    };
    let seconds = (hours * 60 + minutes) * 60;
    (scan.0.is_empty() && seconds <= 18 * 3600).then_some(if negative { -seconds } else { seconds })
}
