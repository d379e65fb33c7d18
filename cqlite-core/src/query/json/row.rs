//! What `INSERT JSON` is given (`Json.parseJson`).

use std::collections::HashMap;

use super::parser::JsonParser;
use super::value::JsonValue;
use super::value_type::{JsonValueError, value_from_json};
use crate::query::{ColumnSpec, QueryError, QueryResult, Value};

/// The values of a row by the names of its columns.
#[derive(Debug)]
pub(crate) struct JsonRow(Vec<(String, JsonValue)>);

impl JsonRow {
    /// Reads a row. Names are in lower case unless they are in double quotes.
    ///
    /// # Errors
    /// If the text is no object of JSON.
    pub(crate) fn parse(text: &str) -> QueryResult<Self> {
        match JsonParser::parse_object(text) {
            Ok(JsonValue::Object(mut entries)) => {
                fold_names(&mut entries);
                Ok(Self(entries))
            }
            Ok(_) => Err(QueryError::invalid("Got null for INSERT JSON values")),
            Err(error) => Err(QueryError::invalid(format!(
                "Could not decode JSON string as a map: {error}. (String was: {text})"
            ))),
        }
    }

    /// The values for columns, in their order; none for those that the row does not name.
    ///
    /// # Errors
    /// If a value is not of its column's type, or the row names other columns.
    pub(crate) fn into_values(mut self, columns: &[ColumnSpec]) -> QueryResult<Vec<Option<Value<'static>>>> {
        let mut values = Vec::with_capacity(columns.len());
        for column in columns {
            let Some(place) = self.0.iter().position(|(name, _)| **name == *column.name) else {
                values.push(None);
                continue;
            };
            let (_, json) = self.0.remove(place);
            let value = value_from_json(&column.cql_type, &json).map_err(|error| match error {
                JsonValueError::Marshal(message) => {
                    QueryError::invalid(format!("Error decoding JSON value for {}: {message}", column.name))
                }
                JsonValueError::Query(error) => error,
            })?;
            values.push(Some(value.map_or(Value::Null, |bytes| Value::Bytes(bytes.into()))));
        }
        match self.0.first() {
            Some((name, _)) => {
                Err(QueryError::invalid(format!("JSON values map contains unrecognized column: {name}")))
            }
            None => Ok(values),
        }
    }
}

/// Takes names out of double quotes, and those without to lower case; what is renamed goes to the end
/// (`JsonUtils.handleCaseSensitivity`).
pub(super) fn fold_names(entries: &mut Vec<(String, JsonValue)>) {
    if entries.iter().all(|(name, _)| folded(name) == *name) {
        return;
    }
    let names: Vec<String> = entries.iter().map(|(name, _)| name.clone()).collect();
    let mut places: HashMap<String, usize> = names.iter().cloned().zip(0..).collect();
    let mut slots: Vec<Option<(String, JsonValue)>> = entries.drain(..).map(Some).collect();
    for name in names {
        let renamed = folded(&name);
        if renamed == name {
            continue;
        }
        let taken = places.remove(&name).and_then(|place| slots.get_mut(place).and_then(Option::take));
        let Some((_, value)) = taken else {
            continue;
        };
        let place = *places.entry(renamed.clone()).or_insert(slots.len());
        match slots.get_mut(place) {
            Some(slot) => *slot = Some((renamed, value)),
            None => slots.push(Some((renamed, value))),
        }
    }
    entries.extend(slots.into_iter().flatten());
}

fn folded(name: &str) -> String {
    match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(unquoted) => unquoted.to_owned(),
        None => name.to_lowercase(),
    }
}
