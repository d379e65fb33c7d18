//! Collections of Rust for bind markers.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use cqlite_sstable::types::{CqlType, compare};

use super::Bind;
use super::bind::mismatch;
use crate::query::{ColumnSpec, QueryError, QueryResult, Value};

/// Bytes are the value itself, but for a list of numbers of one byte.
impl Bind for [u8] {
    fn bind(&self, _: &ColumnSpec) -> QueryResult<Value<'_>> {
        Ok(Value::borrowed(self))
    }
}

impl<const N: usize> Bind for [u8; N] {
    fn bind(&self, _: &ColumnSpec) -> QueryResult<Value<'_>> {
        Ok(Value::borrowed(self))
    }
}

impl Bind for Vec<u8> {
    fn bind(&self, _: &ColumnSpec) -> QueryResult<Value<'_>> {
        Ok(Value::borrowed(self))
    }
}

/// The serialized elements of a list, set or vector.
fn bind_elements<'b, B: Bind + 'b>(
    elements: impl ExactSizeIterator<Item = &'b B>,
    marker: &ColumnSpec,
) -> QueryResult<Value<'static>> {
    let (element, is_set) = match &marker.cql_type {
        CqlType::List { element, .. } => (element, false),
        CqlType::Set { element, .. } => (element, true),
        CqlType::Vector { element, dimension } => {
            if elements.len() != *dimension as usize {
                let (name, given) = (&marker.name, elements.len());
                let told = format!("{name} is a vector of {dimension} elements, and {given} are bound to it");
                return Err(QueryError::invalid(told));
            }
            return bind_vector(elements, marker, element);
        }
        _ => return Err(mismatch(marker, "sequence")),
    };
    let spec = marker.with(marker.name.clone(), CqlType::clone(element));
    let mut values =
        elements.map(|element| bytes_of(element.bind(&spec)?, marker)).collect::<QueryResult<Vec<_>>>()?;
    if is_set {
        values.sort_by(|a, b| compare(element, a, b));
        values.dedup();
    }
    let mut out = (values.len() as u32).to_be_bytes().to_vec();
    values.iter().for_each(|value| push(value, &mut out));
    Ok(Value::Bytes(Cow::Owned(out)))
}

fn bind_vector<'b, B: Bind + 'b>(
    elements: impl Iterator<Item = &'b B>,
    marker: &ColumnSpec,
    element: &CqlType,
) -> QueryResult<Value<'static>> {
    if element.fixed_length().is_none() {
        return Err(mismatch(marker, "sequence"));
    }
    let spec = marker.with(marker.name.clone(), element.clone());
    let mut out = Vec::new();
    for element in elements {
        out.extend_from_slice(&bytes_of(element.bind(&spec)?, marker)?);
    }
    Ok(Value::Bytes(Cow::Owned(out)))
}

fn bind_entries<'b, K: Bind + 'b, V: Bind + 'b>(
    entries: impl Iterator<Item = (&'b K, &'b V)>,
    marker: &ColumnSpec,
) -> QueryResult<Value<'static>> {
    let CqlType::Map { key, value, .. } = &marker.cql_type else { return Err(mismatch(marker, "map")) };
    let specs = [key, value].map(|of| marker.with(marker.name.clone(), CqlType::clone(of)));
    let [of_key, of_value] = &specs;
    let mut bound = entries
        .map(|(key, value)| {
            Ok((bytes_of(key.bind(of_key)?, marker)?, bytes_of(value.bind(of_value)?, marker)?))
        })
        .collect::<QueryResult<Vec<_>>>()?;
    bound.sort_by(|(a, _), (b, _)| compare(key, a, b));
    let mut out = (bound.len() as u32).to_be_bytes().to_vec();
    for (key, value) in &bound {
        push(key, &mut out);
        push(value, &mut out);
    }
    Ok(Value::Bytes(Cow::Owned(out)))
}

fn push(value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(value.len() as u32).to_be_bytes());
    out.extend_from_slice(value);
}

fn bytes_of(value: Value<'_>, marker: &ColumnSpec) -> QueryResult<Vec<u8>> {
    match value {
        Value::Bytes(bytes) => Ok(bytes.into_owned()),
        Value::Null | Value::Unset => {
            let name = &marker.name;
            Err(QueryError::invalid(format!(
                "there can be no null inside of the collection that is bound to {name}"
            )))
        }
    }
}

macro_rules! sequences {
    ($($rust:ty)*) => {$(
        impl Bind for [$rust] {
            fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>> {
                bind_elements(self.iter(), marker)
            }
        }

        impl<const N: usize> Bind for [$rust; N] {
            fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>> {
                bind_elements(self.iter(), marker)
            }
        }

        impl Bind for Vec<$rust> {
            fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>> {
                bind_elements(self.iter(), marker)
            }
        }
    )*};
}

sequences!(bool i8 i16 i32 i64 f32 f64 &str String Vec<u8> cqlite_cql::Uuid std::net::IpAddr Vec<f32> Vec<i32> Vec<String>);

impl<B: Bind> Bind for BTreeSet<B> {
    fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>> {
        bind_elements(self.iter(), marker)
    }
}

impl<B: Bind, S> Bind for HashSet<B, S> {
    fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>> {
        bind_elements(self.iter(), marker)
    }
}

impl<K: Bind, V: Bind> Bind for BTreeMap<K, V> {
    fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>> {
        bind_entries(self.iter(), marker)
    }
}

impl<K: Bind, V: Bind, S> Bind for HashMap<K, V, S> {
    fn bind(&self, marker: &ColumnSpec) -> QueryResult<Value<'_>> {
        bind_entries(self.iter(), marker)
    }
}
