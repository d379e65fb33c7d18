//! How Java and its libraries print numbers, dates, durations and maps.

use crate::types::{CqlType, write_metadata_date};

use super::values::value_text;

/// `Double.toString`.
pub(super) fn double(value: f64) -> String {
    value_text(&CqlType::Double, &value.to_be_bytes())
}

/// What a time counts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
}

/// A date and time in UTC; none for 0 (`SSTableMetadataViewer.toDateString`).
pub(super) fn date(time: i64, unit: Unit) -> Option<String> {
    if time == 0 {
        return None;
    }
    let millis = match unit {
        Unit::Seconds => time.saturating_mul(1000),
        Unit::Milliseconds => time,
        Unit::Microseconds => time / 1000,
    };
    let mut text = Vec::new();
    write_metadata_date(millis, &mut text);
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// `7300 days`, `2 hours 1 second`; none for 0 (`SSTableMetadataViewer.toDurationString` over
/// `DurationFormatUtils.formatDurationWords`, with zeros left out in front and behind).
pub(super) fn duration_words(seconds: i32) -> Option<String> {
    match seconds {
        0 => return None,
        i32::MAX => return Some("never".to_owned()),
        _ => {}
    }
    let parts = [
        (seconds / 86_400, "day"),
        (seconds / 3_600 % 24, "hour"),
        (seconds / 60 % 60, "minute"),
        (seconds % 60, "second"),
    ];
    let first = parts.iter().position(|(count, _)| *count != 0)?;
    let last = parts.iter().rposition(|(count, _)| *count != 0)?;
    let words = parts.get(first..=last)?.iter().map(|(count, unit)| {
        let plural = if *count == 1 { "" } else { "s" };
        format!("{count} {unit}{plural}")
    });
    Some(words.collect::<Vec<_>>().join(" "))
}

/// `535 B`, `1.6 kB`; none for 0 (`SSTableMetadataViewer.toByteString`).
pub(super) fn byte_size(bytes: i64) -> Option<String> {
    match bytes {
        0 => return None,
        ..1024 => return Some(format!("{bytes} B")),
        _ => {}
    }
    let exponent = ((bytes as f64).ln() / 1024_f64.ln()) as usize;
    let prefix = "kMGTPE".chars().nth(exponent.checked_sub(1)?)?;
    let scaled = bytes as f64 / 1024_f64.powi(exponent as i32);
    Some(format!("{} {prefix}B", one_decimal(scaled)))
}

/// `%.1f`: the digits of `Double.toString`, rounded half up.
fn one_decimal(value: f64) -> String {
    let digits = double(value);
    let Some((whole, fraction)) = digits.split_once('.') else { return digits };
    let tenths = |digit: Option<&u8>| i64::from(digit.map_or(0, |digit| digit.wrapping_sub(b'0')));
    let (first, second) = (tenths(fraction.as_bytes().first()), tenths(fraction.as_bytes().get(1)));
    let rounded = whole.parse().unwrap_or(0_i64) * 10 + first + i64::from(second >= 5);
    format!("{}.{}", rounded / 10, rounded % 10)
}

/// `Days: 0 Hours: 0 Minutes: 0 Seconds: 0` (`SSTableMetadataViewer.durationString`).
pub(super) fn duration_parts(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    format!("Days: {days} Hours: {hours} Minutes: {} Seconds: {}", seconds / 60 % 60, seconds % 60)
}

/// The order in which a `HashMap` of strings is iterated: by bucket, in a bucket as they were added. (A bucket
/// of eight and more, which Java makes a tree, may differ.)
pub(super) fn hash_map_order<T>(entries: &mut [(String, T)]) {
    let mut capacity = 16_u32;
    while entries.len() as u64 * 4 > u64::from(capacity) * 3 {
        capacity *= 2;
    }
    entries.sort_by_key(|(name, _)| {
        let hash =
            name.encode_utf16().fold(0_u32, |hash, c| hash.wrapping_mul(31).wrapping_add(u32::from(c)));
        (hash ^ (hash >> 16)) & (capacity - 1)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_leave_out_zeros_at_both_ends_only() {
        let said = |seconds| duration_words(seconds).unwrap();
        assert_eq!(said(1), "1 second");
        assert_eq!(said(250_000_000), "2893 days 12 hours 26 minutes 40 seconds");
        assert_eq!(said(630_720_000), "7300 days");
        assert_eq!(said(86_400 + 60), "1 day 0 hours 1 minute");
        assert_eq!(said(i32::MAX), "never");
        assert_eq!(duration_words(0), None);
    }

    #[test]
    fn sizes_have_one_decimal_rounded_half_up() {
        assert_eq!(byte_size(0), None);
        assert_eq!(byte_size(1023).as_deref(), Some("1023 B"));
        assert_eq!(byte_size(1597).as_deref(), Some("1.6 kB"));
        // 1.25 exactly
        assert_eq!(byte_size(1280).as_deref(), Some("1.3 kB"));
        assert_eq!(byte_size(1_048_524).as_deref(), Some("1023.9 kB"));
        assert_eq!(byte_size(1_048_575).as_deref(), Some("1024.0 kB"));
        assert_eq!(byte_size(3_520_571_548_412).as_deref(), Some("3.2 TB"));
    }

    #[test]
    fn strings_are_ordered_by_their_place_in_a_java_hash_map() {
        let order = |names: &[&str]| -> String {
            let mut entries: Vec<_> = names.iter().map(|name| ((*name).to_owned(), ())).collect();
            hash_map_order(&mut entries);
            entries.iter().map(|(name, ())| name.as_str()).collect::<Vec<_>>().join(" ")
        };
        // as OpenJDK 17 prints the keys
        assert_eq!(order(&["name", "value", "c", "b", "a"]), "a b c name value");
    }
}
