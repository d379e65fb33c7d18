//! Values of scalar types.

use super::counter::CounterContext;
use super::duration::Duration;
use super::{CqlType, InvalidValue};

/// A value of a scalar type, decoded and sound, but for ranges that only text forms mind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar<'a> {
    /// No bytes, of a type for which that is no value: everything but text and blobs.
    Empty,
    /// `ascii`, `text`
    Text(&'a str),
    /// `blob`, and all that is no scalar known here
    Blob(&'a [u8]),
    /// `boolean`
    Boolean(bool),
    /// `tinyint`, `smallint`, `int`, `bigint`
    Integer(i64),
    /// `varint`: two's complement, not empty
    Varint(&'a [u8]),
    /// `decimal`: unscaled · 10^−scale
    Decimal {
        /// Digits behind the point.
        scale: i32,
        /// Two's complement, not empty.
        unscaled: &'a [u8],
    },
    /// `float`
    Float(f32),
    /// `double`
    Double(f64),
    /// `counter`
    Counter(CounterContext<'a>),
    /// `date`: days since 1970-01-01
    Date(i32),
    /// `time`: nanoseconds since midnight
    Time(i64),
    /// `timestamp`: milliseconds since 1970-01-01T00:00:00Z
    Timestamp(i64),
    /// `duration`
    Duration(Duration),
    /// `uuid`, `timeuuid`
    Uuid(&'a [u8; 16]),
    /// `inet` of four bytes
    Inet4([u8; 4]),
    /// `inet` of sixteen bytes
    Inet6(&'a [u8; 16]),
}

/// The bytes as a number's, or nothing if there are none.
#[inline]
fn fixed<'a, const N: usize>(
    of: &CqlType,
    value: &'a [u8],
    decode: impl FnOnce(&'a [u8; N]) -> Scalar<'a>,
) -> Result<Scalar<'a>, InvalidValue> {
    match <&[u8; N]>::try_from(value) {
        Ok(bytes) => Ok(decode(bytes)),
        Err(_) if value.is_empty() => Ok(Scalar::Empty),
        Err(_) => Err(InvalidValue::length(of, &N.to_string(), value)),
    }
}

impl<'a> Scalar<'a> {
    /// Decodes `value`. Empty values decode for every type.
    ///
    /// # Errors
    /// If the bytes are too few or too many, or are no value of the type: text that is not UTF-8, a `timeuuid`
    /// of another version, a `duration` of different signs.
    ///
    /// # Example
    /// ```
    /// use cqlite_sstable::types::{CqlType, Scalar};
    /// assert_eq!(Scalar::decode(&CqlType::Int, &[0, 0, 1, 0])?, Scalar::Integer(256));
    /// assert!(Scalar::decode(&CqlType::Int, &[1, 0]).is_err());
    /// # Ok::<(), cqlite_sstable::types::InvalidValue>(())
    /// ```
    #[inline(always)]
    pub fn decode(of: &CqlType, value: &'a [u8]) -> Result<Self, InvalidValue> {
        match of {
            CqlType::Text => text(of, value),
            CqlType::Ascii if value.is_ascii() => text(of, value),
            CqlType::Ascii => Err(InvalidValue::of(of, "has bytes above 127")),
            CqlType::Boolean => fixed(of, value, |&[byte]| Self::Boolean(byte != 0)),
            CqlType::TinyInt => fixed(of, value, |b| Self::Integer(i8::from_be_bytes(*b).into())),
            CqlType::SmallInt => fixed(of, value, |b| Self::Integer(i16::from_be_bytes(*b).into())),
            CqlType::Int => fixed(of, value, |b| Self::Integer(i32::from_be_bytes(*b).into())),
            CqlType::BigInt => fixed(of, value, |b| Self::Integer(i64::from_be_bytes(*b))),
            CqlType::Float => fixed(of, value, |b| Self::Float(f32::from_be_bytes(*b))),
            CqlType::Double => fixed(of, value, |b| Self::Double(f64::from_be_bytes(*b))),
            CqlType::Date => fixed(of, value, |b| Self::Date((u32::from_be_bytes(*b) ^ (1 << 31)) as i32)),
            CqlType::Time => fixed(of, value, |b| Self::Time(i64::from_be_bytes(*b))),
            CqlType::Timestamp | CqlType::LegacyTimestamp => {
                fixed(of, value, |b| Self::Timestamp(i64::from_be_bytes(*b)))
            }
            CqlType::Uuid | CqlType::LexicalUuid => fixed(of, value, Self::Uuid),
            CqlType::TimeUuid | CqlType::LegacyTimeUuid => match value.get(6) {
                Some(byte) if value.len() == 16 && byte >> 4 != 1 => {
                    Err(InvalidValue::of(of, "is a UUID of another version"))
                }
                _ => fixed(of, value, Self::Uuid),
            },
            CqlType::Empty if value.is_empty() => Ok(Self::Empty),
            CqlType::Empty => Err(InvalidValue::length(of, "0", value)),
            CqlType::Varint | CqlType::Decimal | CqlType::Duration | CqlType::Counter | CqlType::Inet
                if value.is_empty() =>
            {
                Ok(Self::Empty)
            }
            CqlType::Varint => Ok(Self::Varint(value)),
            CqlType::Decimal => match value.split_first_chunk() {
                Some((scale, unscaled)) if !unscaled.is_empty() => {
                    Ok(Self::Decimal { scale: i32::from_be_bytes(*scale), unscaled })
                }
                _ => Err(InvalidValue::length(of, "5 or more", value)),
            },
            CqlType::Duration => Duration::decode(value).map(Self::Duration).map_err(InvalidValue::new),
            CqlType::Counter => CounterContext::decode(value).map(Self::Counter),
            CqlType::Inet => inet(of, value),
            CqlType::Reversed(inner) => decode_reversed(inner, value),
            _ => Ok(Self::Blob(value)),
        }
    }
}

/// Apart, so that [`Scalar::decode`] can be inlined.
fn decode_reversed<'a>(inner: &CqlType, value: &'a [u8]) -> Result<Scalar<'a>, InvalidValue> {
    Scalar::decode(inner, value)
}

#[inline]
fn text<'a>(of: &CqlType, value: &'a [u8]) -> Result<Scalar<'a>, InvalidValue> {
    std::str::from_utf8(value).map(Scalar::Text).map_err(|_| InvalidValue::of(of, "is not UTF-8"))
}

/// Sixteen bytes that only wrap an address of version 4 are that one, as in `java.net.InetAddress`.
fn inet<'a>(of: &CqlType, value: &'a [u8]) -> Result<Scalar<'a>, InvalidValue> {
    let four = value.strip_prefix(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]).unwrap_or(value);
    match (<[u8; 4]>::try_from(four), <&[u8; 16]>::try_from(value)) {
        (Ok(four), _) if matches!(value.len(), 4 | 16) => Ok(Scalar::Inet4(four)),
        (_, Ok(six)) => Ok(Scalar::Inet6(six)),
        _ => Err(InvalidValue::length(of, "4 or 16", value)),
    }
}
