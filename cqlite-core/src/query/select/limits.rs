//! `LIMIT` and `PER PARTITION LIMIT`.

use cqlite_cql::Literal;
use cqlite_cql::query::{IntValue, Term};
use cqlite_sstable::types::CqlType;

use crate::query::scope::Scope;
use crate::query::term::PreparedTerm;
use crate::query::{BindMarkers, Bindings, QueryError, QueryResult, TableColumns, Value};

/// How many rows are wanted at most.
#[derive(Debug)]
pub(super) struct Limit(Option<PreparedTerm>);

impl Limit {
    /// Checks a limit; `name` is how messages and bind markers call it.
    pub(super) fn prepare(
        raw: Option<&IntValue>,
        name: &str,
        (columns, scope): (&TableColumns, &Scope<'_>),
        markers: &mut BindMarkers,
    ) -> QueryResult<Self> {
        let receiver = columns.pseudo_column(name, CqlType::Int);
        let term = match raw {
            None => None,
            Some(IntValue::Integer(digits)) => {
                let raw = Term::Constant(Literal::Integer(digits.clone()));
                Some(PreparedTerm::prepare(&raw, &receiver, scope, markers)?)
            }
            Some(IntValue::BindMarker(marker)) => Some(PreparedTerm::of_marker(marker, &receiver, markers)),
        };
        Ok(Self(term))
    }

    /// Whether there is one.
    pub(super) fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// How many rows; none if that is not limited (`SelectStatement.getLimit`).
    pub(super) fn value(&self, bindings: &Bindings<'_>) -> QueryResult<Option<u64>> {
        let Some(term) = &self.0 else { return Ok(None) };
        let number = match term.evaluate(bindings)? {
            Value::Unset => return Ok(None),
            Value::Null => return Err(QueryError::invalid("Invalid null value of limit")),
            Value::Bytes(bytes) => {
                let bytes: [u8; 4] =
                    (&*bytes).try_into().map_err(|_| QueryError::invalid("Invalid limit value"))?;
                i32::from_be_bytes(bytes)
            }
        };
        match u64::try_from(number) {
            // The greatest number stands for none.
            Ok(rows) if number == i32::MAX => Ok(Some(rows).filter(|_| false)),
            Ok(rows) if rows > 0 => Ok(Some(rows)),
            _ => Err(QueryError::invalid("LIMIT must be strictly positive")),
        }
    }
}
