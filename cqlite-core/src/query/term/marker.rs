//! Bind markers.

use cqlite_sstable::types::CqlType;

use super::collection::{normalise_map, normalise_set};
use super::recompose::recomposed;
use super::validate::{validate_list, validate_value};
use crate::query::{Bindings, ColumnSpec, ErrorClass, QueryError, QueryResult, Value};

/// A bind marker and what it stands for (`Constants.Marker`, `Lists.Marker` and their like).
#[derive(Debug)]
pub(crate) struct PreparedMarker {
    index: usize,
    cql_type: CqlType,
    /// Whether the greatest value of its column comes first.
    is_descending: bool,
}

impl PreparedMarker {
    pub(super) fn new(index: usize, receiver: &ColumnSpec) -> Self {
        // What is bound to a counter is a number, not what is stored of it.
        let cql_type = match &receiver.cql_type {
            CqlType::Counter => CqlType::BigInt,
            other => other.clone(),
        };
        Self { index, cql_type, is_descending: receiver.is_descending }
    }

    /// The bound value, if it is sound.
    pub(super) fn evaluate<'t>(&'t self, bindings: &Bindings<'t>) -> QueryResult<Value<'t>> {
        let value = bindings.value(self.index)?;
        let Value::Bytes(bytes) = value else {
            return Ok(value.as_borrowed());
        };
        match &self.cql_type {
            // To Cassandra this is no collection, and its bytes stay as they are.
            of if self.is_descending => {
                validate_value(of, bytes)?;
                Ok(Value::borrowed(bytes))
            }
            CqlType::List { element, frozen } => {
                let has_null = validate_list(element, bytes)?;
                if has_null && !frozen {
                    return Err(QueryError::invalid("null is not supported inside collections"));
                }
                Ok(Value::Bytes(recomposed(&self.cql_type, bytes)))
            }
            CqlType::Set { element, .. } => Ok(Value::Bytes(normalise_set(element, bytes)?)),
            CqlType::Map { key, value, .. } => Ok(Value::Bytes(normalise_map(key, value, bytes)?)),
            of @ CqlType::User(_) => {
                validate_value(of, bytes).map_err(|error| unforeseen(&error))?;
                Ok(Value::borrowed(bytes))
            }
            of => {
                validate_value(of, bytes)?;
                Ok(Value::borrowed(bytes))
            }
        }
    }
}

/// Of user-defined types Cassandra does not foresee bytes that are none: it tells of a failure of its own.
#[cold]
fn unforeseen(error: &QueryError) -> QueryError {
    let message = format!("org.apache.cassandra.serializers.MarshalException: {error}");
    QueryError::new(ErrorClass::Server, message)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// The map `{2: 'b', 1: 'a'}`, bound to a clustering column of each order. So stored Cassandra 5.0.9.
    #[test]
    fn a_bound_map_is_put_in_order_unless_the_greatest_value_of_its_column_comes_first() {
        let key = Arc::new(CqlType::TinyInt);
        let column = |is_descending| ColumnSpec {
            keyspace: "k".into(),
            table: "t".into(),
            name: "c".into(),
            cql_type: CqlType::Map { key: Arc::clone(&key), value: Arc::new(CqlType::Text), frozen: true },
            is_descending,
        };
        let bound: &[u8] = b"\0\0\0\x02\0\0\0\x01\x02\0\0\0\x01b\0\0\0\x01\x01\0\0\0\x01a";
        let sorted: &[u8] = b"\0\0\0\x02\0\0\0\x01\x01\0\0\0\x01a\0\0\0\x01\x02\0\0\0\x01b";
        for (is_descending, stored) in [(false, sorted), (true, bound)] {
            let marker = PreparedMarker::new(0, &column(is_descending));
            let values = [Value::borrowed(bound)];
            let value = marker.evaluate(&Bindings { values: &values, now_millis: 0 }).unwrap();
            assert_eq!(value.bytes(), Some(stored));
        }
    }
}
