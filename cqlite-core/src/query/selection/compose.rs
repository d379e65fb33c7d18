//! How values are put together of others.

use std::cmp::Ordering;

use cqlite_sstable::encoding::write_uvint;
use cqlite_sstable::types::{CqlType, compare};

use crate::query::{QueryError, QueryResult};

/// What is made of the values of several selectors (`ListSelector`, `SetSelector`, `MapSelector`,
/// `TupleSelector`, `UserTypeSelector`, `VectorSelector`).
#[derive(Debug, Clone)]
pub(super) enum Composer {
    /// A list of them.
    List,
    /// A set of them, which are of this type.
    Set(CqlType),
    /// A map of keys of this type and values, in turns.
    Map(CqlType),
    /// A tuple of them.
    Tuple,
    /// A value of a user-defined type: which of them is in each of its fields.
    UserType(Vec<Option<usize>>),
    /// A vector of them, which are of this type.
    Vector(CqlType),
}

impl Composer {
    /// Appends the value.
    ///
    /// # Errors
    /// If something is null that cannot be.
    pub(super) fn compose(&self, values: &[Option<&[u8]>], out: &mut Vec<u8>) -> QueryResult<()> {
        match self {
            Self::List => {
                push_count(values.len(), out);
                values.iter().for_each(|value| push_element(*value, out));
            }
            Self::Tuple => values.iter().for_each(|value| push_element(*value, out)),
            Self::UserType(fields) => fields.iter().for_each(|field| {
                push_element(field.and_then(|place| values.get(place).copied().flatten()), out);
            }),
            Self::Set(element) => {
                let mut elements = values.iter().copied().map(not_null).collect::<QueryResult<Vec<_>>>()?;
                elements.sort_by(|a, b| compare(element, a, b));
                elements.dedup_by(|b, a| compare(element, a, b) == Ordering::Equal);
                push_count(elements.len(), out);
                elements.into_iter().for_each(|element| push_element(Some(element), out));
            }
            Self::Map(key) => compose_map(key, values, out)?,
            Self::Vector(element) => {
                let is_fixed = element.fixed_length().is_some();
                for value in values {
                    let value = not_null(*value)?;
                    if !is_fixed {
                        write_uvint(value.len() as u64, out);
                    }
                    out.extend_from_slice(value);
                }
            }
        }
        Ok(())
    }
}

/// Appends a map. Of a key that is there twice the last value counts; the number is that of the entries as
/// they are written, as Cassandra counts.
fn compose_map(key_type: &CqlType, values: &[Option<&[u8]>], out: &mut Vec<u8>) -> QueryResult<()> {
    let (pairs, _) = values.as_chunks::<2>();
    let mut entries = Vec::with_capacity(pairs.len());
    for [key, value] in pairs {
        entries.push((not_null(*key)?, *value));
    }
    entries.sort_by(|(a, _), (b, _)| compare(key_type, a, b));
    push_count(entries.len(), out);
    entries.dedup_by(|later, earlier| {
        let is_same = compare(key_type, earlier.0, later.0) == Ordering::Equal;
        if is_same {
            earlier.1 = later.1;
        }
        is_same
    });
    for (key, value) in entries {
        push_element(Some(key), out);
        push_element(value, out);
    }
    Ok(())
}

fn not_null(value: Option<&[u8]>) -> QueryResult<&[u8]> {
    value.ok_or_else(|| QueryError::invalid("null is not supported inside collections"))
}

/// Appends the number of a collection's elements.
pub(super) fn push_count(count: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&(count as u32).to_be_bytes());
}

/// Appends an element behind its length (`CollectionSerializer.writeValue`).
pub(super) fn push_element(element: Option<&[u8]>, out: &mut Vec<u8>) {
    match element {
        Some(element) => {
            out.extend_from_slice(&(element.len() as u32).to_be_bytes());
            out.extend_from_slice(element);
        }
        None => out.extend_from_slice(&(-1_i32).to_be_bytes()),
    }
}
