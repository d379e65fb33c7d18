//! The order of frozen collections, tuples, user-defined types and vectors.

use std::cmp::Ordering;

use super::compare_nullable;
use crate::types::{CqlType, Elements};

/// Lists and sets: element by element, then by the number of elements (`CollectionType.compareListOrSet`).
pub(super) fn list(element: &CqlType, a: &[u8], b: &[u8]) -> Ordering {
    collection(1, std::iter::repeat(element), a, b)
}

/// Maps: key, value, key, value, then by the number of entries (`MapType.compareMaps`).
pub(super) fn map(key: &CqlType, value: &CqlType, a: &[u8], b: &[u8]) -> Ordering {
    collection(2, [key, value].into_iter().cycle(), a, b)
}

fn collection<'t>(each: usize, types: impl Iterator<Item = &'t CqlType>, a: &[u8], b: &[u8]) -> Ordering {
    if a.is_empty() || b.is_empty() {
        return a.len().cmp(&b.len());
    }
    let ((elements_a, count_a), (elements_b, count_b)) =
        (Elements::of_whole(a, each), Elements::of_whole(b, each));
    elementwise(types, elements_a, elements_b).then_with(|| count_a.cmp(&count_b))
}

/// Vectors: element by element (`VectorType.compareCustom`).
pub(super) fn vector(element: &CqlType, dimension: u32, a: &[u8], b: &[u8]) -> Ordering {
    let elements = |value| Elements::of_vector(value, element, dimension);
    elementwise(std::iter::repeat(element), elements(a), elements(b))
}

/// Those with fewer elements come first if they are equal up to there.
fn elementwise<'t>(
    types: impl Iterator<Item = &'t CqlType>,
    mut a: Elements<'_>,
    mut b: Elements<'_>,
) -> Ordering {
    for of in types {
        let order = match (a.next_whole(), b.next_whole()) {
            (Some(a), Some(b)) => compare_nullable(of, a, b),
            (None, None) => break,
            (a, b) => return a.is_some().cmp(&b.is_some()),
        };
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

/// Tuples and user-defined types: field by field, where those that are missing at the end are null
/// (`TupleType.compareCustom`). A value may have fields that were added after the type was told, as where it is looked for
/// in an SSTable that is older: it is behind those without.
pub(super) fn fields<'t>(types: impl Iterator<Item = &'t CqlType>, a: &[u8], b: &[u8]) -> Ordering {
    if a.is_empty() || b.is_empty() {
        return a.len().cmp(&b.len());
    }
    let (mut a, mut b) = (Elements::of_tuple(a, usize::MAX), Elements::of_tuple(b, usize::MAX));
    for of in types {
        let order = compare_nullable(of, a.next_whole().flatten(), b.next_whole().flatten());
        if order.is_ne() {
            return order;
        }
    }
    has_value(a).cmp(&has_value(b))
}

/// Whether any of the elements that are left is not null.
fn has_value(mut elements: Elements<'_>) -> bool {
    std::iter::from_fn(|| elements.next_whole()).any(|element| element.is_some())
}
