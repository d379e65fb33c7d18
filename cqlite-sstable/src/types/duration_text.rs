//! `duration` from text: `1y2mo3w4d5h6m7s8ms9us10ns` or the forms of ISO 8601.

use super::Duration;

/// What a number may count, largest first: a text must name its units in this order, each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Years,
    Months,
    Weeks,
    Days,
    Hours,
    Minutes,
    Seconds,
    Millis,
    Micros,
    Nanos,
}

/// A sum of counts of units, all positive.
#[derive(Default)]
struct Sum {
    months: i64,
    days: i64,
    nanoseconds: i64,
    last: Option<Unit>,
}

impl Sum {
    fn add(&mut self, count: i64, unit: Unit) -> Option<()> {
        if self.last.is_some_and(|last| unit <= last) {
            return None;
        }
        self.last = Some(unit);
        let (total, each, limit) = match unit {
            Unit::Years => (&mut self.months, 12, i64::from(i32::MAX)),
            Unit::Months => (&mut self.months, 1, i64::from(i32::MAX)),
            Unit::Weeks => (&mut self.days, 7, i64::from(i32::MAX)),
            Unit::Days => (&mut self.days, 1, i64::from(i32::MAX)),
            Unit::Hours => (&mut self.nanoseconds, 3_600_000_000_000, i64::MAX),
            Unit::Minutes => (&mut self.nanoseconds, 60_000_000_000, i64::MAX),
            Unit::Seconds => (&mut self.nanoseconds, 1_000_000_000, i64::MAX),
            Unit::Millis => (&mut self.nanoseconds, 1_000_000, i64::MAX),
            Unit::Micros => (&mut self.nanoseconds, 1000, i64::MAX),
            Unit::Nanos => (&mut self.nanoseconds, 1, i64::MAX),
        };
        *total = count.checked_mul(each)?.checked_add(*total).filter(|sum| *sum <= limit)?;
        Some(())
    }

    fn signed(&self, negative: bool) -> Option<Duration> {
        let sign = if negative { -1 } else { 1 };
        Some(Duration {
            months: i32::try_from(self.months * sign).ok()?,
            days: i32::try_from(self.days * sign).ok()?,
            nanoseconds: self.nanoseconds * sign,
        })
    }
}

impl Duration {
    /// The duration that `text` stands for: units behind numbers as in CQL, or one of the three forms of ISO
    /// 8601, each with `-` before it where all of it is negative. `None` for any other text, and where months,
    /// days or nanoseconds are too many.
    ///
    /// # Example
    /// ```
    /// use cqlite_sstable::types::Duration;
    /// let duration = Duration { months: -14, days: -7, nanoseconds: 0 };
    /// assert_eq!(Duration::parse("-1y2mo1w"), Some(duration));
    /// assert_eq!(Duration::parse("P1W"), Duration::parse("7d"));
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let sum = match text.strip_prefix('P') {
            Some(iso) if iso.ends_with('W') => parse_iso(iso, &[('W', Unit::Weeks)], &[]),
            Some(iso) if iso.contains('-') => parse_iso_alternative(iso),
            Some(iso) => parse_iso(
                iso,
                &[('Y', Unit::Years), ('M', Unit::Months), ('D', Unit::Days)],
                &[('H', Unit::Hours), ('M', Unit::Minutes), ('S', Unit::Seconds)],
            ),
            None => parse_standard(text),
        };
        sum?.signed(negative)
    }
}

/// The number at the start of `text`, and the rest.
fn split_number(text: &str) -> Option<(i64, &str)> {
    let (digits, rest) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
    Some((digits.parse().ok()?, rest))
}

fn parse_standard(mut text: &str) -> Option<Sum> {
    let mut sum = Sum::default();
    while !text.is_empty() || sum.last.is_none() {
        let (count, rest) = split_number(text)?;
        let (unit, rest) = split_unit(rest)?;
        sum.add(count, unit)?;
        text = rest;
    }
    Some(sum)
}

/// The unit at the start of `text`, and the rest. Two letters count before one.
fn split_unit(text: &str) -> Option<(Unit, &str)> {
    let starts = |name: &str| {
        text.get(..name.len())
            .filter(|head| head.eq_ignore_ascii_case(name))
            .and_then(|_| text.get(name.len()..))
    };
    [
        ("mo", Unit::Months),
        ("ms", Unit::Millis),
        ("us", Unit::Micros),
        ("\u{b5}s", Unit::Micros),
        ("ns", Unit::Nanos),
        ("y", Unit::Years),
        ("w", Unit::Weeks),
        ("d", Unit::Days),
        ("h", Unit::Hours),
        ("m", Unit::Minutes),
        ("s", Unit::Seconds),
    ]
    .into_iter()
    .find_map(|(name, unit)| Some((unit, starts(name)?)))
}

/// Numbers with the letters of `date`, then `T` and numbers with those of `time`.
fn parse_iso(text: &str, date: &[(char, Unit)], time: &[(char, Unit)]) -> Option<Sum> {
    let mut sum = Sum::default();
    let (before, after) = text.split_once('T').map_or((text, None), |(before, after)| (before, Some(after)));
    if after.is_some() && time.is_empty() {
        return None;
    }
    for (mut part, units) in [(before, date), (after.unwrap_or_default(), time)] {
        while !part.is_empty() {
            let (count, rest) = split_number(part)?;
            let mut characters = rest.chars();
            let letter = characters.next()?;
            let (_, unit) = units.iter().find(|(known, _)| *known == letter)?;
            sum.add(count, *unit)?;
            part = characters.as_str();
        }
    }
    Some(sum)
}

/// `1234-12-31T23:59:59`
fn parse_iso_alternative(text: &str) -> Option<Sum> {
    let mut sum = Sum::default();
    let mut rest = text;
    let parts: [(usize, &str, Unit); 6] = [
        (4, "-", Unit::Years),
        (2, "-", Unit::Months),
        (2, "T", Unit::Days),
        (2, ":", Unit::Hours),
        (2, ":", Unit::Minutes),
        (2, "", Unit::Seconds),
    ];
    for (width, behind, unit) in parts {
        let digits = rest.get(..width).filter(|digits| digits.bytes().all(|c| c.is_ascii_digit()))?;
        sum.add(digits.parse().ok()?, unit)?;
        rest = rest.get(width..)?.strip_prefix(behind)?;
    }
    rest.is_empty().then_some(sum)
}
