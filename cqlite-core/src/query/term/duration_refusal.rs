//! What is wrong with the text of a duration (`Duration.Builder`).

/// The units in their order, by what stands behind a number; two letters go before one.
const UNITS: [(&str, usize); 11] = [
    ("mo", 2),
    ("ms", 8),
    ("us", 9),
    ("\u{b5}s", 9),
    ("ns", 10),
    ("y", 1),
    ("w", 3),
    ("d", 4),
    ("h", 5),
    ("m", 6),
    ("s", 7),
];

const NAMES: [&str; 11] = [
    "",
    "years",
    "months",
    "weeks",
    "days",
    "hours",
    "minutes",
    "seconds",
    "milliseconds",
    "microseconds",
    "nanoseconds",
];

/// What a unit is counted in, and how many of that it is.
fn measure(unit: usize) -> (&'static str, i64) {
    match unit {
        1 => ("months", 12),
        2 => ("months", 1),
        3 => ("days", 7),
        4 => ("days", 1),
        5 => ("nanoseconds", 3_600_000_000_000),
        6 => ("nanoseconds", 60_000_000_000),
        7 => ("nanoseconds", 1_000_000_000),
        8 => ("nanoseconds", 1_000_000),
        9 => ("nanoseconds", 1000),
        _ => ("nanoseconds", 1),
    }
}

/// The message for a text that is no duration.
pub(super) fn duration_refusal(text: &str) -> String {
    let text = text.strip_prefix('-').unwrap_or(text);
    let parts = if text.starts_with('P') { iso_parts(text) } else { standard_parts(text) };
    let unreadable = || format!("Unable to convert '{text}' to a duration");
    match parts {
        Some(parts) => wrong_part(&parts).unwrap_or_else(unreadable),
        None => unreadable(),
    }
}

/// The first part that is out of order, or too much with those before.
fn wrong_part(parts: &[(i64, usize)]) -> Option<String> {
    let (mut last, mut totals) = (0, [0_i64; 3]);
    for &(count, unit) in parts {
        let name = |unit: usize| NAMES.get(unit).copied().unwrap_or_default();
        if unit == last {
            return Some(format!("Invalid duration. The {} are specified multiple times", name(unit)));
        }
        if unit < last {
            return Some(format!("Invalid duration. The {} should be after {}", name(last), name(unit)));
        }
        last = unit;
        let (measured, each) = measure(unit);
        let (place, limit) = match measured {
            "months" => (0, i64::from(i32::MAX)),
            "days" => (1, i64::from(i32::MAX)),
            _ => (2, i64::MAX),
        };
        let total = totals.get_mut(place)?;
        if count > limit.saturating_sub(*total) / each {
            return Some(format!(
                "Invalid duration. The total number of {measured} must be less or equal to {}",
                i32::MAX
            ));
        }
        *total = total.saturating_add(count.saturating_mul(each));
    }
    None
}

fn split_number(text: &str) -> Option<(i64, &str)> {
    let (digits, rest) = text.split_at_checked(text.bytes().take_while(u8::is_ascii_digit).count())?;
    Some((digits.parse().ok()?, rest))
}

/// The parts that can be read.
fn standard_parts(mut text: &str) -> Option<Vec<(i64, usize)>> {
    let mut parts = Vec::new();
    while let Some((count, rest)) = split_number(text) {
        let unit = UNITS
            .iter()
            .find(|(name, _)| rest.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name)));
        let Some((name, unit)) = unit else { break };
        parts.push((count, *unit));
        text = rest.get(name.len()..).unwrap_or_default();
    }
    Some(parts)
}

/// The parts of `P1Y2M3DT4H5M6S` or `P1W`.
fn iso_parts(text: &str) -> Option<Vec<(i64, usize)>> {
    let mut rest = text.strip_prefix('P')?;
    let (mut parts, mut is_time) = (Vec::new(), false);
    while !rest.is_empty() {
        if let (false, Some(time)) = (is_time, rest.strip_prefix('T')) {
            (rest, is_time) = (time, true);
            continue;
        }
        let (count, behind) = split_number(rest)?;
        let unit = match (behind.chars().next()?, is_time) {
            ('Y', false) => 1,
            ('M', false) => 2,
            ('W', false) => 3,
            ('D', false) => 4,
            ('H', true) => 5,
            ('M', true) => 6,
            ('S', true) => 7,
            _ => return None,
        };
        parts.push((count, unit));
        rest = behind.get(1..).unwrap_or_default();
    }
    Some(parts)
}
