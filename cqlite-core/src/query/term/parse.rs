//! Values from texts, with Cassandra's messages.

use cqlite_sstable::types::{CqlType, parse_string};

use super::duration_refusal::duration_refusal;
use crate::query::{QueryError, QueryResult};

/// The bytes of the value that a text stands for (`AbstractType.fromString`).
///
/// # Errors
/// If it is none, with Cassandra's message.
pub(crate) fn parse_text(of: &CqlType, text: &str) -> QueryResult<Vec<u8>> {
    parse_string(of, text).map_err(|error| QueryError::invalid(refusal(of, text, &error)))
}

fn refusal(of: &CqlType, text: &str, error: &dyn std::fmt::Display) -> String {
    match of {
        CqlType::Reversed(inner) => refusal(inner, text, error),
        CqlType::Ascii => format!(
            "Invalid ASCII character in string literal: java.nio.charset.UnmappableCharacterException: Input length = {}",
            ascii_input_length(text)
        ),
        CqlType::Boolean => format!("Unable to make boolean from '{text}'"),
        CqlType::TinyInt => format!("Unable to make byte from '{text}'"),
        CqlType::SmallInt => format!("Unable to make short from '{text}'"),
        CqlType::Int => format!("Unable to make int from '{text}'"),
        CqlType::BigInt => format!("Unable to make long from '{text}'"),
        CqlType::Varint => format!("unable to make int from '{text}'"),
        CqlType::Decimal => format!("unable to make BigDecimal from '{text}'"),
        CqlType::Float => format!("Unable to make float from '{text}'"),
        CqlType::Double => format!("Unable to make double from '{text}'"),
        CqlType::Inet => format!("Unable to make inet address from '{text}'"),
        CqlType::Uuid => format!("Unable to make UUID from '{text}'"),
        CqlType::LexicalUuid => format!("unable to make UUID from '{text}'"),
        CqlType::TimeUuid | CqlType::LegacyTimeUuid => time_uuid_refusal(text),
        CqlType::Date if is_number(text) => {
            format!("Unable to make unsigned int (for date) from: '{text}'")
        }
        CqlType::Date => format!("Unable to coerce '{text}' to a formatted date (long)"),
        CqlType::Time if is_number(text) => format!("Unable to make long (for time) from: '{text}'"),
        CqlType::Time => format!("(TimeType) Unable to coerce '{text}' to a formatted time (long)"),
        CqlType::Timestamp | CqlType::LegacyTimestamp if is_number(text) => {
            format!("Unable to make long (for date) from: '{text}'")
        }
        CqlType::Timestamp | CqlType::LegacyTimestamp => {
            format!("Unable to parse a date/time from '{text}'")
        }
        CqlType::Duration => duration_refusal(text),
        CqlType::Blob | CqlType::Vector { .. } => format!("cannot parse '{text}' as hex bytes"),
        CqlType::List { .. } | CqlType::Set { .. } | CqlType::Map { .. } => {
            format!("cannot parse '{text}' as hex bytes")
        }
        CqlType::Empty => format!("'{text}' is not empty"),
        CqlType::Tuple(types) => fields_refusal(of, text, types.iter()),
        CqlType::User(user) => fields_refusal(of, text, user.fields.iter().map(|field| &field.field_type)),
        _ => error.to_string(),
    }
}

/// What is wrong with a text whose fields are parted by `:`.
fn fields_refusal<'t>(of: &CqlType, text: &str, types: impl ExactSizeIterator<Item = &'t CqlType>) -> String {
    let expected = types.len();
    // A backslash before a colon keeps it in its field.
    let marked = text.replace("\\:", "\0");
    let parts: Vec<String> =
        marked.split(':').map(|part| part.replace('\0', ":").replace("\\@", "@")).collect();
    if parts.len() > expected {
        return format!(
            "Invalid tuple literal: too many elements. Type {} expects {expected} but got {}",
            of.cql_name(),
            parts.len()
        );
    }
    let wrong =
        types.zip(&parts).filter(|(_, part)| *part != "@").find_map(|(of, part)| parse_text(of, part).err());
    wrong.map(|error| error.message().to_owned()).unwrap_or_default()
}

/// What Java's encoder says of the first character that is not ASCII: how many UTF-16 units it has.
fn ascii_input_length(text: &str) -> usize {
    text.chars().find(|character| !character.is_ascii()).map_or(1, char::len_utf16)
}

fn time_uuid_refusal(text: &str) -> String {
    match parse_string(&CqlType::Uuid, text) {
        Ok(_) => String::from("TimeUUID supports only version 1 UUIDs"),
        Err(_) => format!("Unknown timeuuid representation: {text}"),
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}
