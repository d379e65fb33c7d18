//! The order of values, as `AbstractType.compare` of Cassandra has it for each type.

mod composed;
mod composite;
mod number;
pub(in crate::types) mod uuid;

pub(in crate::types) use composite::simple_name;

use std::cmp::Ordering;

use super::CqlType;
use crate::partitioner::Partitioner;

/// Compares two serialized values as Cassandra does (`AbstractType.compare`).
///
/// An empty value is less than all others of its type; only [`CqlType::Reversed`] turns that around. Types that
/// Cassandra refuses to compare (`counter`) and classes that are not known ([`CqlType::Custom`]) are ordered by
/// their unsigned bytes. The keys of index tables are ordered by token, with `Murmur3Partitioner` where the type
/// names none.
///
/// Bytes that are no value of the type, which Cassandra meets with an exception, have a place too: a number or
/// UUID of a wrong length stands by its bytes apart from the sound ones, and a composed value that ends within an
/// element is ordered by the elements in front of it. Nothing is allocated but the digits of decimals of different
/// scales with more than 128 bytes, and the class names within dynamic composites.
///
/// # Example
/// ```
/// use std::cmp::Ordering;
/// use cqlite_sstable::types::{CqlType, compare};
/// let (minus_one, one) = ((-1_i32).to_be_bytes(), 1_i32.to_be_bytes());
/// assert_eq!(compare(&CqlType::Int, &minus_one, &one), Ordering::Less);
/// assert_eq!(compare(&CqlType::Blob, &minus_one, &one), Ordering::Greater);
/// assert_eq!(compare(&CqlType::Int, &[], &minus_one), Ordering::Less);
/// ```
pub fn compare(cql_type: &CqlType, a: &[u8], b: &[u8]) -> Ordering {
    match cql_type {
        CqlType::Ascii
        | CqlType::Text
        | CqlType::Blob
        | CqlType::Date
        | CqlType::Time
        | CqlType::LegacyTimestamp
        | CqlType::Inet
        | CqlType::Duration
        | CqlType::Counter
        | CqlType::Custom(_) => a.cmp(b),
        CqlType::Int => number::int(a, b),
        CqlType::BigInt | CqlType::Timestamp => number::bigint(a, b),
        CqlType::SmallInt | CqlType::TinyInt => number::signed_bytes(a, b),
        CqlType::Boolean => number::boolean(a, b),
        CqlType::Float => number::float(a, b),
        CqlType::Double => number::double(a, b),
        CqlType::Varint => number::varint(a, b),
        CqlType::Decimal => number::decimal(a, b),
        CqlType::Uuid => uuid::by_version(a, b),
        CqlType::TimeUuid | CqlType::LegacyTimeUuid => uuid::by_time(a, b),
        CqlType::LexicalUuid => uuid::lexical(a, b),
        CqlType::Empty => Ordering::Equal,
        CqlType::List { element, .. } | CqlType::Set { element, .. } => composed::list(element, a, b),
        CqlType::Map { key, value, .. } => composed::map(key, value, a, b),
        CqlType::Tuple(types) => composed::fields(types.iter(), a, b),
        CqlType::User(user) => composed::fields(user.fields.iter().map(|field| &field.field_type), a, b),
        CqlType::Vector { element, dimension } => composed::vector(element, *dimension, a, b),
        CqlType::Composite(types) => composite::composite(types, a, b),
        CqlType::DynamicComposite(aliases) => composite::dynamic(aliases, a, b),
        CqlType::Reversed(inner) => compare(inner, b, a),
        CqlType::PartitionerDefinedOrder { partitioner, .. } => match Partitioner::of_index_keys(partitioner)
        {
            Some(partitioner) if !a.is_empty() && !b.is_empty() => partitioner.compare_keys(a, b),
            _ => a.cmp(b),
        },
    }
}

/// Null is less than every value.
pub(crate) fn compare_nullable(cql_type: &CqlType, a: Option<&[u8]>, b: Option<&[u8]>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare(cql_type, a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

#[cfg(test)]
mod tests;
