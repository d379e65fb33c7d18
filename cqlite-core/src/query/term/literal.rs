//! Constants (`Constants.Literal`).

use std::borrow::Cow;

use cqlite_cql::Literal;
use cqlite_sstable::types::{CqlType, parse_string};

use super::parse::parse_text;
use super::prepared::PreparedTerm;
use crate::query::type_text::type_text;
use crate::query::{Assignment, ColumnSpec, QueryError, QueryResult, is_equal};

/// What messages call a kind of constants (`Constants.Type`).
fn kind(literal: &Literal) -> &'static str {
    match literal {
        Literal::String(_) => "STRING",
        Literal::Integer(_) => "INTEGER",
        Literal::Float(_) => "FLOAT",
        Literal::Boolean(_) => "BOOLEAN",
        Literal::Duration(_) => "DURATION",
        Literal::Uuid(_) => "UUID",
        Literal::Blob(_) => "HEX",
    }
}

/// The text of a constant: of numbers that are none, as Java writes them (`CqlParser.constant`).
pub(super) fn literal_text(literal: &Literal) -> Cow<'_, str> {
    let Literal::Float(text) = literal else {
        return literal.text();
    };
    let (sign, unsigned) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    if unsigned.eq_ignore_ascii_case("NaN") {
        Cow::Borrowed("NaN")
    } else if unsigned.eq_ignore_ascii_case("Infinity") {
        Cow::Owned(format!("{sign}Infinity"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The type of a constant where nothing else tells it (`Constants.Type.getPreferedTypeFor`).
pub(super) fn preferred_type(literal: &Literal) -> CqlType {
    match literal {
        Literal::String(text) if text.is_ascii() => CqlType::Ascii,
        Literal::String(_) => CqlType::Text,
        Literal::Integer(text) if text.parse::<i32>().is_ok() => CqlType::Int,
        Literal::Integer(text) if text.parse::<i64>().is_ok() => CqlType::BigInt,
        Literal::Integer(_) => CqlType::Varint,
        Literal::Float(text) if is_double(text) => CqlType::Double,
        Literal::Float(_) => CqlType::Decimal,
        Literal::Boolean(_) => CqlType::Boolean,
        Literal::Duration(_) => CqlType::Duration,
        Literal::Uuid(uuid) if uuid.0.get(6).is_some_and(|byte| byte >> 4 == 1) => CqlType::TimeUuid,
        Literal::Uuid(_) => CqlType::Uuid,
        // Cassandra takes them for bytes in the sense of tinyint.
        Literal::Blob(_) => CqlType::TinyInt,
    }
}

/// Whether the shortest text of the double next to a number is that number.
fn is_double(text: &str) -> bool {
    let Ok(double) = text.parse::<f64>() else {
        return false;
    };
    if !double.is_finite() {
        return !text.contains(|character: char| character.is_ascii_digit());
    }
    canonical(text) == canonical(&format!("{double:e}"))
}

/// Sign, significant digits and power of ten of a number.
fn canonical(text: &str) -> Option<(bool, String, i64)> {
    let bytes = parse_string(&CqlType::Decimal, text).ok()?;
    let (scale, _) = bytes.split_first_chunk::<4>()?;
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some((false, String::new(), 0));
    }
    let zeros = i64::try_from(digits.len().saturating_sub(significant.len())).ok()?;
    let power = zeros.saturating_sub(i64::from(i32::from_be_bytes(*scale)));
    Some((text.starts_with('-'), significant.to_owned(), power))
}

/// How well a constant fits a receiver (`Constants.Literal.testAssignment`).
pub(super) fn test(literal: &Literal, receiver: &CqlType) -> Assignment {
    use CqlType::{
        Ascii, BigInt, Blob, Boolean, Counter, Date, Decimal, Double, Duration, Empty, Float, Inet, Int,
        LegacyTimeUuid, LegacyTimestamp, SmallInt, Text, Time, TimeUuid, Timestamp, TinyInt, Uuid, Varint,
    };
    let fits = match receiver {
        CqlType::List { .. } | CqlType::Set { .. } | CqlType::Map { .. } => return Assignment::Not,
        CqlType::User(_) | CqlType::Vector { .. } | Empty => return Assignment::Not,
        native if is_equal(native, &preferred_type(literal)) => return Assignment::Exact,
        Ascii | Text | Inet => matches!(literal, Literal::String(_)),
        Date | Time | Timestamp | LegacyTimestamp => {
            matches!(literal, Literal::String(_) | Literal::Integer(_))
        }
        BigInt | Counter | Int | SmallInt | TinyInt | Varint => matches!(literal, Literal::Integer(_)),
        Duration => matches!(literal, Literal::Integer(_) | Literal::Duration(_)),
        Decimal | Double | Float => matches!(literal, Literal::Integer(_) | Literal::Float(_)),
        Uuid | TimeUuid | LegacyTimeUuid => matches!(literal, Literal::Uuid(_)),
        Boolean => matches!(literal, Literal::Boolean(_)),
        Blob => matches!(literal, Literal::Blob(_)),
        // Tuples, and types that CQL has no name for.
        _ => true,
    };
    if fits { Assignment::Weak } else { Assignment::Not }
}

/// A constant as a value of the receiver's type (`Constants.Literal.prepare`).
pub(super) fn prepare(literal: &Literal, receiver: &ColumnSpec) -> QueryResult<PreparedTerm> {
    let of = &receiver.cql_type;
    if !test(literal, of).is_assignable() {
        return Err(QueryError::invalid(format!(
            "Invalid {} constant ({}) for \"{}\" of type {}",
            kind(literal),
            literal_text(literal),
            receiver.name,
            type_text(of)
        )));
    }
    let bytes = match literal {
        Literal::Blob(text) => parse_text(&CqlType::Blob, text.get(2..).unwrap_or_default()),
        literal if *of == CqlType::Counter => parse_text(&CqlType::BigInt, &literal.text()),
        literal => parse_text(of, &literal_text(literal)),
    };
    bytes.map(PreparedTerm::of_bytes)
}
