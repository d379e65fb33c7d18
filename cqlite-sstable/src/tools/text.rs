//! Keys, clusterings, cells and times as text, for reports about single ones.

use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::row::{Cell, Clustering, ClusteringValue, DeletionTime};
use crate::schema::{Column, TableSchema};
use crate::types::{
    CounterContext, CqlType, JsonStyle, TimeUnit, parse_string, push_hex, write_cql, write_instant,
    write_string,
};

/// A serialized value as a constant of CQL; its bytes where it is not valid.
pub(super) fn value_text(of: &CqlType, value: &[u8]) -> String {
    let mut text = Vec::new();
    let written = match of {
        CqlType::Counter => {
            CounterContext::decode(value).map(|context| text = context.total().to_string().into())
        }
        _ => write_cql(of, value, &mut text),
    };
    if written.is_err() {
        return format!("0x{}", hex_text(value));
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// A partition key as `-k` takes it.
pub(super) fn key_text(key_type: &CqlType, key: &[u8]) -> String {
    let mut text = Vec::new();
    match write_string(key_type, key, &mut text) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned(),
        Err(_) => format!("0x{}", hex_text(key)),
    }
}

/// The serialized partition key that `text` means, in the form that a dump prints.
///
/// # Errors
/// If it is none of the type.
pub fn parse_key(key_type: &CqlType, text: &str) -> Result<Vec<u8>, Error> {
    parse_string(key_type, text)
        .map_err(|error| Error::invalid_input(format!("the key '{text}' cannot be looked up: {error}")))
}

pub(super) fn hex_text(bytes: &[u8]) -> String {
    let mut text = Vec::new();
    push_hex(bytes, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Microseconds since 1970 as an instant.
pub(super) fn micros_text(micros: i64) -> String {
    instant(micros, TimeUnit::Microseconds)
}

/// Seconds since 1970 as an instant.
pub(super) fn seconds_text(seconds: i64) -> String {
    instant(seconds, TimeUnit::Seconds)
}

fn instant(time: i64, unit: TimeUnit) -> String {
    let mut text = Vec::new();
    write_instant(time, unit, JsonStyle::Corrected, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

pub(super) fn deletion_json(deletion: &DeletionTime) -> Value {
    json!({
        "marked_for_delete_at": deletion.marked_for_delete_at,
        "local_deletion_time": deletion.local_deletion_time_seconds,
    })
}

/// The values of a clustering by the names of their columns.
pub(super) fn clustering_json(schema: &TableSchema, clustering: Clustering<'_>) -> Value {
    let named = schema.clustering.iter().zip(clustering.iter()).map(|(column, value)| {
        let value = match value {
            ClusteringValue::Null => Value::Null,
            ClusteringValue::Value(value) => Value::String(value_text(&column.column_type, value)),
        };
        (column.name.clone(), value)
    });
    Value::Object(named.collect::<Map<_, _>>())
}

/// The values of a clustering for people: `c1 = 3, c2 = 'x'`.
pub(super) fn clustering_text(schema: &TableSchema, clustering: Clustering<'_>) -> String {
    named_text(&clustering_json(schema, clustering))
}

/// The fields of an object for people.
pub(super) fn named_text(values: &Value) -> String {
    let pairs = values.as_object().into_iter().flatten();
    let pairs: Vec<String> =
        pairs.map(|(name, value)| format!("{name} = {}", value.as_str().unwrap_or("null"))).collect();
    pairs.join(", ")
}

/// The path of a cell of `column` as text, and the type of its value.
pub(super) fn path_of(column: &Column, path: Option<&[u8]>) -> (Option<String>, CqlType) {
    let Some(path) = path else { return (None, column.column_type.clone()) };
    match &column.column_type {
        CqlType::List { element, .. } => {
            (Some(value_text(&CqlType::TimeUuid, path)), CqlType::clone(element))
        }
        CqlType::Set { element, .. } => (Some(value_text(element, path)), CqlType::Empty),
        CqlType::Map { key, value, .. } => (Some(value_text(key, path)), CqlType::clone(value)),
        CqlType::User(user) => {
            let index = path.try_into().map(u16::from_be_bytes).ok();
            match index.and_then(|index| user.fields.get(usize::from(index))) {
                Some(field) => (Some(field.name.clone()), field.field_type.clone()),
                None => (Some(hex_text(path)), CqlType::Blob),
            }
        }
        _ => (Some(hex_text(path)), CqlType::Blob),
    }
}

/// The value of a cell as text; none of a tombstone.
pub(super) fn cell_text(value_type: &CqlType, cell: &Cell<'_>) -> Option<String> {
    (!cell.is_tombstone()).then(|| value_text(value_type, cell.value))
}
