//! Whether bytes are values of a type, with Cassandra's messages.

use cqlite_sstable::encoding::Bytes;
use cqlite_sstable::types::{CqlType, UserType, validate};

use crate::query::type_text::type_text;
use crate::query::{QueryError, QueryResult};

/// Refuses bytes that are no value of a type (`AbstractType.validate`).
///
/// # Errors
/// With Cassandra's message.
#[inline]
pub(crate) fn validate_value(of: &CqlType, value: &[u8]) -> QueryResult<()> {
    match of {
        // What is given to a counter is a number; a context is what is stored of it.
        CqlType::Counter => explain(of, value),
        of => validate(of, value).or_else(|error| refuse(of, value, &error)),
    }
}

/// Tells in Cassandra's words what is wrong.
#[cold]
fn refuse(of: &CqlType, value: &[u8], error: &dyn std::fmt::Display) -> QueryResult<()> {
    explain(of, value)?;
    Err(QueryError::invalid(error.to_string()))
}

/// Refuses bytes that are no list (`ListSerializer.deserialize`). Its elements may be null, for the values of an `IN`;
/// whether one is.
pub(super) fn validate_list(element: &CqlType, value: &[u8]) -> QueryResult<bool> {
    let mut walk = Walk::counted("list", value)?;
    let mut has_null = false;
    for _ in 0..walk.count {
        match walk.next()? {
            Some(item) => validate_value(element, item)?,
            None => has_null = true,
        }
    }
    walk.end()?;
    Ok(has_null)
}

/// Refuses bytes that are no set (`SetSerializer.deserialize`).
pub(super) fn validate_set(element: &CqlType, value: &[u8]) -> QueryResult<()> {
    let mut walk = Walk::counted("set", value)?;
    for _ in 0..walk.count {
        validate_value(element, walk.next_whole()?)?;
    }
    walk.end()
}

/// Refuses bytes that are no map (`MapSerializer.deserialize`).
pub(super) fn validate_map(key: &CqlType, mapped: &CqlType, value: &[u8]) -> QueryResult<()> {
    let mut walk = Walk::counted("map", value)?;
    for _ in 0..walk.count {
        validate_value(key, walk.next_whole()?)?;
        validate_value(mapped, walk.next_whole()?)?;
    }
    walk.end()
}

/// Refuses bytes whose components cannot be told apart (`TupleType.split`).
pub(super) fn split_tuple(value: &[u8], components: usize) -> QueryResult<()> {
    let mut rest = value;
    for index in 0..components {
        if rest.is_empty() {
            return Ok(());
        }
        let cut = || QueryError::invalid(format!("Not enough bytes to read {index}th component"));
        let (length, behind) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
        rest = behind;
        if let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) {
            rest = rest.get(length..).ok_or_else(cut)?;
        }
    }
    if rest.is_empty() {
        return Ok(());
    }
    Err(QueryError::invalid(format!(
        "Expected {components} {} for a tuple value, but got more",
        if components == 1 { "value" } else { "values" }
    )))
}

/// The elements of a collection, each with its length before it.
struct Walk<'a> {
    kind: &'static str,
    rest: &'a [u8],
    count: i32,
}

impl<'a> Walk<'a> {
    fn counted(kind: &'static str, value: &'a [u8]) -> QueryResult<Self> {
        let walk = Self::nested(kind, value)?;
        if walk.count < 0 {
            return Err(QueryError::invalid(format!("The data cannot be deserialized as a {kind}")));
        }
        Ok(walk)
    }

    fn nested(kind: &'static str, value: &'a [u8]) -> QueryResult<Self> {
        let (count, rest) = value.split_first_chunk::<4>().ok_or_else(|| cut(kind))?;
        Ok(Self { kind, rest, count: i32::from_be_bytes(*count) })
    }

    fn next(&mut self) -> QueryResult<Option<&'a [u8]>> {
        let (length, rest) = self.rest.split_first_chunk::<4>().ok_or_else(|| cut(self.kind))?;
        self.rest = rest;
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            return Ok(None);
        };
        let (element, rest) = rest.split_at_checked(length).ok_or_else(|| cut(self.kind))?;
        self.rest = rest;
        Ok(Some(element))
    }

    fn next_whole(&mut self) -> QueryResult<&'a [u8]> {
        self.next()?.ok_or_else(|| QueryError::invalid("Null value read when not allowed"))
    }

    fn end(&self) -> QueryResult<()> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(QueryError::invalid(format!("Unexpected extraneous bytes after {} value", self.kind)))
    }
}

fn cut(kind: &str) -> QueryError {
    QueryError::invalid(format!("Not enough bytes to read a {kind}"))
}

/// What Cassandra's serializers say of bytes that are no value; nothing of those that are.
fn explain(of: &CqlType, value: &[u8]) -> QueryResult<()> {
    match of {
        CqlType::Reversed(inner) => explain(inner, value),
        CqlType::List { element, .. } => explain_elements("list", &[element], value),
        CqlType::Set { element, .. } => explain_elements("set", &[element], value),
        CqlType::Map { key, value: mapped, .. } => explain_elements("map", &[key, mapped], value),
        CqlType::Tuple(types) => explain_tuple(types, value),
        CqlType::User(user) => explain_user_type(user, value),
        CqlType::Vector { element, dimension } => explain_vector(of, element, *dimension, value),
        CqlType::Duration => explain_duration(value),
        scalar => match scalar_problem(scalar, value) {
            Some(message) => Err(QueryError::invalid(message)),
            None => Ok(()),
        },
    }
}

fn explain_elements(kind: &'static str, types: &[&CqlType], value: &[u8]) -> QueryResult<()> {
    let mut walk = Walk::nested(kind, value)?;
    for _ in 0..walk.count {
        for of in types {
            explain(of, walk.next_whole()?)?;
        }
    }
    walk.end()
}

fn explain_tuple(types: &[CqlType], value: &[u8]) -> QueryResult<()> {
    let mut rest = value;
    for (index, of) in types.iter().enumerate() {
        if rest.is_empty() {
            return Ok(());
        }
        let invalid =
            |what: &str| QueryError::invalid(format!("Not enough bytes to read {what}{index}th component"));
        let (length, behind) = rest.split_first_chunk::<4>().ok_or_else(|| invalid("size of "))?;
        rest = behind;
        if let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) {
            let (field, behind) = rest.split_at_checked(length).ok_or_else(|| invalid(""))?;
            rest = behind;
            explain(of, field)?;
        }
    }
    if rest.is_empty() {
        return Ok(());
    }
    Err(QueryError::invalid("Invalid remaining data after end of tuple value"))
}

fn explain_user_type(user: &UserType, value: &[u8]) -> QueryResult<()> {
    let mut rest = value;
    for (index, field) in user.fields.iter().enumerate() {
        if rest.is_empty() {
            return Ok(());
        }
        let name = &field.name;
        let invalid = |what: &str| {
            QueryError::invalid(format!("Not enough bytes to read {what}{index}th field {name}"))
        };
        let (length, behind) = rest.split_first_chunk::<4>().ok_or_else(|| invalid("size of "))?;
        rest = behind;
        if let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) {
            let (bytes, behind) = rest.split_at_checked(length).ok_or_else(|| invalid(""))?;
            rest = behind;
            explain(&field.field_type, bytes).map_err(|error| {
                QueryError::invalid(format!("Failure validating the {index}th field {name}; {error}"))
            })?;
        }
    }
    if rest.is_empty() {
        return Ok(());
    }
    Err(QueryError::invalid("Invalid remaining data after end of UDT value"))
}

fn explain_vector(of: &CqlType, element: &CqlType, dimension: u32, value: &[u8]) -> QueryResult<()> {
    if value.is_empty() {
        return Err(QueryError::invalid("Invalid empty vector value"));
    }
    let extraneous = |extra: usize| match extra {
        0 => Ok(()),
        extra => Err(QueryError::invalid(format!(
            "Unexpected {extra} extraneous bytes after {} value",
            type_text(of)
        ))),
    };
    let Some(length) = element.fixed_length() else {
        let mut rest = value;
        for _ in 0..dimension {
            let mut head = Bytes::new(rest);
            let Some(length) = head.uvint().ok().and_then(|length| usize::try_from(length).ok()) else {
                return Ok(());
            };
            let start = rest.len().saturating_sub(head.remaining());
            let Some((bytes, behind)) = rest.get(start..).and_then(|rest| rest.split_at_checked(length))
            else {
                return Ok(());
            };
            explain(element, bytes)?;
            rest = behind;
        }
        return extraneous(rest.len());
    };
    let expected = length.saturating_mul(dimension as usize);
    if value.len() < expected {
        return Err(QueryError::invalid(format!("Not enough bytes to read a {}", type_text(of))));
    }
    value.chunks(length.max(1)).take(dimension as usize).try_for_each(|bytes| explain(element, bytes))?;
    extraneous(value.len().saturating_sub(expected))
}

fn explain_duration(value: &[u8]) -> QueryResult<()> {
    if value.len() < 3 {
        let message = format!("Expected at least 3 bytes for a duration ({})", value.len());
        return Err(QueryError::invalid(message));
    }
    let mut rest = value;
    let parts = [read_vint(&mut rest), read_vint(&mut rest), read_vint(&mut rest)];
    let [Some(months), Some(days), Some(nanoseconds)] = parts else {
        return Ok(());
    };
    for (name, count) in [("months", months), ("days", days)] {
        if i32::try_from(count).is_err() {
            return Err(QueryError::invalid(format!(
                "The duration {name} must be a 32 bits integer but was: {count}"
            )));
        }
    }
    let signs = [months, days, nanoseconds].map(i64::signum);
    if signs.contains(&1) && signs.contains(&-1) {
        return Err(QueryError::invalid(format!(
            "The duration months, days and nanoseconds must be all of the same sign ({months}, {days}, {nanoseconds})"
        )));
    }
    Ok(())
}

/// A signed number of variable length: as many leading ones as bytes follow the first, then zig-zag.
fn read_vint(bytes: &mut &[u8]) -> Option<i64> {
    let (first, rest) = bytes.split_first()?;
    let extra = first.leading_ones();
    let (more, rest) = rest.split_at_checked(extra as usize)?;
    let head = u64::from(*first) & 0xFF_u64.checked_shr(extra).unwrap_or(0);
    let value = more.iter().fold(head, |value, byte| (value << 8) | u64::from(*byte));
    *bytes = rest;
    Some((value >> 1) as i64 ^ -((value & 1) as i64))
}

fn scalar_problem(of: &CqlType, value: &[u8]) -> Option<String> {
    use CqlType::{
        Ascii, BigInt, Boolean, Counter, Date, Decimal, Double, Empty, Float, Inet, Int, LegacyTimeUuid,
        LegacyTimestamp, LexicalUuid, SmallInt, Text, Time, TimeUuid, Timestamp, TinyInt, Uuid,
    };
    let length = value.len();
    let is_length = |wanted: usize| length == wanted || length == 0;
    match of {
        Text => std::str::from_utf8(value).is_err().then(|| String::from("String didn't validate.")),
        Ascii => value
            .iter()
            .find(|byte| **byte >= 0x80)
            .map(|byte| format!("Invalid byte for ascii: {}", *byte as i8)),
        Boolean if length > 1 => Some(format!("Expected 1 or 0 byte value ({length})")),
        TinyInt if length != 1 => Some(format!("Expected 1 byte for a tinyint ({length})")),
        SmallInt if length != 2 => Some(format!("Expected 2 bytes for a smallint ({length})")),
        Int if !is_length(4) => Some(format!("Expected 4 or 0 byte int ({length})")),
        BigInt | Counter if !is_length(8) => Some(format!("Expected 8 or 0 byte long ({length})")),
        Float if !is_length(4) => Some(format!("Expected 4 or 0 byte value for a float ({length})")),
        Double if !is_length(8) => Some(format!("Expected 8 or 0 byte value for a double ({length})")),
        Decimal if length > 0 && length < 4 => Some(format!("Expected 0 or at least 4 bytes ({length})")),
        Date if length != 4 => Some(format!("Expected 4 byte long for date ({length})")),
        Time if length != 8 => Some(format!("Expected 8 byte long for time ({length})")),
        Timestamp | LegacyTimestamp if !is_length(8) => {
            Some(format!("Expected 8 or 0 byte long for date ({length})"))
        }
        Uuid | LexicalUuid | TimeUuid | LegacyTimeUuid if !is_length(16) => {
            Some(format!("UUID should be 16 or 0 bytes ({length})"))
        }
        TimeUuid if value.get(6).is_some_and(|byte| byte >> 4 != 1) => {
            let first = value.first().copied().unwrap_or(0);
            Some(format!("Invalid version for TimeUUID type: 0x{:x}", first >> 4))
        }
        Inet if length != 0 && length != 4 && length != 16 => {
            let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
            Some(format!("Expected 4 or 16 byte inetaddress; got {hex}"))
        }
        Empty if length != 0 => Some(String::from("EmptyType only accept empty values")),
        _ => None,
    }
}
