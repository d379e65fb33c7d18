//! Keys, clusterings and ids as text.

use crate::component::statistics::{CoveredBound, CoveredClusterings, HeaderColumn};
use crate::types::{CqlType, write_string};

/// A value as Cassandra's tools print keys (`AbstractType.getString`). What is not valid for its type, on
/// which those fail, is hexadecimal behind `0x`.
pub(in crate::tools) fn value_text(value_type: &CqlType, value: &[u8]) -> String {
    let mut text = Vec::new();
    match write_string(value_type, value, &mut text) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned(),
        Err(_) => format!("0x{}", hex(value)),
    }
}

/// Bytes in hexadecimal.
pub(in crate::tools) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A UUID with its dashes.
pub(in crate::tools) fn uuid_text(uuid: &[u8; 16]) -> String {
    value_text(&CqlType::Uuid, uuid)
}

/// The values of a bound, each as [`value_text`] prints it.
pub(super) fn bound_texts(bound: &CoveredBound, types: &[CqlType]) -> Vec<String> {
    let text = |(index, value): (usize, crate::row::ClusteringValue<'_>)| match value.bytes() {
        Some(value) => value_text(types.get(index).unwrap_or(&CqlType::Blob), value),
        None => "null".to_owned(),
    };
    bound.values.as_clustering().iter().enumerate().map(text).collect()
}

/// The slice as `Slice.toString` prints it: `[a:b, c:d]`, with parentheses where an end is excluded.
pub(super) fn covered_text(covered: &CoveredClusterings, types: &[CqlType]) -> String {
    let CoveredClusterings::Slice { start, end } = covered else { return "ALL".to_owned() };
    let open = if start.kind.is_inclusive() { '[' } else { '(' };
    let close = if end.kind.is_inclusive() { ']' } else { ')' };
    let [start, end] = [start, end].map(|bound| bound_texts(bound, types).join(":"));
    format!("{open}{start}, {end}{close}")
}

/// The marshal class names of `types`.
pub(super) fn type_names<'a>(types: impl IntoIterator<Item = &'a CqlType>) -> Vec<String> {
    types.into_iter().map(|named| named.marshal_name().to_string()).collect()
}

/// Names of columns and the marshal class names of their types.
pub(super) fn column_types(columns: &[HeaderColumn]) -> Vec<(String, String)> {
    let pair = |column: &HeaderColumn| {
        (column.name_text().into_owned(), column.column_type.marshal_name().to_string())
    };
    columns.iter().map(pair).collect()
}
