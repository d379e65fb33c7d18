//! Figures in a few characters.

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// `535`, `1.6K`, `23M`: counts by thousands, sizes by 1024.
pub(super) fn short_number(number: u64, thousand: f64) -> String {
    let mut scaled = number as f64;
    let mut unit = "";
    let mut units = ["K", "M", "G", "T", "P", "E"].into_iter();
    while scaled >= thousand {
        let Some(next) = units.next() else { break };
        unit = next;
        scaled /= thousand;
    }
    if unit.is_empty() || scaled >= 9.95 {
        format!("{scaled:.0}{unit}")
    } else {
        format!("{scaled:.1}{unit}")
    }
}

/// `45s`, `12m`, `3h`, `41d`, `5y`; never negative.
pub(super) fn short_duration(seconds: i64) -> String {
    let (unit_seconds, unit) = match seconds {
        YEAR.. => (YEAR, "y"),
        DAY.. => (DAY, "d"),
        HOUR.. => (HOUR, "h"),
        MINUTE.. => (MINUTE, "m"),
        _ => (1, "s"),
    };
    format!("{}{unit}", seconds.max(0) / unit_seconds)
}

/// A time as seen from `now_seconds`: `3d ago`, `in 2h`.
pub(super) fn short_instant(seconds: i64, now_seconds: i64) -> String {
    let passed = now_seconds.saturating_sub(seconds);
    match passed {
        0.. => format!("{} ago", short_duration(passed)),
        _ => format!("in {}", short_duration(passed.saturating_neg())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_two_or_three_digits() {
        let told =
            [0, 999, 1000, 1024, 9949, 9950, 123_456, 999_999].map(|number| short_number(number, 1000.0));
        assert_eq!(told, ["0", "999", "1.0K", "1.0K", "9.9K", "10K", "123K", "1000K"]);
        assert_eq!(short_number(1023, 1024.0), "1023");
        assert_eq!(short_number(3 << 30, 1024.0), "3.0G");
        assert_eq!(short_number(u64::MAX, 1024.0), "16E");
    }

    #[test]
    fn instants_are_told_from_now() {
        let told = [100, 41, 101, 100 + 3 * DAY, 100 - 400 * DAY].map(|seconds| short_instant(seconds, 100));
        assert_eq!(told, ["0s ago", "59s ago", "in 1s", "in 3d", "1y ago"]);
        assert_eq!(short_instant(i64::MIN, 0), "292471208677y ago");
    }
}
