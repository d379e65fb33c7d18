//! Values as bytes whose unsigned order is that of the values: version `OSS50` of Cassandra's `ByteComparable`,
//! which the tries of BTI SSTables hold.

mod composed;
mod composite;
mod number;
mod separator;
mod uuid;

pub(crate) use composed::write_component;
pub(crate) use number::write_varint;
pub(crate) use separator::Separator;

use super::CqlType;
use crate::partitioner::{KeyPosition, Partitioner};

/// Appends the byte-comparable form of `value` (`AbstractType.asComparableBytes`) and tells whether there is one.
///
/// Null and the empty values of most types have none, and nothing is written then: what stands in its place says
/// the sequence that the value is in. Text, blobs, `inet` and `duration` have one even when they are empty.
///
/// The forms of two values are in the order of [`compare`](super::compare()), with two exceptions of Cassandra's:
/// NaNs have different forms, of which those with the sign bit set come first; and within a composed value an empty
/// number is written as null is. Bytes that are no value of the type, for which Cassandra throws, get a form that
/// nothing is promised about.
///
/// # Example
/// ```
/// use cqlite_sstable::types::{CqlType, write_byte_comparable};
/// let mut form = Vec::new();
/// assert!(write_byte_comparable(&CqlType::Text, Some(b"a\0b"), &mut form));
/// assert_eq!(form, b"a\x00\xFFb\x00");
/// assert!(!write_byte_comparable(&CqlType::Int, Some(b""), &mut form));
/// ```
pub fn write_byte_comparable(cql_type: &CqlType, value: Option<&[u8]>, out: &mut Vec<u8>) -> bool {
    value.is_some_and(|value| write(cql_type, value, out))
}

fn write(cql_type: &CqlType, value: &[u8], out: &mut Vec<u8>) -> bool {
    match cql_type {
        CqlType::Ascii
        | CqlType::Text
        | CqlType::Blob
        | CqlType::Inet
        | CqlType::Duration
        | CqlType::Counter
        | CqlType::Custom(_) => write_escaped(value, out),
        CqlType::Empty => return false,
        CqlType::DynamicComposite(aliases) => composite::write_dynamic(aliases, value, out),
        CqlType::PartitionerDefinedOrder { partitioner, .. } => {
            match Partitioner::of_index_keys(partitioner) {
                Some(_) if value.is_empty() => return false,
                Some(partitioner) => partitioner.write_byte_comparable(value, KeyPosition::At, out),
                None => write_escaped(value, out),
            }
        }
        CqlType::Reversed(inner) => return write_reversed(inner, value, out),
        _ if value.is_empty() => return false,
        CqlType::Int | CqlType::SmallInt | CqlType::TinyInt | CqlType::Timestamp => {
            number::write_signed(value, out);
        }
        CqlType::BigInt => number::write_bigint(value, out),
        CqlType::Boolean => out.push(u8::from(value.first() != Some(&0))),
        CqlType::Date | CqlType::Time | CqlType::LegacyTimestamp => out.extend_from_slice(value),
        CqlType::Float | CqlType::Double => number::write_floating(value, out),
        CqlType::Varint => write_varint(value, out),
        CqlType::Decimal => number::write_decimal(value, out),
        CqlType::Uuid => uuid::write_by_version(value, out),
        CqlType::TimeUuid | CqlType::LegacyTimeUuid => uuid::write_by_time(value, out),
        CqlType::LexicalUuid => uuid::write_lexical(value, out),
        CqlType::List { element, .. } | CqlType::Set { element, .. } => {
            composed::write_list(element, value, out);
        }
        CqlType::Map { key, value: mapped, .. } => composed::write_map(key, mapped, value, out),
        CqlType::Tuple(types) => composed::write_fields(types.iter(), value, out),
        CqlType::User(user) => {
            composed::write_fields(user.fields.iter().map(|field| &field.field_type), value, out);
        }
        CqlType::Vector { element, dimension } => composed::write_vector(element, *dimension, value, out),
        CqlType::Composite(types) => composite::write_composite(types, value, out),
    }
    true
}

/// Every byte of the form inverted (`ReversedType`).
fn write_reversed(inner: &CqlType, value: &[u8], out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let written = write(inner, value, out);
    for byte in out.iter_mut().skip(start) {
        *byte = !*byte;
    }
    written
}

/// Bytes with their zeros escaped and an end that sorts before all that goes on (`ByteSource.AbstractEscaper`):
/// a run of zeros is `00`, `FE` for each further one and `FF`; at the end of the value it has an `FE` for each and
/// no `FF`. A value without zeros at its end ends with `00`.
pub(crate) fn write_escaped(value: &[u8], out: &mut Vec<u8>) {
    const CONTINUED: u8 = 0xFE;
    const DONE: u8 = 0xFF;
    out.reserve(value.len().saturating_add(1));
    let mut after_zero = false;
    for &byte in value {
        match (after_zero, byte) {
            (true, 0) => out.push(CONTINUED),
            (true, _) => out.extend_from_slice(&[DONE, byte]),
            (false, _) => out.push(byte),
        }
        after_zero = byte == 0;
    }
    out.push(if after_zero { CONTINUED } else { 0 });
}

#[cfg(test)]
mod tests;
