//! Conditions on columns.

use std::sync::Arc;

use cqlite_cql::query::Operator;
use cqlite_sstable::types::CqlType;

use super::condition_check::{BoundCondition, BoundPart};
use crate::query::term::{InList, PreparedInValues, PreparedTerm};
use crate::query::{Bindings, QueryError, QueryResult, TableColumn, Value};

/// A condition on a column (`cql3.conditions.ColumnCondition`).
#[derive(Debug)]
pub(super) struct ColumnCondition {
    /// The column: a static or a regular one.
    pub(super) column: Arc<TableColumn>,
    /// What of it.
    pub(super) part: ConditionPart,
    /// How it is compared; [`Operator::Equal`] with one of several values.
    pub(super) operator: Operator,
    /// With what.
    pub(super) values: ConditionValues,
}

/// What of a column a condition is about.
#[derive(Debug)]
pub(super) enum ConditionPart {
    /// All of it.
    Whole,
    /// The element of a list at an index.
    Index(PreparedTerm),
    /// The value of a key of a map.
    Key(PreparedTerm),
    /// The field of a user-defined type at a place.
    Field(u16),
}

/// What a column is compared with.
#[derive(Debug)]
pub(super) enum ConditionValues {
    /// One value.
    One(PreparedTerm),
    /// Each of several.
    In(PreparedInValues),
}

impl ColumnCondition {
    /// The condition with its values (`ColumnCondition.bind`).
    ///
    /// # Errors
    /// If a value is unset, or none of its type.
    pub(super) fn bind<'c>(&'c self, bindings: &Bindings<'c>) -> QueryResult<BoundCondition<'c>> {
        let part = match &self.part {
            ConditionPart::Whole => BoundPart::Whole,
            ConditionPart::Index(index) => BoundPart::Index(index.evaluate(bindings)?),
            ConditionPart::Key(key) => BoundPart::Key(key.evaluate(bindings)?),
            ConditionPart::Field(field) => BoundPart::Field(*field),
        };
        let values = match &self.values {
            ConditionValues::One(term) => vec![term.evaluate(bindings)?],
            ConditionValues::In(values) => match values.evaluate(bindings)? {
                InList::Values(values) => values.into_iter().filter(|value| !value.is_unset()).collect(),
                InList::Null => return Err(QueryError::invalid("Invalid null list in IN condition")),
                InList::Unset => return Err(unset_value()),
            },
        };
        Ok(BoundCondition { column: &self.column, part, operator: self.operator, values })
    }
}

/// What is told of a value that is not bound.
pub(super) fn unset_value() -> QueryError {
    QueryError::invalid("Invalid 'unset' value in condition")
}

/// Whether a condition has a null for what it compares with.
pub(super) fn null_comparison(operator: Operator) -> QueryError {
    QueryError::invalid(format!("Invalid comparison with null for operator \"{operator}\""))
}

/// The name of a kind of collection (`CollectionType.Kind`).
pub(super) fn kind_of(cql_type: &CqlType) -> &'static str {
    match cql_type {
        CqlType::Set { .. } => "set",
        CqlType::Map { .. } => "map",
        _ => "list",
    }
}

/// Whether nothing is in a value of a collection.
pub(super) fn is_empty_collection(value: &Value<'_>) -> bool {
    value.bytes().is_some_and(|bytes| bytes.first_chunk::<4>() == Some(&[0; 4]))
}
