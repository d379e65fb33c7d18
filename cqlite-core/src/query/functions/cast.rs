//! Casts (`functions.CastFcts`).

use cqlite_sstable::types::{CqlType, write_cql};

use super::arithmetic_error::ArithmeticError;
use super::native_scalar::NativeScalar;
use super::number::{NUMBER_TYPES, Number, decimal_of_digits};
use super::temporal::{millis_of, push_millis};
use crate::query::type_text::type_text;

/// The types that have a text.
const WITH_TEXT: [CqlType; 7] = [
    CqlType::Inet,
    CqlType::Boolean,
    CqlType::TimeUuid,
    CqlType::Timestamp,
    CqlType::Date,
    CqlType::Time,
    CqlType::Uuid,
];

/// The functions of all casts, by their old names, too.
pub(super) fn functions() -> Vec<NativeScalar> {
    let mut casts = Vec::new();
    for from in NUMBER_TYPES {
        let numbers = NUMBER_TYPES.into_iter().filter(|to| *to != CqlType::Counter && *to != from);
        casts.extend(numbers.map(|to| (from.clone(), to)));
    }
    for from in NUMBER_TYPES.into_iter().chain(WITH_TEXT) {
        casts.extend([CqlType::Ascii, CqlType::Text].map(|to| (from.clone(), to)));
    }
    casts.extend([
        (CqlType::Ascii, CqlType::Text),
        (CqlType::TimeUuid, CqlType::Date),
        (CqlType::TimeUuid, CqlType::Timestamp),
        (CqlType::Timestamp, CqlType::Date),
        (CqlType::Date, CqlType::Timestamp),
    ]);
    casts.into_iter().flat_map(|(from, to)| both_names(&from, &to)).collect()
}

fn both_names(from: &CqlType, to: &CqlType) -> [NativeScalar; 2] {
    let target = type_text(to);
    let (first, rest) = target.split_at_checked(1).unwrap_or_default();
    [format!("cast_as_{target}"), format!("castAs{}{rest}", first.to_ascii_uppercase())]
        .map(|name| cast_function(name, from.clone(), to.clone()))
}

fn cast_function(name: String, from: CqlType, to: CqlType) -> NativeScalar {
    let (input, output) = (from.clone(), to.clone());
    NativeScalar::new(name, to, vec![from], move |arguments, _, out| {
        let Some(value) = arguments.first().copied().flatten() else {
            return Ok(false);
        };
        match (&input, &output) {
            (CqlType::Ascii, _) => out.extend_from_slice(value),
            // A type that has no value in no bytes.
            _ if value.is_empty() => return Ok(false),
            (of, CqlType::Ascii | CqlType::Text) => push_text(of, value, out),
            (of, CqlType::Date | CqlType::Timestamp) => match millis_of(of, value) {
                Some(millis) => push_millis(&output, millis, out),
                None => return Ok(false),
            },
            (of, to) => match Number::decode(of, value) {
                Some(number) => push_number(of, &number, to, out)?,
                None => return Ok(false),
            },
        }
        Ok(true)
    })
    .named_as_cast()
}

/// The text of a value (`TypeSerializer.toCQLLiteralNoQuote`).
fn push_text(of: &CqlType, value: &[u8], out: &mut Vec<u8>) {
    let of = if *of == CqlType::Counter { &CqlType::BigInt } else { of };
    let mut text = Vec::new();
    let _ = write_cql(of, value, &mut text);
    let unquoted = text.strip_prefix(b"'").and_then(|rest| rest.strip_suffix(b"'"));
    out.extend_from_slice(unquoted.unwrap_or(&text));
}

/// Decimals are of the digits that a number is printed with; a varint is of its last 64 bits.
fn push_number(
    of: &CqlType,
    number: &Number,
    to: &CqlType,
    out: &mut Vec<u8>,
) -> Result<(), ArithmeticError> {
    if *to != CqlType::Decimal {
        let number = match (to, number) {
            (CqlType::Varint, other) => Number::Integer(other.to_i64()),
            (_, other) => other.clone(),
        };
        return number.push_as(to, out);
    }
    let decimal = match (of, number) {
        (CqlType::Float, Number::Float(value)) => decimal_of_digits(of, f64::from(*value))?,
        (CqlType::Double, Number::Double(value)) => decimal_of_digits(of, *value)?,
        (_, Number::Varint(value)) => super::decimal::Decimal::new(value.clone(), 0),
        (_, other) => super::decimal::Decimal::new(other.to_i64().into(), 0),
    };
    decimal.push(out);
    Ok(())
}
