//! What the text forms of scalars have in common.

use crate::types::validate::printable_time;
use crate::types::{InvalidValue, Scalar};

use super::decimal::push_decimal;
use super::floating::{push_double, push_float};
use super::hex::{push_hex, push_uuid};
use super::sink::{Line, TextSink};
use super::time::{Years, push_date, push_time, push_timestamp};
use super::varint::push_varint;

/// How a form puts scalars.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    /// Around uuids and durations.
    pub(super) quote: &'static [u8],
    /// Around dates, times, timestamps and addresses.
    pub(super) time_quote: &'static [u8],
    /// Between the date and the time of a timestamp.
    pub(super) separator: u8,
    /// Years before 1 in timestamps.
    pub(super) years: Years,
}

/// Pushes what is printed as `Object.toString` in every form, but for quotes. Text, blobs and counters are
/// their forms' own affair and come out raw, in hexadecimal, or as their total.
#[inline]
pub(super) fn push_scalar<S: TextSink + ?Sized>(
    scalar: Scalar<'_>,
    manner: Manner,
    sink: &mut S,
) -> Result<(), InvalidValue> {
    match scalar {
        Scalar::Empty => {}
        Scalar::Text(text) => sink.push(text.as_bytes()),
        Scalar::Blob(bytes) => push_hex(bytes, sink),
        Scalar::Boolean(value) => sink.push(if value { b"true" } else { b"false" }),
        Scalar::Integer(value) => push_integer(value, sink),
        Scalar::Varint(bytes) => push_varint(bytes, sink),
        Scalar::Decimal { scale, unscaled } => push_decimal(scale, unscaled, sink),
        Scalar::Float(value) => push_float(value, sink),
        Scalar::Double(value) => push_double(value, sink),
        Scalar::Counter(context) => push_integer(context.total(), sink),
        Scalar::Date(days) => push_date(days, manner.time_quote, sink),
        Scalar::Time(nanoseconds) => {
            printable_time(nanoseconds)?;
            push_time(nanoseconds, manner.time_quote, sink);
        }
        Scalar::Timestamp(millis) => {
            push_timestamp(millis, manner.separator, manner.years, manner.time_quote, sink);
        }
        Scalar::Duration(duration) => {
            sink.push(manner.quote);
            duration.push(sink);
            sink.push(manner.quote);
        }
        Scalar::Uuid(uuid) => push_uuid(uuid, manner.quote, sink),
        Scalar::Inet4(address) => {
            let mut line = Line::<17>::new();
            line.push(manner.time_quote);
            for (i, octet) in address.into_iter().enumerate() {
                line.push(if i == 0 { b"" } else { b"." });
                line.push(itoa::Buffer::new().format(octet).as_bytes());
            }
            line.push(manner.time_quote);
            sink.push(line.as_bytes());
        }
        Scalar::Inet6(address) => push_inet6(address, manner.time_quote, sink),
    }
    Ok(())
}

#[inline]
pub(super) fn push_integer<S: TextSink + ?Sized>(value: i64, sink: &mut S) {
    sink.push(itoa::Buffer::new().format(value).as_bytes());
}

/// Pushes all eight groups, without the `::` that others put for zeros.
fn push_inet6<S: TextSink + ?Sized>(address: &[u8; 16], quote: &[u8], sink: &mut S) {
    let mut line = Line::<41>::new();
    line.push(quote);
    for (i, group) in address.chunks(2).enumerate() {
        line.push(if i == 0 { b"" } else { b":" });
        let mut digits = Line::<4>::new();
        push_hex(group, &mut digits);
        let zeros = digits.as_bytes().iter().take(3).take_while(|&&c| c == b'0').count();
        line.push(digits.as_bytes().get(zeros..).unwrap_or_default());
    }
    line.push(quote);
    sink.push(line.as_bytes());
}
