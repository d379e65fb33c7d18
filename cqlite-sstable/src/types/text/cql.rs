//! Values as literals of CQL.

use cqlite_cql::Identifier;

use crate::types::validate::{Purpose, check};
use crate::types::{CqlType, Elements, Field, InvalidValue, Scalar};

use super::escape::push_doubled;
use super::hex::push_hex;
use super::plain::{Manner, push_integer, push_scalar};
use super::sink::TextSink;
use super::time::Years;

const MANNER: Manner = Manner { quote: b"", time_quote: b"'", separator: b'T', years: Years::OfEra };

/// Pushes `value` as `AbstractType.toCQLString` of Cassandra 5.0 prints it: a literal of CQL, as in the
/// clusterings of `sstabledump -d`. An empty value is `null`, but for text, blobs and collections. Composites
/// and unknown types print as blobs. A value that is null altogether is the caller's to print, as `null`.
///
/// # Errors
/// If `value` is not valid for its type. Nothing has been pushed then.
///
/// # Example
/// ```
/// use cqlite_sstable::types::{CqlType, write_cql};
/// let mut text = Vec::new();
/// write_cql(&CqlType::Text, b"it's", &mut text)?;
/// assert_eq!(text, b"'it''s'");
/// # Ok::<(), cqlite_sstable::types::InvalidValue>(())
/// ```
pub fn write_cql<S: TextSink + ?Sized>(of: &CqlType, value: &[u8], sink: &mut S) -> Result<(), InvalidValue> {
    match of {
        CqlType::List { .. }
        | CqlType::Set { .. }
        | CqlType::Map { .. }
        | CqlType::Tuple(_)
        | CqlType::User(_)
        | CqlType::Vector { .. } => {
            check(of, value, Purpose::Printing)?;
            write(of, value, sink)
        }
        CqlType::Reversed(inner) => write_cql(inner, value, sink),
        _ => write_scalar(of, value, sink),
    }
}

fn write<S: TextSink + ?Sized>(of: &CqlType, value: &[u8], sink: &mut S) -> Result<(), InvalidValue> {
    match of {
        CqlType::List { element, .. } => {
            write_all(Elements::of_collection(value)?, element, (b"[", b"]"), sink)
        }
        CqlType::Set { element, .. } => {
            write_all(Elements::of_collection(value)?, element, (b"{", b"}"), sink)
        }
        CqlType::Vector { element, dimension } => {
            write_all(Elements::of_vector(value, element, *dimension), element, (b"[", b"]"), sink)
        }
        CqlType::Map { key, value: mapped, .. } => {
            sink.push(b"{");
            for (i, (element, of)) in
                Elements::of_map(value)?.zip([key, mapped].into_iter().cycle()).enumerate()
            {
                sink.push(match i {
                    0 => b"",
                    _ if i % 2 == 0 => b", ",
                    _ => b": ",
                });
                write_element(of, element?, sink)?;
            }
            sink.push(b"}");
            Ok(())
        }
        CqlType::Tuple(types) => {
            sink.push(b"(");
            for (i, (field, of)) in Elements::of_tuple(value, types.len()).zip(types.iter()).enumerate() {
                sink.push(if i > 0 { b", " } else { b"" });
                write_element(of, field?, sink)?;
            }
            sink.push(b")");
            Ok(())
        }
        CqlType::User(user) => write_user(value, &user.fields, sink),
        CqlType::Reversed(inner) => write(inner, value, sink),
        _ => write_scalar(of, value, sink),
    }
}

fn write_user<S: TextSink + ?Sized>(
    value: &[u8],
    fields: &[Field],
    sink: &mut S,
) -> Result<(), InvalidValue> {
    sink.push(b"{");
    for (i, (value, field)) in Elements::of_tuple(value, fields.len()).zip(fields).enumerate() {
        sink.push(if i > 0 { b", " } else { b"" });
        sink.push(Identifier::quote_if_needed(&field.name).as_bytes());
        sink.push(b": ");
        write_element(&field.field_type, value?, sink)?;
    }
    sink.push(b"}");
    Ok(())
}

fn write_all<S: TextSink + ?Sized>(
    elements: Elements<'_>,
    of: &CqlType,
    (open, close): (&[u8], &[u8]),
    sink: &mut S,
) -> Result<(), InvalidValue> {
    sink.push(open);
    for (i, element) in elements.enumerate() {
        sink.push(if i > 0 { b", " } else { b"" });
        write_element(of, element?, sink)?;
    }
    sink.push(close);
    Ok(())
}

fn write_element<S: TextSink + ?Sized>(
    of: &CqlType,
    element: Option<&[u8]>,
    sink: &mut S,
) -> Result<(), InvalidValue> {
    match element {
        Some(value) => write(of, value, sink),
        None => {
            sink.push(b"null");
            Ok(())
        }
    }
}

fn write_scalar<S: TextSink + ?Sized>(of: &CqlType, value: &[u8], sink: &mut S) -> Result<(), InvalidValue> {
    let scalar = match of {
        CqlType::LexicalUuid | CqlType::PartitionerDefinedOrder { .. } => Scalar::Blob(value),
        _ => Scalar::decode(of, value)?,
    };
    match scalar {
        Scalar::Empty => sink.push(b"null"),
        Scalar::Text(text) => {
            sink.push(b"'");
            push_doubled(text.as_bytes(), b'\'', sink);
            sink.push(b"'");
        }
        Scalar::Blob(bytes) => {
            sink.push(b"0x");
            push_hex(bytes, sink);
        }
        Scalar::Counter(context) => match context.first_long() {
            Some(number) => push_integer(number, sink),
            None => return Err(InvalidValue::of(of, "has no shards")),
        },
        other => push_scalar(other, MANNER, sink)?,
    }
    Ok(())
}
