//! Values as the tables of `system_schema` have them.

use std::collections::BTreeMap;

use cqlite_sstable::row::{ClusteringBuffer, ClusteringValue};

/// The elements of a frozen list or set behind their number (`CollectionSerializer.pack`).
pub(super) fn frozen_list(elements: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    let mut count = 0_i32;
    for element in elements {
        push_element(element.as_ref(), &mut bytes);
        count = count.saturating_add(1);
    }
    if let Some(front) = bytes.first_chunk_mut() {
        *front = count.to_be_bytes();
    }
    bytes
}

/// The entries of a frozen map behind their number, in the order of the keys.
pub(super) fn frozen_map<V: AsRef<[u8]>>(map: &BTreeMap<String, V>) -> Vec<u8> {
    let count = i32::try_from(map.len()).unwrap_or(i32::MAX);
    let mut bytes = count.to_be_bytes().to_vec();
    for (key, value) in map {
        push_element(key.as_bytes(), &mut bytes);
        push_element(value.as_ref(), &mut bytes);
    }
    bytes
}

fn push_element(element: &[u8], bytes: &mut Vec<u8>) {
    let length = i32::try_from(element.len()).unwrap_or(i32::MAX);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(element);
}

/// Clustering values, none of them null.
pub(super) fn clustering(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> ClusteringBuffer {
    let mut buffer = ClusteringBuffer::default();
    for value in values {
        buffer.push(ClusteringValue::Value(value.as_ref()));
    }
    buffer
}
