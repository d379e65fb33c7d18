//! Values inside collections that are bound: Cassandra reads them, and writes them again.

use std::borrow::Cow;

use cqlite_sstable::types::{CqlType, Elements, compare};

use super::collection::{count, pack, push_element};
use super::vector::push_unsigned_vint;

/// Whether values of a type may be written in another way than they were bound: those with sets or maps in them, but
/// for tuples and user-defined types, of which Cassandra leaves the bytes alone.
pub(super) fn may_change(of: &CqlType) -> bool {
    match of {
        CqlType::Set { .. } | CqlType::Map { .. } => true,
        CqlType::List { element, .. } | CqlType::Vector { element, .. } => may_change(element),
        _ => false,
    }
}

/// The bytes of a value with the sets and maps in it in order (`AbstractType.decompose` of what `compose` has read).
/// The value is sound.
pub(super) fn recomposed<'b>(of: &CqlType, bytes: &'b [u8]) -> Cow<'b, [u8]> {
    if !may_change(of) {
        return Cow::Borrowed(bytes);
    }
    match of {
        CqlType::List { element, .. } => Cow::Owned(pack(&elements(element, bytes))),
        CqlType::Set { element, .. } => {
            let mut elements = elements(element, bytes);
            elements.sort_by(|a, b| compare(element, a, b));
            elements.dedup();
            Cow::Owned(pack(&elements))
        }
        CqlType::Map { key, value, .. } => Cow::Owned(recomposed_map(key, value, bytes)),
        CqlType::Vector { element, dimension } => {
            let mut vector = Vec::with_capacity(bytes.len());
            for item in Elements::of_vector(bytes, element, *dimension) {
                let item = recomposed(element, item.ok().flatten().unwrap_or_default());
                if element.fixed_length().is_none() {
                    push_unsigned_vint(item.len() as u64, &mut vector);
                }
                vector.extend_from_slice(&item);
            }
            Cow::Owned(vector)
        }
        _ => Cow::Borrowed(bytes),
    }
}

fn elements<'b>(element: &CqlType, bytes: &'b [u8]) -> Vec<Cow<'b, [u8]>> {
    let items = Elements::of_collection(bytes).into_iter().flatten();
    items.map(|item| recomposed(element, item.ok().flatten().unwrap_or_default())).collect()
}

/// Of a key that is there twice the last value stays.
fn recomposed_map(key: &CqlType, value: &CqlType, bytes: &[u8]) -> Vec<u8> {
    let mut items = Elements::of_map(bytes).into_iter().flatten();
    let mut next = |of| items.next().map(|item| recomposed(of, item.ok().flatten().unwrap_or_default()));
    let mut entries = Vec::new();
    while let (Some(key), Some(value)) = (next(key), next(value)) {
        entries.push((key, value));
    }
    entries.sort_by(|(a, _), (b, _)| compare(key, a, b));
    entries.dedup_by(|(later, value), (first, kept)| {
        let is_same = later == first;
        if is_same {
            std::mem::swap(kept, value);
        }
        is_same
    });
    let mut map = count(entries.len()).to_vec();
    for (key, value) in &entries {
        push_element(key, &mut map);
        push_element(value, &mut map);
    }
    map
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn set_of(element: CqlType) -> Arc<CqlType> {
        Arc::new(CqlType::Set { element: Arc::new(element), frozen: true })
    }

    /// Cassandra 5.0.9 showed the second after the first was bound.
    #[test]
    fn sets_in_a_list_are_put_in_order() {
        let of = CqlType::List { element: set_of(CqlType::SmallInt), frozen: false };
        let bound = b"\0\0\0\x01\0\0\0\x10\0\0\0\x02\0\0\0\x02\xff\xff\0\0\0\x02\x80\0";
        let stored = b"\0\0\0\x01\0\0\0\x10\0\0\0\x02\0\0\0\x02\x80\0\0\0\0\x02\xff\xff";
        assert_eq!(*recomposed(&of, bound), *stored);
    }

    #[test]
    fn a_key_in_a_vector_of_maps_keeps_its_last_value() {
        let map =
            CqlType::Map { key: Arc::new(CqlType::TinyInt), value: Arc::new(CqlType::TinyInt), frozen: true };
        let of = CqlType::Vector { element: Arc::new(map), dimension: 1 };
        let bound = b"\x22\0\0\0\x03\0\0\0\x01\x02\0\0\0\x01\x07\0\0\0\x01\x01\0\0\0\x01\x08\0\0\0\x01\x02\0\0\0\x01\x09";
        let stored = b"\x18\0\0\0\x02\0\0\0\x01\x01\0\0\0\x01\x08\0\0\0\x01\x02\0\0\0\x01\x09";
        assert_eq!(*recomposed(&of, bound), *stored);
    }

    #[test]
    fn a_list_of_numbers_is_not_copied() {
        let of = CqlType::List { element: Arc::new(CqlType::Int), frozen: true };
        assert!(matches!(recomposed(&of, b"\0\0\0\x01\0\0\0\x04\0\0\0\x05"), Cow::Borrowed(_)));
    }
}
