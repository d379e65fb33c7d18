//! Collections of results for Rust.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::Hash;

use cqlite_sstable::types::{CqlType, Elements};

use super::FromValue;
use super::from_value::{mismatch, there};
use crate::query::{ColumnSpec, QueryError, QueryResult};

/// The elements of a list, set or vector.
fn elements<'v, T: FromValue<'v>>(
    column: &ColumnSpec,
    value: Option<&'v [u8]>,
) -> QueryResult<impl Iterator<Item = QueryResult<T>>> {
    let value = there(column, value, "sequence")?;
    let (element, elements) = match &column.cql_type {
        CqlType::List { element, .. } | CqlType::Set { element, .. } => {
            (element, Elements::of_collection(value).map_err(damaged)?)
        }
        CqlType::Vector { element, dimension } => (element, Elements::of_vector(value, element, *dimension)),
        _ => return Err(mismatch(column, "sequence")),
    };
    let spec = column.with(column.name.clone(), CqlType::clone(element));
    Ok(elements.map(move |element| T::from_value(&spec, element.map_err(damaged)?)))
}

type Entries<K, V> = Vec<(K, V)>;

fn entries<'v, K: FromValue<'v>, V: FromValue<'v>>(
    column: &ColumnSpec,
    value: Option<&'v [u8]>,
) -> QueryResult<Entries<K, V>> {
    let bytes = there(column, value, "map")?;
    let CqlType::Map { key, value, .. } = &column.cql_type else { return Err(mismatch(column, "map")) };
    let specs = [key, value].map(|of| column.with(column.name.clone(), CqlType::clone(of)));
    let [of_key, of_value] = &specs;
    let mut elements = Elements::of_map(bytes).map_err(damaged)?;
    let mut entries = Vec::new();
    while let (Some(key), Some(value)) = (elements.next(), elements.next()) {
        let key = K::from_value(of_key, key.map_err(damaged)?)?;
        entries.push((key, V::from_value(of_value, value.map_err(damaged)?)?));
    }
    Ok(entries)
}

fn damaged(error: cqlite_sstable::types::InvalidValue) -> QueryError {
    QueryError::invalid(error.to_string())
}

macro_rules! sequences {
    ($($rust:ty)*) => {$(
        impl<'v> FromValue<'v> for Vec<$rust> {
            fn from_value(column: &ColumnSpec, value: Option<&'v [u8]>) -> QueryResult<Self> {
                elements(column, value)?.collect()
            }
        }
    )*};
}

sequences!(bool i8 i16 i32 i64 f32 f64 &'v str String &'v [u8] Vec<u8> cqlite_cql::Uuid std::net::IpAddr Vec<f32> Vec<i32> Vec<String>);

impl<'v, T: FromValue<'v> + Ord> FromValue<'v> for BTreeSet<T> {
    fn from_value(column: &ColumnSpec, value: Option<&'v [u8]>) -> QueryResult<Self> {
        elements(column, value)?.collect()
    }
}

impl<'v, T: FromValue<'v> + Eq + Hash> FromValue<'v> for HashSet<T> {
    fn from_value(column: &ColumnSpec, value: Option<&'v [u8]>) -> QueryResult<Self> {
        elements(column, value)?.collect()
    }
}

impl<'v, K: FromValue<'v> + Ord, V: FromValue<'v>> FromValue<'v> for BTreeMap<K, V> {
    fn from_value(column: &ColumnSpec, value: Option<&'v [u8]>) -> QueryResult<Self> {
        Ok(entries(column, value)?.into_iter().collect())
    }
}

impl<'v, K: FromValue<'v> + Eq + Hash, V: FromValue<'v>> FromValue<'v> for HashMap<K, V> {
    fn from_value(column: &ColumnSpec, value: Option<&'v [u8]>) -> QueryResult<Self> {
        Ok(entries(column, value)?.into_iter().collect())
    }
}
