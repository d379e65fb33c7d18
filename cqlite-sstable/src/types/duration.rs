//! `duration`: months, days and nanoseconds, all of one sign.

use crate::encoding::{Bytes, DecodeError};

use super::text::TextSink;

/// The three counts of a `duration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duration {
    /// Months, which have no fixed length.
    pub months: i32,
    /// Days, which have no fixed length either.
    pub days: i32,
    /// The rest.
    pub nanoseconds: i64,
}

/// The units of the time of day in nanoseconds, largest first.
const TIME_UNITS: [(i64, &[u8]); 6] = [
    (3_600_000_000_000, b"h"),
    (60_000_000_000, b"m"),
    (1_000_000_000, b"s"),
    (1_000_000, b"ms"),
    (1000, b"us"),
    (1, b"ns"),
];

impl Duration {
    pub(super) fn decode(value: &[u8]) -> Result<Self, &'static str> {
        let mut bytes = Bytes::new(value);
        let mut read = || bytes.vint().map_err(|_: DecodeError| "a duration ends too early");
        let (months, days, nanoseconds) = (read()?, read()?, read()?);
        let signs = [months, days, nanoseconds].map(i64::signum);
        if signs.contains(&1) && signs.contains(&-1) {
            return Err("a duration's months, days and nanoseconds are of different signs");
        }
        match (i32::try_from(months), i32::try_from(days)) {
            (Ok(months), Ok(days)) => Ok(Self { months, days, nanoseconds }),
            _ => Err("a duration's months or days exceed 32 bits"),
        }
    }

    pub(super) fn encode(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(12);
        for count in [i64::from(self.months), i64::from(self.days), self.nanoseconds] {
            push_vint(count, &mut bytes);
        }
        bytes
    }

    /// Pushes `1y2mo3d4h5m6s7ms8us9ns`, parts that are zero left out: nothing for a duration of zero. The
    /// most negative counts have no positive and are left out too, as Java's `Math.abs` has it.
    pub(super) fn push<S: TextSink + ?Sized>(self, sink: &mut S) {
        if self.months < 0 || self.days < 0 || self.nanoseconds < 0 {
            sink.push(b"-");
        }
        let months = i64::from(self.months.wrapping_abs());
        let months = push_part(months, 12, b"y", sink);
        push_part(months, 1, b"mo", sink);
        push_part(i64::from(self.days.wrapping_abs()), 1, b"d", sink);
        let mut rest = self.nanoseconds.wrapping_abs();
        for (nanoseconds, name) in TIME_UNITS {
            rest = push_part(rest, nanoseconds, name, sink);
        }
    }
}

/// Pushes how often `unit` is in `count`, if at all, and returns what is left.
fn push_part<S: TextSink + ?Sized>(count: i64, unit: i64, name: &[u8], sink: &mut S) -> i64 {
    if count < unit {
        return count;
    }
    sink.push(itoa::Buffer::new().format(count / unit).as_bytes());
    sink.push(name);
    count % unit
}

/// A signed vint: zig-zag, then as many leading ones as bytes follow.
fn push_vint(value: i64, out: &mut Vec<u8>) {
    let zigzag = ((value << 1) ^ (value >> 63)) as u64;
    let bits = 64 - (zigzag | 1).leading_zeros();
    let extra = ((bits - 1) / 7).min(8) as usize;
    let bytes = zigzag.to_be_bytes();
    let kept = bytes.get(8 - extra.min(8)..).unwrap_or_default();
    let ones = !(0xFF_u16 >> extra) as u8;
    let head = if extra < 8 { ones | (zigzag >> (8 * extra)) as u8 } else { 0xFF };
    out.push(head);
    out.extend_from_slice(kept);
}
