//! Values of results for Rust.

use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cqlite_cql::Uuid;
use cqlite_sstable::types::CqlType;

use crate::query::{ColumnSpec, QueryError, QueryResult};

/// A type of Rust that values of one or some types of CQL can be told as: those of [`Bind`](super::Bind), the other way round.
/// Numbers fit where none of their values is lost; null is told as `Option`, and refused by others.
pub trait FromValue<'v>: Sized {
    /// From a serialized value of a column; none is null.
    ///
    /// # Errors
    /// If values of the column are none of this type, or it is null.
    fn from_value(column: &ColumnSpec, value: Option<&'v [u8]>) -> QueryResult<Self>;
}

#[cold]
pub(super) fn mismatch(column: &ColumnSpec, wanted: &str) -> QueryError {
    let (name, of) = (&column.name, column.cql_type.cql_name());
    QueryError::invalid(format!(
        "the column {name} of the type {of} cannot be told as the Rust type {wanted}"
    ))
}

#[cold]
fn null(column: &ColumnSpec, wanted: &str) -> QueryError {
    let name = &column.name;
    QueryError::invalid(format!(
        "the column {name} is null, which the Rust type {wanted} cannot tell: ask for an Option"
    ))
}

/// The bytes of a value that is not null.
pub(super) fn there<'v>(column: &ColumnSpec, value: Option<&'v [u8]>, wanted: &str) -> QueryResult<&'v [u8]> {
    value.ok_or_else(|| null(column, wanted))
}

impl<'v, T: FromValue<'v>> FromValue<'v> for Option<T> {
    fn from_value(column: &ColumnSpec, value: Option<&'v [u8]>) -> QueryResult<Self> {
        match value {
            None => Ok(None),
            // Numbers and the like may be of no bytes, which stands for no value, too.
            Some([]) if is_number(&column.cql_type) => Ok(None),
            some => T::from_value(column, some).map(Some),
        }
    }
}

fn is_number(of: &CqlType) -> bool {
    !matches!(of, CqlType::Text | CqlType::Ascii | CqlType::Blob | CqlType::Tuple(_) | CqlType::User(_))
}

impl<'v> FromValue<'v> for &'v [u8] {
    fn from_value(column: &ColumnSpec, value: Option<&'v [u8]>) -> QueryResult<Self> {
        there(column, value, "&[u8]")
    }
}

impl<'v> FromValue<'v> for Vec<u8> {
    fn from_value(column: &ColumnSpec, value: Option<&'v [u8]>) -> QueryResult<Self> {
        there(column, value, "Vec<u8>").map(<[u8]>::to_vec)
    }
}

impl<'v> FromValue<'v> for &'v str {
    fn from_value(column: &ColumnSpec, value: Option<&'v [u8]>) -> QueryResult<Self> {
        if !matches!(column.cql_type, CqlType::Text | CqlType::Ascii) {
            return Err(mismatch(column, "str"));
        }
        std::str::from_utf8(there(column, value, "str")?).map_err(|_| mismatch(column, "str"))
    }
}

impl<'v> FromValue<'v> for String {
    fn from_value(column: &ColumnSpec, value: Option<&'v [u8]>) -> QueryResult<Self> {
        <&str>::from_value(column, value).map(str::to_owned)
    }
}

impl<'v> FromValue<'v> for bool {
    fn from_value(column: &ColumnSpec, value: Option<&'v [u8]>) -> QueryResult<Self> {
        match (&column.cql_type, there(column, value, "bool")?) {
            (CqlType::Boolean, [byte]) => Ok(*byte != 0),
            _ => Err(mismatch(column, "bool")),
        }
    }
}

/// A whole number.
pub(super) fn integer(column: &ColumnSpec, value: &[u8]) -> Option<i64> {
    let is_integer = matches!(
        column.cql_type,
        CqlType::TinyInt
            | CqlType::SmallInt
            | CqlType::Int
            | CqlType::BigInt
            | CqlType::Counter
            | CqlType::Timestamp
            | CqlType::Time
            | CqlType::Varint
    );
    let first = *value.first().filter(|_| is_integer)?;
    let start = if first & 0x80 == 0 { 0 } else { -1_i64 };
    if value.len() > 8 {
        return None;
    }
    Some(value.iter().fold(start, |number, byte| (number << 8) | i64::from(*byte)))
}

macro_rules! integers {
    ($($rust:ident)*) => {$(
        impl<'v> FromValue<'v> for $rust {
            fn from_value(column: &ColumnSpec, value: Option<&'v [u8]>) -> QueryResult<Self> {
                let value = there(column, value, stringify!($rust))?;
                let number = integer(column, value).and_then(|number| $rust::try_from(number).ok());
                number.ok_or_else(|| mismatch(column, stringify!($rust)))
            }
        }
    )*};
}

integers!(i8 i16 i32 i64 i128 u8 u16 u32 u64);

impl<'v> FromValue<'v> for f32 {
    fn from_value(column: &ColumnSpec, value: Option<&'v [u8]>) -> QueryResult<Self> {
        let value = there(column, value, "f32")?;
        match (&column.cql_type, value.try_into()) {
            (CqlType::Float, Ok(bytes)) => Ok(f32::from_be_bytes(bytes)),
            _ => Err(mismatch(column, "f32")),
        }
    }
}

impl<'v> FromValue<'v> for f64 {
    fn from_value(column: &ColumnSpec, value: Option<&'v [u8]>) -> QueryResult<Self> {
        let bytes = there(column, value, "f64")?;
        match (&column.cql_type, bytes.try_into()) {
            (CqlType::Double, Ok(bytes)) => Ok(f64::from_be_bytes(bytes)),
            (CqlType::Float, _) => f32::from_value(column, value).map(f64::from),
            _ => Err(mismatch(column, "f64")),
        }
    }
}

impl<'v> FromValue<'v> for Uuid {
    fn from_value(column: &ColumnSpec, value: Option<&'v [u8]>) -> QueryResult<Self> {
        let value = there(column, value, "Uuid")?;
        match (&column.cql_type, value.try_into()) {
            (CqlType::Uuid | CqlType::TimeUuid, Ok(bytes)) => Ok(Uuid(bytes)),
            _ => Err(mismatch(column, "Uuid")),
        }
    }
}

impl<'v> FromValue<'v> for IpAddr {
    fn from_value(column: &ColumnSpec, value: Option<&'v [u8]>) -> QueryResult<Self> {
        let value = there(column, value, "IpAddr")?;
        let four: Option<[u8; 4]> = value.try_into().ok();
        let sixteen: Option<[u8; 16]> = value.try_into().ok();
        let address = four.map(IpAddr::from).or(sixteen.map(IpAddr::from));
        address.filter(|_| column.cql_type == CqlType::Inet).ok_or_else(|| mismatch(column, "IpAddr"))
    }
}

impl<'v> FromValue<'v> for SystemTime {
    fn from_value(column: &ColumnSpec, value: Option<&'v [u8]>) -> QueryResult<Self> {
        let value = there(column, value, "SystemTime")?;
        let millis = integer(column, value).filter(|_| column.cql_type == CqlType::Timestamp);
        let since = |millis: i64| Duration::from_millis(millis.unsigned_abs());
        let time = millis.and_then(|millis| match millis {
            0.. => UNIX_EPOCH.checked_add(since(millis)),
            _ => UNIX_EPOCH.checked_sub(since(millis)),
        });
        time.ok_or_else(|| mismatch(column, "SystemTime"))
    }
}
