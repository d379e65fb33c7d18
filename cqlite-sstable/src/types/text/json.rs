//! Values as JSON, as `sstabledump` and `SELECT JSON` print them.

use crate::types::validate::{Purpose, check};
use crate::types::{CqlType, Elements, Field, InvalidValue, Scalar};

use super::escape::{MapKey, push_json_escaped};
use super::hex::push_hex;
use super::plain::{Manner, push_integer, push_scalar};
use super::sink::TextSink;
use super::time::Years;

/// Whether to print what Cassandra prints, or what is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum JsonStyle {
    /// As Cassandra 5.0 does, byte for byte.
    #[default]
    Cassandra,
    /// As Cassandra, but: counters by their total, not the first eight bytes of their context; not-a-number
    /// and infinities as `"NaN"`, `"Infinity"`, `"-Infinity"`, not `null`; timestamps before year 1 with
    /// a signed year, not that of their era.
    Corrected,
}

const CASSANDRA: Manner = Manner { quote: b"\"", time_quote: b"\"", separator: b' ', years: Years::OfEra };
const CORRECTED: Manner = Manner { years: Years::Signed, ..CASSANDRA };

/// Pushes `value` as JSON: `AbstractType.toJSONString` of Cassandra 5.0, byte for byte.
///
/// Where Cassandra fails on a sound value, it goes on: an empty boolean, tinyint or counter is `""`, fields
/// that a tuple lacks at its end are `null`, so is a null element, and composites and unknown types print
/// as blobs do. A value that is null altogether is the caller's to print, as `null`.
///
/// # Errors
/// If `value` is not valid for its type. Nothing has been pushed then, so that the caller may print the
/// bytes in another way.
///
/// # Example
/// ```
/// use cqlite_sstable::types::{CqlType, JsonStyle, write_json};
/// let map = CqlType::parse_marshal("FrozenType(MapType(BooleanType,UTF8Type))").unwrap();
/// let value = [0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 2, b'\n', b'x'];
/// let mut json = Vec::new();
/// write_json(&map, &value, JsonStyle::Cassandra, &mut json)?;
/// assert_eq!(json, br#"{"true": "\nx"}"#);
/// # Ok::<(), cqlite_sstable::types::InvalidValue>(())
/// ```
pub fn write_json<S: TextSink + ?Sized>(
    of: &CqlType,
    value: &[u8],
    style: JsonStyle,
    sink: &mut S,
) -> Result<(), InvalidValue> {
    match of {
        CqlType::List { .. }
        | CqlType::Set { .. }
        | CqlType::Map { .. }
        | CqlType::Tuple(_)
        | CqlType::User(_)
        | CqlType::Vector { .. } => {
            check(of, value, Purpose::Printing)?;
            write(of, value, style, sink)
        }
        CqlType::Reversed(inner) => write_json(inner, value, style, sink),
        CqlType::PartitionerDefinedOrder { base: Some(base), .. } => write_json(base, value, style, sink),
        _ => write_scalar(of, value, style, sink),
    }
}

/// As [`write_json`], of values that have been checked.
fn write<S: TextSink + ?Sized>(
    of: &CqlType,
    value: &[u8],
    style: JsonStyle,
    sink: &mut S,
) -> Result<(), InvalidValue> {
    match of {
        CqlType::List { element, .. } | CqlType::Set { element, .. } => {
            write_array(Elements::of_collection(value)?, element, style, sink)
        }
        CqlType::Vector { element, dimension } => {
            write_array(Elements::of_vector(value, element, *dimension), element, style, sink)
        }
        CqlType::Map { key, value: mapped, .. } => write_map(value, key, mapped, style, sink),
        CqlType::Tuple(types) => write_tuple(value, types, style, sink),
        CqlType::User(user) => write_user(value, &user.fields, style, sink),
        CqlType::Reversed(inner) => write(inner, value, style, sink),
        CqlType::PartitionerDefinedOrder { base: Some(base), .. } => write(base, value, style, sink),
        _ => write_scalar(of, value, style, sink),
    }
}

#[inline]
fn write_scalar<S: TextSink + ?Sized>(
    of: &CqlType,
    value: &[u8],
    style: JsonStyle,
    sink: &mut S,
) -> Result<(), InvalidValue> {
    if matches!(of, CqlType::Empty) {
        sink.push(b"\"\"");
        return Ok(());
    }
    match Scalar::decode(of, value)? {
        Scalar::Empty if matches!(of, CqlType::Time) => sink.push(b"\"null\""),
        Scalar::Empty => sink.push(b"\"\""),
        Scalar::Text(text) => {
            sink.push(b"\"");
            push_json_escaped(text.as_bytes(), sink);
            sink.push(b"\"");
        }
        Scalar::Blob(bytes) => {
            sink.push(b"\"0x");
            push_hex(bytes, sink);
            sink.push(b"\"");
        }
        Scalar::Float(value) if !value.is_finite() => write_infinite(f64::from(value), style, sink),
        Scalar::Double(value) if !value.is_finite() => write_infinite(value, style, sink),
        Scalar::Counter(context) => match style {
            JsonStyle::Corrected => push_integer(context.total(), sink),
            JsonStyle::Cassandra => match context.first_long() {
                Some(number) => push_integer(number, sink),
                None => return Err(InvalidValue::of(of, "has no shards")),
            },
        },
        other => {
            let manner = if style == JsonStyle::Corrected { CORRECTED } else { CASSANDRA };
            push_scalar(other, manner, sink)?;
        }
    }
    Ok(())
}

fn write_infinite<S: TextSink + ?Sized>(value: f64, style: JsonStyle, sink: &mut S) {
    sink.push(match style {
        JsonStyle::Cassandra => b"null",
        JsonStyle::Corrected if value.is_nan() => b"\"NaN\"",
        JsonStyle::Corrected if value > 0.0 => b"\"Infinity\"",
        JsonStyle::Corrected => b"\"-Infinity\"",
    });
}

/// Pushes an element, or what is printed for none: Cassandra takes it for an empty value where it can.
fn write_element<S: TextSink + ?Sized>(
    of: &CqlType,
    element: Option<&[u8]>,
    style: JsonStyle,
    sink: &mut S,
) -> Result<(), InvalidValue> {
    match element {
        Some(value) => write(of, value, style, sink),
        None if style == JsonStyle::Cassandra
            && matches!(of.without_reversed(), CqlType::Decimal | CqlType::Empty) =>
        {
            sink.push(b"\"\"");
            Ok(())
        }
        None => {
            sink.push(b"null");
            Ok(())
        }
    }
}

fn write_array<S: TextSink + ?Sized>(
    elements: Elements<'_>,
    of: &CqlType,
    style: JsonStyle,
    sink: &mut S,
) -> Result<(), InvalidValue> {
    sink.push(b"[");
    for (i, element) in elements.enumerate() {
        if i > 0 {
            sink.push(b", ");
        }
        write_element(of, element?, style, sink)?;
    }
    sink.push(b"]");
    Ok(())
}

fn write_map<S: TextSink + ?Sized>(
    value: &[u8],
    key_type: &CqlType,
    value_type: &CqlType,
    style: JsonStyle,
    mut sink: &mut S,
) -> Result<(), InvalidValue> {
    let mut elements = Elements::of_map(value)?;
    let mut separator: &[u8] = b"{";
    while let Some(key) = elements.next().transpose()? {
        sink.push(separator);
        separator = b", ";
        let mut key_sink = MapKey::new(&mut sink);
        write_element(key_type, key, style, &mut key_sink)?;
        key_sink.finish();
        sink.push(b": ");
        let mapped = elements.next().transpose()?.flatten();
        write_element(value_type, mapped, style, sink)?;
    }
    sink.push(if separator == b"{" { b"{}" } else { b"}" });
    Ok(())
}

fn write_tuple<S: TextSink + ?Sized>(
    value: &[u8],
    types: &[CqlType],
    style: JsonStyle,
    sink: &mut S,
) -> Result<(), InvalidValue> {
    let mut fields = Elements::of_tuple(value, types.len());
    sink.push(b"[");
    for (i, of) in types.iter().enumerate() {
        if i > 0 {
            sink.push(b", ");
        }
        match fields.next().transpose()?.flatten() {
            Some(field) => write(of, field, style, sink)?,
            None => sink.push(b"null"),
        }
    }
    sink.push(b"]");
    Ok(())
}

fn write_user<S: TextSink + ?Sized>(
    value: &[u8],
    fields: &[Field],
    style: JsonStyle,
    sink: &mut S,
) -> Result<(), InvalidValue> {
    let mut values = Elements::of_tuple(value, fields.len());
    sink.push(b"{");
    for (i, Field { name, field_type }) in fields.iter().enumerate() {
        sink.push(if i > 0 { b", \"" } else { b"\"" });
        // Quotes within the quotes, where CQL would need them for the letters' case.
        let quote: &[u8] = if is_lower_case(name) { b"" } else { b"\\\"" };
        sink.push(quote);
        push_json_escaped(name.as_bytes(), sink);
        sink.push(quote);
        sink.push(b"\": ");
        match values.next().transpose()?.flatten() {
            Some(field) => write(field_type, field, style, sink)?,
            None => sink.push(b"null"),
        }
    }
    sink.push(b"}");
    Ok(())
}

fn is_lower_case(name: &str) -> bool {
    if name.is_ascii() { !name.bytes().any(|c| c.is_ascii_uppercase()) } else { name.to_lowercase() == name }
}
