//! Values that a modification is given.

use crate::query::term::PreparedTerm;
use crate::query::{Bindings, QueryResult, Value};

/// Where a value of a modification comes from.
#[derive(Debug)]
pub(super) enum Operand {
    /// A term of the statement.
    Term(PreparedTerm),
    /// A value that was known when the statement was prepared: one of a literal of JSON.
    Constant(Value<'static>),
    /// The value of this column in the row of JSON that is bound (`Json.DelayedColumnValue`).
    Json(usize),
}

/// What a modification is carried out with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inputs<'v> {
    /// The values of the bind markers.
    pub(super) bindings: Bindings<'v>,
    /// Of a row of JSON that is bound, the values of all columns in the order of `SELECT *`.
    pub(super) json: &'v [Value<'static>],
}

impl Operand {
    /// The value.
    ///
    /// # Errors
    /// If it is none of its type.
    pub(super) fn evaluate<'v>(&'v self, inputs: &Inputs<'v>) -> QueryResult<Value<'v>> {
        match self {
            Self::Term(term) => term.evaluate(&inputs.bindings),
            Self::Constant(value) => Ok(value.as_borrowed()),
            Self::Json(column) => Ok(inputs.json.get(*column).map_or(Value::Null, Value::as_borrowed)),
        }
    }
}
