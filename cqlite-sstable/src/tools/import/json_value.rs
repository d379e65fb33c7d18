//! Values from JSON, as `INSERT JSON` takes them.

use super::compose;
use super::names::{Spelling, field_index};
use super::parse_scalar::parse_scalar;
use crate::tools::json_text::JsonValue;
use crate::types::{CqlType, Excerpt, UserType, validate};

/// The serialized form of `value`, which is not null (`AbstractType.fromJSONObject`). Numbers keep all of their
/// digits, where Cassandra makes those with a point into a `double` first.
pub(super) fn from_json(of: &CqlType, value: &JsonValue<'_>) -> Result<Vec<u8>, String> {
    let bytes = convert(of, value)?;
    validate(of, &bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

fn convert(of: &CqlType, value: &JsonValue<'_>) -> Result<Vec<u8>, String> {
    match of {
        CqlType::List { .. }
        | CqlType::Set { .. }
        | CqlType::Map { .. }
        | CqlType::Tuple(_)
        | CqlType::User(_)
        | CqlType::Vector { .. } => match value {
            // As the key of a map it is text that is JSON itself.
            JsonValue::String(text) => {
                let inner = JsonValue::parse(text)
                    .map_err(|error| format!("'{}': {}", Excerpt(text), error.message))?;
                if matches!(inner, JsonValue::String(_)) {
                    Err(unexpected(of, value))
                } else {
                    composed(of, &inner)
                }
            }
            _ => composed(of, value),
        },
        CqlType::Reversed(inner) => convert(inner, value),
        _ => scalar(of, value),
    }
}

#[cold]
fn unexpected(of: &CqlType, value: &JsonValue<'_>) -> String {
    format!("{} is no {}", value.kind(), of.cql_name())
}

fn scalar(of: &CqlType, value: &JsonValue<'_>) -> Result<Vec<u8>, String> {
    let parse = |text: &str| parse_scalar(of, text);
    match (of, value) {
        (CqlType::Blob, JsonValue::String(text)) => match text.strip_prefix("0x") {
            Some(digits) => parse(digits),
            None => Err(format!("'{}' is no blob: it has to begin with 0x", Excerpt(text))),
        },
        (CqlType::Custom(_) | CqlType::Counter, _) => Err(unexpected(of, value)),
        (_, JsonValue::String(text)) => parse(text),
        (CqlType::Boolean, JsonValue::Bool(value)) => Ok(vec![u8::from(*value)]),
        (
            CqlType::TinyInt
            | CqlType::SmallInt
            | CqlType::Int
            | CqlType::BigInt
            | CqlType::Varint
            | CqlType::Decimal
            | CqlType::Float
            | CqlType::Double
            | CqlType::Timestamp
            | CqlType::LegacyTimestamp,
            JsonValue::Number(digits),
        ) => parse(digits),
        _ => Err(unexpected(of, value)),
    }
}

fn composed(of: &CqlType, value: &JsonValue<'_>) -> Result<Vec<u8>, String> {
    match (of, value) {
        (CqlType::List { element, .. }, JsonValue::Array(values)) => {
            compose::list(elements(element, values)?)
        }
        (CqlType::Set { element, .. }, JsonValue::Array(values)) => {
            compose::set(element, elements(element, values)?)
        }
        (CqlType::Vector { element, dimension }, JsonValue::Array(values)) => {
            compose::vector(element, *dimension, &elements(element, values)?)
        }
        (CqlType::Map { key, value: mapped, .. }, JsonValue::Object(fields)) => {
            let mut entries = Vec::with_capacity(fields.len());
            for (name, value) in fields {
                if *value == JsonValue::Null {
                    return Err("a value of a map is null".to_owned());
                }
                let within = |error| format!("entry '{}': {error}", Excerpt(name));
                let key = convert(key, &JsonValue::String(name.as_ref().into())).map_err(within)?;
                entries.push((key, convert(mapped, value).map_err(within)?));
            }
            compose::map(key, entries)
        }
        (CqlType::Tuple(types), JsonValue::Array(values)) => {
            if values.len() != types.len() {
                return Err(format!("a tuple of {} fields is wanted, not of {}", types.len(), values.len()));
            }
            let fields = types.iter().zip(values).map(|(of, value)| nullable(of, value));
            compose::tuple(&fields.collect::<Result<Vec<_>, _>>()?)
        }
        (CqlType::User(user), JsonValue::Object(fields)) => user_value(user, fields),
        _ => Err(unexpected(of, value)),
    }
}

fn elements(of: &CqlType, values: &[JsonValue<'_>]) -> Result<Vec<Vec<u8>>, String> {
    (1_usize..)
        .zip(values)
        .map(|(number, value)| match value {
            JsonValue::Null => Err(format!("element {number} is null")),
            value => convert(of, value).map_err(|error| format!("element {number}: {error}")),
        })
        .collect()
}

fn nullable(of: &CqlType, value: &JsonValue<'_>) -> Result<Option<Vec<u8>>, String> {
    match value {
        JsonValue::Null => Ok(None),
        value => convert(of, value).map(Some),
    }
}

fn user_value(
    user: &UserType,
    fields: &[(std::borrow::Cow<'_, str>, JsonValue<'_>)],
) -> Result<Vec<u8>, String> {
    let mut values = vec![None; user.fields.len()];
    let mut is_given = vec![false; user.fields.len()];
    for (name, value) in fields {
        let index = field_index(user, name, Spelling::Json)?;
        if is_given.get_mut(index).is_some_and(|given| std::mem::replace(given, true)) {
            return Err(format!("the field '{name}' is there twice"));
        }
        if let (Some(field), Some(into)) = (user.fields.get(index), values.get_mut(index)) {
            let converted = nullable(&field.field_type, value);
            *into = converted.map_err(|error| format!("field '{name}': {error}"))?;
        }
    }
    compose::tuple(&values)
}
