//! Values of composed types from their parts.

use crate::encoding::write_uvint;
use crate::types::{CqlType, compare};

/// Bytes of elements, each behind its length: a list, or a set or map whose elements are in order.
fn counted(count: usize, elements: impl Iterator<Item = Vec<u8>>) -> Result<Vec<u8>, String> {
    let count = i32::try_from(count).map_err(|_| "it has more than 2^31 elements".to_owned())?;
    let mut value = count.to_be_bytes().to_vec();
    for element in elements {
        push_element(Some(&element), &mut value)?;
    }
    Ok(value)
}

fn push_element(element: Option<&[u8]>, value: &mut Vec<u8>) -> Result<(), String> {
    let Some(element) = element else {
        value.extend((-1_i32).to_be_bytes());
        return Ok(());
    };
    let length = i32::try_from(element.len()).map_err(|_| "an element exceeds 2 GiB".to_owned())?;
    value.extend(length.to_be_bytes());
    value.extend(element);
    Ok(())
}

/// A list.
pub(super) fn list(elements: Vec<Vec<u8>>) -> Result<Vec<u8>, String> {
    counted(elements.len(), elements.into_iter())
}

/// A set: in order, and each element once.
pub(super) fn set(of: &CqlType, mut elements: Vec<Vec<u8>>) -> Result<Vec<u8>, String> {
    elements.sort_by(|a, b| compare(of, a, b));
    elements.dedup_by(|a, b| compare(of, a, b).is_eq());
    counted(elements.len(), elements.into_iter())
}

/// A map: in the order of its keys; of entries with one key, the last.
pub(super) fn map(key: &CqlType, mut entries: Vec<(Vec<u8>, Vec<u8>)>) -> Result<Vec<u8>, String> {
    entries.sort_by(|(a, _), (b, _)| compare(key, a, b));
    // What is removed is the later one: it hands its value to the one that stays.
    entries.dedup_by(|(later, value), (kept, kept_value)| {
        let same = compare(key, later, kept).is_eq();
        if same {
            std::mem::swap(value, kept_value);
        }
        same
    });
    counted(entries.len(), entries.into_iter().flat_map(|(key, value)| [key, value]))
}

/// A tuple or user-defined type.
pub(super) fn tuple(fields: &[Option<Vec<u8>>]) -> Result<Vec<u8>, String> {
    let mut value = Vec::new();
    for field in fields {
        push_element(field.as_deref(), &mut value)?;
    }
    Ok(value)
}

/// A vector.
pub(super) fn vector(element: &CqlType, dimension: u32, elements: &[Vec<u8>]) -> Result<Vec<u8>, String> {
    if elements.len() != dimension as usize {
        return Err(format!("a vector of {dimension} elements is wanted, not of {}", elements.len()));
    }
    let mut value = Vec::new();
    for bytes in elements {
        match element.fixed_length() {
            Some(length) if bytes.len() != length => return Err("an element of a vector is empty".to_owned()),
            Some(_) => {}
            None => write_uvint(bytes.len() as u64, &mut value),
        }
        value.extend(bytes);
    }
    Ok(value)
}
