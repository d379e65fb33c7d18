//! `to_json` and `from_json` (`functions.ToJsonFct`, `functions.FromJsonFct`).

use cqlite_sstable::types::{CqlType, JsonStyle, write_json};

use super::native_scalar::NativeScalar;
use crate::query::json::{JsonParser, JsonValueError, value_from_json};
use crate::query::selection::with_totals;
use crate::query::type_text::type_text;
use crate::query::{ErrorClass, QueryError, QueryResult};

/// A value as JSON, as `SELECT JSON` has it; `null` of null.
pub(super) fn to_json(name: String, of: &CqlType) -> NativeScalar {
    // Functions are given the total of a counter.
    let input = with_totals(of);
    NativeScalar::new(name, CqlType::Text, vec![of.clone()], move |arguments, _, out| {
        match arguments.first().copied().flatten() {
            Some(value) if !(value.is_empty() && is_empty_meaningless(&input)) => {
                let start = out.len();
                if let Err(error) = write_json(&input, value, JsonStyle::Cassandra, out) {
                    out.truncate(start);
                    return Err(QueryError::invalid(error.to_string()));
                }
            }
            _ => out.extend_from_slice(b"null"),
        }
        Ok(true)
    })
}

/// Whether no bytes are no value of a type (`AbstractType.isEmptyValueMeaningless`).
fn is_empty_meaningless(of: &CqlType) -> bool {
    use CqlType::{
        BigInt, Boolean, Counter, Decimal, Double, Float, Inet, Int, LegacyTimeUuid, LegacyTimestamp,
        LexicalUuid, TimeUuid, Timestamp, Uuid, Varint,
    };
    matches!(
        of,
        BigInt
            | Boolean
            | Counter
            | Decimal
            | Double
            | Float
            | Inet
            | Int
            | LegacyTimeUuid
            | LegacyTimestamp
            | LexicalUuid
            | TimeUuid
            | Timestamp
            | Uuid
            | Varint
    )
}

/// A value of the receiver's type from JSON.
pub(super) fn from_json(name: String, receiver: Option<&CqlType>) -> QueryResult<NativeScalar> {
    let Some(receiver) = receiver else {
        return Err(QueryError::invalid(format!(
            "{name}() cannot be used in the selection clause of a SELECT statement"
        )));
    };
    let of = receiver.clone();
    let function = name.clone();
    Ok(NativeScalar::new(name, receiver.clone(), vec![CqlType::Text], move |arguments, _, out| {
        let Some(text) = arguments.first().copied().flatten() else {
            return Ok(false);
        };
        let text = String::from_utf8_lossy(text);
        let failed = |detail: String| {
            QueryError::new(
                ErrorClass::FunctionFailure,
                format!("execution of 'system.{function}[{}]' failed: {detail}", type_text(&CqlType::Text)),
            )
        };
        let value = JsonParser::parse(&text)
            .map_err(|error| failed(format!("Could not decode JSON string '{text}': {error}")))?;
        let value = value_from_json(&of, &value).map_err(|error| match error {
            JsonValueError::Marshal(message) => QueryError::new(
                ErrorClass::FunctionFailure,
                format!("org.apache.cassandra.serializers.MarshalException: {message}"),
            ),
            JsonValueError::Query(error) => error,
        })?;
        out.extend_from_slice(value.as_deref().unwrap_or_default());
        Ok(value.is_some())
    }))
}
