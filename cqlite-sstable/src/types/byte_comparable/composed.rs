//! Sequences of components: collections, tuples, vectors.

use super::{Separator, write_byte_comparable};
use crate::types::{CqlType, Elements};

/// Appends a component with what stands in front of it, `absent` where it has no form (`ByteSource.Multi`).
pub(crate) fn write_component(
    cql_type: &CqlType,
    value: Option<&[u8]>,
    absent: Separator,
    out: &mut Vec<u8>,
) {
    let at = out.len();
    out.push(Separator::Next.into());
    if !write_byte_comparable(cql_type, value, out) {
        out.truncate(at);
        out.push(absent.into());
    }
}

pub(super) fn write_list(element: &CqlType, value: &[u8], out: &mut Vec<u8>) {
    write_elements(std::iter::repeat(element), Elements::of_whole(value, 1).0, out);
}

pub(super) fn write_map(key: &CqlType, mapped: &CqlType, value: &[u8], out: &mut Vec<u8>) {
    write_elements([key, mapped].into_iter().cycle(), Elements::of_whole(value, 2).0, out);
}

pub(super) fn write_vector(element: &CqlType, dimension: u32, value: &[u8], out: &mut Vec<u8>) {
    write_elements(std::iter::repeat(element), Elements::of_vector(value, element, dimension), out);
}

fn write_elements<'t>(
    types: impl Iterator<Item = &'t CqlType>,
    mut elements: Elements<'_>,
    out: &mut Vec<u8>,
) {
    for of in types {
        let Some(element) = elements.next_whole() else { break };
        write_component(of, element, Separator::NextNull, out);
    }
    out.push(Separator::Terminator.into());
}

/// Nulls at the end are left out, so that a field that was added later changes nothing.
pub(super) fn write_fields<'t>(
    types: impl ExactSizeIterator<Item = &'t CqlType>,
    value: &[u8],
    out: &mut Vec<u8>,
) {
    let mut fields = Elements::of_tuple(value, types.len());
    let mut end = out.len();
    for of in types {
        let Some(field) = fields.next_whole() else { break };
        write_component(of, field, Separator::NextNull, out);
        if field.is_some() {
            end = out.len();
        }
    }
    out.truncate(end);
    out.push(Separator::Terminator.into());
}
