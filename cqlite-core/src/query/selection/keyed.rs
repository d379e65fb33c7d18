//! Parts of sets and maps.

use std::cmp::Ordering;
use std::ops::Range;

use cqlite_sstable::types::{CqlType, Elements, compare};

use super::compose::{push_count, push_element};
use crate::query::{QueryError, QueryResult};

/// A set or map of which parts are selected (`cql3.selection.ElementsSelector`).
#[derive(Debug, Clone)]
pub(super) struct Keyed {
    /// The type of its elements, or of its keys.
    key: CqlType,
    has_values: bool,
    is_multi_cell: bool,
}

/// One element of a set, or one entry of a map.
struct Entry<'a> {
    key: &'a [u8],
    value: Option<&'a [u8]>,
}

impl Keyed {
    /// That of a type; none of one that is no set or map.
    pub(super) fn of(cql_type: &CqlType) -> Option<Self> {
        let (key, has_values) = match cql_type {
            CqlType::Set { element, .. } => (element, false),
            CqlType::Map { key, .. } => (key, true),
            _ => return None,
        };
        Some(Self { key: CqlType::clone(key), has_values, is_multi_cell: cql_type.is_multi_cell() })
    }

    fn entries<'a>(
        &self,
        collection: &'a [u8],
    ) -> QueryResult<impl Iterator<Item = QueryResult<Entry<'a>>> + use<'a>> {
        let has_values = self.has_values;
        let not_enough = move || {
            let kind = if has_values { "map" } else { "set" };
            QueryError::invalid(format!("Not enough bytes to read a {kind}"))
        };
        let mut elements =
            if has_values { Elements::of_map(collection) } else { Elements::of_collection(collection) }
                .map_err(|_| not_enough())?;
        Ok(std::iter::from_fn(move || {
            let key = match elements.next()? {
                Ok(key) => key.unwrap_or_default(),
                Err(_) => return Some(Err(not_enough())),
            };
            let value = match has_values.then(|| elements.next()).flatten().transpose() {
                Ok(value) => value.flatten(),
                Err(_) => return Some(Err(not_enough())),
            };
            Some(Ok(Entry { key, value }))
        }))
    }

    /// The value of a key, or the element itself, if it is there (`CollectionSerializer.getSerializedValue`).
    pub(super) fn element<'a>(&self, collection: &'a [u8], key: &[u8]) -> QueryResult<Option<&'a [u8]>> {
        for entry in self.entries(collection)? {
            let entry = entry?;
            match compare(&self.key, entry.key, key) {
                Ordering::Less => {}
                Ordering::Equal => return Ok(if self.has_values { entry.value } else { Some(entry.key) }),
                Ordering::Greater => break,
            }
        }
        Ok(None)
    }

    /// The place of a key or element (`CollectionSerializer.getIndexFromSerialized`).
    pub(super) fn index(&self, collection: &[u8], key: &[u8]) -> QueryResult<Option<usize>> {
        for (index, entry) in self.entries(collection)?.enumerate() {
            match compare(&self.key, entry?.key, key) {
                Ordering::Less => {}
                Ordering::Equal => return Ok(Some(index)),
                Ordering::Greater => break,
            }
        }
        Ok(None)
    }

    /// The places of all between two keys or elements (`CollectionSerializer.getIndexesRangeFromSerialized`).
    pub(super) fn range(
        &self,
        collection: &[u8],
        from: Option<&[u8]>,
        to: Option<&[u8]>,
    ) -> QueryResult<Range<usize>> {
        let (mut start, mut end) = (from.is_none().then_some(0), 0);
        for (index, entry) in self.entries(collection)?.enumerate() {
            let key = entry?.key;
            if start.is_none() && from.is_some_and(|from| compare(&self.key, from, key).is_gt()) {
                continue;
            }
            start.get_or_insert(index);
            end = index;
            if to.is_some_and(|to| compare(&self.key, key, to).is_gt()) {
                break;
            }
            end = index.saturating_add(1);
        }
        Ok(start.map_or(0..0, |start| start..end))
    }

    /// Appends all between two keys or elements; `false` if there is nothing and that is null
    /// (`CollectionSerializer.getSliceFromSerialized`).
    pub(super) fn slice(
        &self,
        collection: &[u8],
        from: Option<&[u8]>,
        to: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) -> QueryResult<bool> {
        let places = self.range(collection, from, to)?;
        if places.is_empty() && self.is_multi_cell {
            return Ok(false);
        }
        push_count(places.len(), out);
        for entry in self.entries(collection)?.skip(places.start).take(places.len()) {
            let entry = entry?;
            push_element(Some(entry.key), out);
            if self.has_values {
                push_element(entry.value, out);
            }
        }
        Ok(true)
    }
}
