//! Values of types from JSON (`AbstractType.fromJSONObject`).

use cqlite_sstable::types::{CqlType, UserType};
use num_bigint::BigInt;

use super::parser::JsonParser;
use super::row::fold_names;
use super::value::JsonValue;
use crate::query::term::{pack_map, pack_set};
use crate::query::term::{parse_text, push_unsigned_vint};
use crate::query::{QueryError, QueryResult};

/// Why JSON is no value of a type.
#[derive(Debug)]
pub(crate) enum JsonValueError {
    /// It is of another form (`MarshalException`).
    Marshal(String),
    /// It is refused as a value of CQL would be.
    Query(QueryError),
}

type Result<T> = std::result::Result<T, JsonValueError>;

fn marshal<T>(message: impl Into<String>) -> Result<T> {
    Err(JsonValueError::Marshal(message.into()))
}

/// The bytes of a value of a type; none of `null`.
///
/// # Errors
/// If the JSON is no value of the type.
pub(crate) fn value_from_json(of: &CqlType, json: &JsonValue) -> Result<Option<Vec<u8>>> {
    match json {
        JsonValue::Null => Ok(None),
        json => convert(of, json).map(Some),
    }
}

fn convert(of: &CqlType, json: &JsonValue) -> Result<Vec<u8>> {
    match of {
        CqlType::Reversed(inner) => convert(inner, json),
        CqlType::List { element, .. } => {
            let elements = elements_of(json, "Expected a list, but got a")?;
            let elements = convert_all(element, &elements, "list")?;
            let mut bytes = count(elements.len());
            elements.iter().for_each(|element| push(element, &mut bytes));
            Ok(bytes)
        }
        CqlType::Set { element, .. } => {
            let elements = elements_of(json, "Expected a list (representing a set), but got a")?;
            Ok(pack_set(element, convert_all(element, &elements, "set")?))
        }
        CqlType::Map { key, value, .. } => convert_map(key, value, json),
        CqlType::Tuple(types) => convert_tuple(types, json),
        CqlType::User(user) => convert_user_type(user, json),
        CqlType::Vector { element, dimension } => convert_vector(element, *dimension, json),
        scalar => convert_scalar(scalar, json),
    }
}

fn count(elements: usize) -> Vec<u8> {
    u32::try_from(elements).unwrap_or(u32::MAX).to_be_bytes().to_vec()
}

fn push(element: &[u8], out: &mut Vec<u8>) {
    out.extend(count(element.len()));
    out.extend_from_slice(element);
}

/// JSON within a text is taken for itself.
fn decoded(json: &JsonValue) -> Result<JsonValue> {
    match json {
        JsonValue::String(text) => JsonParser::parse(text)
            .or_else(|error| marshal(format!("Error decoding JSON string: {}", error.message()))),
        other => Ok(other.clone()),
    }
}

fn elements_of(json: &JsonValue, wanted: &str) -> Result<Vec<JsonValue>> {
    match decoded(json)? {
        JsonValue::List(elements) => Ok(elements),
        other => marshal(format!("{wanted} {}: {other}", other.class_name())),
    }
}

fn convert_all(of: &CqlType, elements: &[JsonValue], what: &str) -> Result<Vec<Vec<u8>>> {
    let converted = elements.iter().map(|element| match element {
        JsonValue::Null => marshal(format!("Invalid null element in {what}")),
        element => convert(of, element),
    });
    converted.collect()
}

fn convert_map(key: &CqlType, value: &CqlType, json: &JsonValue) -> Result<Vec<u8>> {
    let JsonValue::Object(entries) = &decoded(json)? else {
        let other = decoded(json)?;
        return marshal(format!("Expected a map, but got a {}: {other}", other.class_name()));
    };
    let mut converted = Vec::with_capacity(entries.len());
    for (name, mapped) in entries {
        if *mapped == JsonValue::Null {
            return marshal("Invalid null value in map");
        }
        converted.push((convert(key, &JsonValue::String(name.clone()))?, convert(value, mapped)?));
    }
    Ok(pack_map(key, &mut converted))
}

fn convert_tuple(types: &[CqlType], json: &JsonValue) -> Result<Vec<u8>> {
    let elements = elements_of(json, "Expected a list representation of a tuple, but got a")?;
    let expected = types.len();
    if elements.len() > expected {
        return marshal(format!(
            "Tuple contains extra items (expected {expected}): {}",
            JsonValue::List(elements)
        ));
    }
    if elements.len() < expected {
        return marshal(format!(
            "Tuple is missing items (expected {expected}): {}",
            JsonValue::List(elements)
        ));
    }
    let mut bytes = Vec::new();
    for (of, element) in types.iter().zip(&elements) {
        push_field(of, element, &mut bytes)?;
    }
    Ok(bytes)
}

fn push_field(of: &CqlType, json: &JsonValue, out: &mut Vec<u8>) -> Result<()> {
    match value_from_json(of, json)? {
        Some(field) => push(&field, out),
        None => out.extend((-1_i32).to_be_bytes()),
    }
    Ok(())
}

fn convert_user_type(user: &UserType, json: &JsonValue) -> Result<Vec<u8>> {
    let JsonValue::Object(mut entries) = decoded(json)? else {
        let other = decoded(json)?;
        return marshal(format!("Expected a map, but got a {}: {other}", other.class_name()));
    };
    fold_names(&mut entries);
    let mut bytes = Vec::new();
    for field in &user.fields {
        let value = entries.iter().find(|(name, _)| *name == field.name);
        push_field(&field.field_type, value.map_or(&JsonValue::Null, |(_, value)| value), &mut bytes)?;
    }
    let is_unknown = |name: &str| !user.fields.iter().any(|field| field.name == name);
    match entries.iter().find(|(name, _)| is_unknown(name)) {
        Some((name, _)) => {
            marshal(format!("Unknown field '{name}' in value of user defined type {}", user.name))
        }
        None => Ok(bytes),
    }
}

fn convert_vector(element: &CqlType, dimension: u32, json: &JsonValue) -> Result<Vec<u8>> {
    let elements = elements_of(json, "Expected a list, but got a")?;
    if elements.len() != dimension as usize {
        return marshal(format!(
            "List had incorrect size: expected {dimension} but given {}; {}",
            elements.len(),
            JsonValue::List(elements)
        ));
    }
    let is_fixed = element.fixed_length().is_some();
    let mut bytes = Vec::new();
    for value in convert_all(element, &elements, "list")? {
        if !is_fixed {
            push_unsigned_vint(value.len() as u64, &mut bytes);
        }
        bytes.extend(value);
    }
    Ok(bytes)
}

/// A text as a value of a type.
fn parsed(of: &CqlType, text: &str) -> Result<Vec<u8>> {
    let parsed: QueryResult<Vec<u8>> = parse_text(of, text);
    parsed.map_err(|error| match of {
        // Durations are refused without being marshalled.
        CqlType::Duration => JsonValueError::Query(error),
        _ => JsonValueError::Marshal(error.message().to_owned()),
    })
}

fn convert_scalar(of: &CqlType, json: &JsonValue) -> Result<Vec<u8>> {
    let expected = |what: &str| marshal(format!("Expected {what}, but got a {}: {json}", json.class_name()));
    match (of, json) {
        (CqlType::Blob, json) => convert_blob(json),
        (CqlType::Decimal, json) => parsed(of, &json.to_string())
            .or_else(|_| marshal(format!("Value '{json}' is not a valid representation of a decimal value"))),
        (CqlType::Varint, json) => match json.to_string().parse::<BigInt>() {
            Ok(number) if !json.to_string().contains('_') => Ok(number.to_signed_bytes_be()),
            _ => marshal(format!("Value '{json}' is not a valid representation of a varint value")),
        },
        (CqlType::Empty, JsonValue::String(text)) => parsed(of, text),
        (CqlType::Empty, json) => marshal(format!("Expected an empty string, but got: {json}")),
        (of, JsonValue::String(text)) => parsed(of, text),
        (CqlType::TinyInt | CqlType::SmallInt, JsonValue::Integer(_) | JsonValue::Double(_)) => {
            parsed(of, &json.to_string())
        }
        (CqlType::Int, JsonValue::Integer(text)) if text.parse::<i32>().is_ok() => parsed(of, text),
        (CqlType::BigInt, JsonValue::Integer(text)) if text.parse::<i64>().is_ok() => parsed(of, text),
        (CqlType::Float, JsonValue::Integer(text)) => {
            Ok(text.parse::<f32>().unwrap_or(f32::NAN).to_be_bytes().to_vec())
        }
        (CqlType::Float, JsonValue::Double(value)) => Ok((*value as f32).to_be_bytes().to_vec()),
        (CqlType::Double, JsonValue::Integer(text)) => {
            Ok(text.parse::<f64>().unwrap_or(f64::NAN).to_be_bytes().to_vec())
        }
        (CqlType::Double, JsonValue::Double(value)) => Ok(value.to_be_bytes().to_vec()),
        (CqlType::Boolean, JsonValue::Boolean(value)) => Ok(vec![u8::from(*value)]),
        // Only what Java has as a `Long` is a number of milliseconds.
        (CqlType::Timestamp, JsonValue::Integer(text)) if json.class_name() == "Long" => parsed(of, text),
        (of, _) => expected(wanted(of)),
    }
}

/// What JSON is wanted for a type, as messages have it.
fn wanted(of: &CqlType) -> &'static str {
    match of {
        CqlType::Ascii => "an ascii string",
        CqlType::Text => "a UTF-8 string",
        CqlType::Boolean => "a boolean value",
        CqlType::TinyInt => "a byte value",
        CqlType::SmallInt => "a short value",
        CqlType::Int => "an int value",
        CqlType::BigInt | CqlType::Counter => "a bigint value",
        CqlType::Float => "a float value",
        CqlType::Double => "a double value",
        CqlType::Inet => "a string representation of an inet value",
        CqlType::Date => "a string representation of a date value",
        CqlType::Time => "a string representation of a time value",
        CqlType::Timestamp | CqlType::LegacyTimestamp => {
            "a long or a datestring representation of a timestamp value"
        }
        CqlType::Uuid | CqlType::LexicalUuid => "a string representation of a uuid",
        CqlType::TimeUuid | CqlType::LegacyTimeUuid => "a string representation of a timeuuid",
        CqlType::Duration => "a string representation of a duration",
        _ => "a string",
    }
}

fn convert_blob(json: &JsonValue) -> Result<Vec<u8>> {
    let invalid = |why: &str| marshal(format!("Value '{json}' is not a valid blob representation: {why}"));
    let JsonValue::String(text) = json else {
        return invalid(&format!(
            "class {} cannot be cast to class java.lang.String ({0} and java.lang.String are in module java.base of loader 'bootstrap')",
            java_class(json)
        ));
    };
    match text.strip_prefix("0x") {
        Some(hex) => parse_text(&CqlType::Blob, hex).or_else(|error| invalid(error.message())),
        None => invalid(&format!("String representation of blob is missing 0x prefix: {text}")),
    }
}

/// The class of Java with its package.
fn java_class(json: &JsonValue) -> String {
    let package = match json {
        JsonValue::List(_) | JsonValue::Object(_) => "java.util",
        _ if json.class_name() == "BigInteger" => "java.math",
        _ => "java.lang",
    };
    format!("{package}.{}", json.class_name())
}
