//! Values of Rust for bind markers.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use cqlite_cql::Uuid;
use cqlite_sstable::types::CqlType;

use crate::query::{ColumnSpec, QueryError, QueryResult, Value};

/// A value of Rust that can be bound to a marker of one or some types of CQL. A marker of another type refuses it, by name.
///
/// | Rust | CQL |
/// |---|---|
/// | `bool` | `boolean` |
/// | `i8`, `i16`, `i32`, `i64` | `tinyint`, `smallint`, `int`, `bigint`; a shorter one also where a longer one is wanted, `i64` also for `counter`, `timestamp` (milliseconds since 1970) and `time` (nanoseconds since midnight), `i8` to `i64` for `varint` |
/// | `f32`, `f64` | `float`, `double`; `f32` also for `double` |
/// | `&str`, `String` | `text`, `ascii` |
/// | `&[u8]`, `Vec<u8>`, `[u8; N]` | `blob`, and the serialized value of every other type |
/// | [`Uuid`] | `uuid`, `timeuuid` |
/// | [`IpAddr`] | `inet` |
/// | [`SystemTime`] | `timestamp` |
/// | slices and `Vec` of these | `list`, `set`, `vector` |
/// | `BTreeMap` and `HashMap` of these | `map` |
/// | `Option` of these | null |
/// | [`Unset`] | left as it is |
/// | [`Value`] | everything: it is serialized already |
pub trait Bind {
    /// The value for a marker.
    ///
    /// # Errors
    /// If the marker is of a type that this is none of.
    fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>>;
}

/// Bound to a marker, leaves what it stands for as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unset;

/// What is told of a value that a marker does not take.
#[cold]
pub(super) fn mismatch(marker: &ColumnSpec, given: &str) -> QueryError {
    let (name, wanted) = (&marker.name, marker.cql_type.cql_name());
    QueryError::invalid(format!(
        "a value of the Rust type {given} cannot be bound to {name}, which is of the type {wanted}"
    ))
}

impl<B: Bind + ?Sized> Bind for &B {
    fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>> {
        (**self).bind(marker)
    }
}

impl Bind for Value<'_> {
    fn bind(&self, _: &ColumnSpec) -> QueryResult<Value<'_>> {
        Ok(self.as_borrowed())
    }
}

impl Bind for Unset {
    fn bind(&self, _: &ColumnSpec) -> QueryResult<Value<'_>> {
        Ok(Value::Unset)
    }
}

impl<B: Bind> Bind for Option<B> {
    fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>> {
        self.as_ref().map_or(Ok(Value::Null), |value| value.bind(marker))
    }
}

impl Bind for bool {
    fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>> {
        match marker.cql_type {
            CqlType::Boolean => Ok(Value::Bytes(Cow::Borrowed(if *self { &[1] } else { &[0] }))),
            _ => Err(mismatch(marker, "bool")),
        }
    }
}

/// The bytes of a whole number for a type that can hold it.
fn bind_integer(number: i64, bits: u32, marker: &ColumnSpec) -> Option<Vec<u8>> {
    let of_type = match marker.cql_type {
        CqlType::TinyInt => 8,
        CqlType::SmallInt => 16,
        CqlType::Int => 32,
        CqlType::BigInt => 64,
        CqlType::Counter | CqlType::Timestamp | CqlType::Time if bits == 64 => 64,
        CqlType::Varint => {
            let bytes = number.to_be_bytes();
            let sign = if number < 0 { 0xFF } else { 0 };
            let redundant = bytes.windows(2).take_while(|pair| match pair {
                [first, second] => *first == sign && (*second ^ sign) & 0x80 == 0,
                _ => false,
            });
            let skipped = redundant.count();
            return bytes.get(skipped..).map(<[u8]>::to_vec);
        }
        _ => return None,
    };
    let bytes = number.to_be_bytes();
    if bits > of_type { None } else { bytes.get(8 - (of_type / 8) as usize..).map(<[u8]>::to_vec) }
}

macro_rules! integers {
    ($($rust:ident)*) => {$(
        impl Bind for $rust {
            fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>> {
                bind_integer(i64::from(*self), $rust::BITS, marker)
                    .map(|bytes| Value::Bytes(Cow::Owned(bytes)))
                    .ok_or_else(|| mismatch(marker, stringify!($rust)))
            }
        }
    )*};
}

integers!(i8 i16 i32 i64);

impl Bind for f32 {
    fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>> {
        match marker.cql_type {
            CqlType::Float => Ok(Value::Bytes(Cow::Owned(self.to_be_bytes().to_vec()))),
            CqlType::Double => Ok(Value::Bytes(Cow::Owned(f64::from(*self).to_be_bytes().to_vec()))),
            _ => Err(mismatch(marker, "f32")),
        }
    }
}

impl Bind for f64 {
    fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>> {
        match marker.cql_type {
            CqlType::Double => Ok(Value::Bytes(Cow::Owned(self.to_be_bytes().to_vec()))),
            _ => Err(mismatch(marker, "f64")),
        }
    }
}

impl Bind for str {
    fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>> {
        match marker.cql_type {
            CqlType::Text | CqlType::Ascii => Ok(Value::borrowed(self.as_bytes())),
            _ => Err(mismatch(marker, "str")),
        }
    }
}

impl Bind for String {
    fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>> {
        self.as_str().bind(marker)
    }
}

impl Bind for Uuid {
    fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>> {
        match marker.cql_type {
            CqlType::Uuid | CqlType::TimeUuid => Ok(Value::borrowed(&self.0)),
            _ => Err(mismatch(marker, "Uuid")),
        }
    }
}

impl Bind for IpAddr {
    fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>> {
        if marker.cql_type != CqlType::Inet {
            return Err(mismatch(marker, "IpAddr"));
        }
        Ok(Value::Bytes(Cow::Owned(match self {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        })))
    }
}

impl Bind for SystemTime {
    fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>> {
        if marker.cql_type != CqlType::Timestamp {
            return Err(mismatch(marker, "SystemTime"));
        }
        let millis = match self.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).ok(),
            Err(before) => i64::try_from(before.duration().as_millis()).ok().and_then(i64::checked_neg),
        };
        let millis =
            millis.ok_or_else(|| QueryError::invalid("the time is past what a timestamp can hold"))?;
        Ok(Value::Bytes(Cow::Owned(millis.to_be_bytes().to_vec())))
    }
}
