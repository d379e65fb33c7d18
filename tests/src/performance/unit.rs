//! What a figure counts, and how it is written for people.

use serde::{Deserialize, Serialize};

use super::Better;

/// What a figure counts. Values are always in the base unit named here; only texts are scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Operations or rows in a second.
    PerSecond,
    /// Bytes in a second.
    BytesPerSecond,
    /// A time.
    Seconds,
    /// A size.
    Bytes,
    /// A part of one, written in percent.
    Share,
    /// How many times something else.
    Times,
    /// A number of things.
    Count,
}

impl Unit {
    /// Which way such figures improve, as far as the unit alone tells: a share may be of hits or of misses.
    pub fn better(self) -> Option<Better> {
        match self {
            Self::PerSecond | Self::BytesPerSecond => Some(Better::Higher),
            Self::Seconds | Self::Bytes => Some(Better::Lower),
            Self::Share | Self::Times | Self::Count => None,
        }
    }

    /// The unit in words, for explanations.
    pub fn name(self) -> &'static str {
        match self {
            Self::PerSecond => "per second",
            Self::BytesPerSecond => "bytes per second",
            Self::Seconds => "seconds",
            Self::Bytes => "bytes",
            Self::Share => "share",
            Self::Times => "times",
            Self::Count => "count",
        }
    }

    /// The value as people read it, with its unit: `312,400/s`, `4.82 ms`, `118 MB`, `28.3 %`, `1.20×`.
    ///
    /// ```
    /// use cqlite_tests::performance::Unit;
    ///
    /// assert_eq!(Unit::PerSecond.text(312_400.0), "312,400/s");
    /// assert_eq!(Unit::Seconds.text(0.004_82), "4.82 ms");
    /// assert_eq!(Unit::Bytes.text(118e6), "118 MB");
    /// ```
    pub fn text(self, value: f64) -> String {
        if !value.is_finite() {
            return "no number".to_owned();
        }
        match self {
            Self::PerSecond => format!("{}/s", count(value)),
            Self::BytesPerSecond => format!("{}/s", bytes(value)),
            Self::Seconds => seconds(value),
            Self::Bytes => bytes(value),
            Self::Share => format!("{} %", three_digits(value * 100.0)),
            Self::Times => format!("{}×", three_digits(value)),
            Self::Count => count(value),
        }
    }
}

fn seconds(value: f64) -> String {
    match value.abs() {
        0.0 => "0 s".to_owned(),
        below if below < 999.5e-9 => format!("{} ns", three_digits(value * 1e9)),
        below if below < 999.5e-6 => format!("{} µs", three_digits(value * 1e6)),
        below if below < 999.5e-3 => format!("{} ms", three_digits(value * 1e3)),
        _ => format!("{} s", three_digits(value)),
    }
}

fn bytes(value: f64) -> String {
    match value.abs() {
        below if below < 999.5 => format!("{} B", three_digits(value)),
        below if below < 999.5e3 => format!("{} kB", three_digits(value / 1e3)),
        below if below < 999.5e6 => format!("{} MB", three_digits(value / 1e6)),
        below if below < 999.5e9 => format!("{} GB", three_digits(value / 1e9)),
        _ => format!("{} TB", three_digits(value / 1e12)),
    }
}

/// Whole numbers in groups of three; small ones with a fraction have three digits.
fn count(value: f64) -> String {
    match value.fract() != 0.0 && value.abs() < 99.95 {
        true => three_digits(value),
        false => grouped(&format!("{value:.0}")),
    }
}

fn three_digits(value: f64) -> String {
    let digits = match value.abs() {
        0.0 => 0,
        below if below < 0.099_95 => return format!("{value:.2e}"),
        below if below < 9.995 => 2,
        below if below < 99.95 => 1,
        _ => 0,
    };
    grouped(&format!("{value:.digits$}"))
}

/// Puts commas between groups of three digits before the point.
fn grouped(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let (whole, fraction) =
        digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut text = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_is_written_as_people_read_it() {
        let told = [
            (Unit::PerSecond, 1_234_567.8, "1,234,568/s"),
            (Unit::PerSecond, 12.34, "12.3/s"),
            (Unit::PerSecond, 0.0, "0/s"),
            (Unit::Seconds, 0.0, "0 s"),
            (Unit::Seconds, 95e-9, "95.0 ns"),
            (Unit::Seconds, 612e-6, "612 µs"),
            (Unit::Seconds, 0.9999, "1.00 s"),
            (Unit::Seconds, 1_234.0, "1,234 s"),
            (Unit::Bytes, 512.0, "512 B"),
            (Unit::Bytes, 128e6, "128 MB"),
            (Unit::Bytes, 1.5e9, "1.50 GB"),
            (Unit::BytesPerSecond, 412.3e6, "412 MB/s"),
            (Unit::Share, 0.283, "28.3 %"),
            (Unit::Share, 0.0001, "1.00e-2 %"),
            (Unit::Times, 1.2, "1.20×"),
            (Unit::Count, -1_000_000.0, "-1,000,000"),
            (Unit::Count, f64::NAN, "no number"),
        ];
        for (unit, value, text) in told {
            assert_eq!(unit.text(value), text);
        }
    }

    #[test]
    fn the_unit_alone_does_not_tell_whether_a_share_improves() {
        assert_eq!(Unit::Share.better(), None);
        assert_eq!(Unit::PerSecond.better(), Some(Better::Higher));
        assert_eq!(Unit::Seconds.better(), Some(Better::Lower));
    }
}
