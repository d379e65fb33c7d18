//! Values of one or several columns, and lists of them.

use std::borrow::Cow;

use crate::query::term::{
    InList, PreparedInValues, PreparedMultiColumn, PreparedMultiColumnIn, PreparedTerm,
};
use crate::query::{Bindings, QueryError, QueryResult, Value};

/// The value of one column; none if it is null.
pub(crate) type Element<'a> = Option<Cow<'a, [u8]>>;

/// What columns are compared with.
#[derive(Debug)]
pub(crate) enum TupleTerm {
    /// The value of a single column.
    One(PreparedTerm),
    /// A value for each of so many columns.
    Several(PreparedMultiColumn, usize),
}

/// The values of an `IN`.
#[derive(Debug)]
pub(crate) enum InTerms {
    /// Of a single column.
    One(PreparedInValues),
    /// Of so many columns.
    Several(PreparedMultiColumnIn, usize),
}

impl TupleTerm {
    /// The values of the columns.
    pub(crate) fn elements<'t>(&'t self, bindings: &Bindings<'t>) -> QueryResult<Vec<Element<'t>>> {
        match self {
            Self::One(term) => Ok(vec![element(term.evaluate(bindings)?)]),
            Self::Several(term, columns) => Ok(elements(term.evaluate(bindings)?, *columns)),
        }
    }
}

impl InTerms {
    /// The lists of values, each with one for each column.
    pub(crate) fn values<'t>(
        &'t self,
        column: &str,
        bindings: &Bindings<'t>,
    ) -> QueryResult<Vec<Vec<Element<'t>>>> {
        self.lists(column, bindings, || Err(unset(column)))
    }

    /// As [`Self::values`], to compare columns with: one that is unset stands for the value of no bytes
    /// (`SingleColumnRestriction.INRestriction.addToRowFilter`).
    pub(crate) fn values_to_compare<'t>(
        &'t self,
        column: &str,
        bindings: &Bindings<'t>,
    ) -> QueryResult<Vec<Vec<Element<'t>>>> {
        self.lists(column, bindings, || Ok(vec![Some(Cow::Borrowed(&[][..]))]))
    }

    fn lists<'t>(
        &'t self,
        column: &str,
        bindings: &Bindings<'t>,
        of_unset: impl Fn() -> QueryResult<Vec<Element<'t>>>,
    ) -> QueryResult<Vec<Vec<Element<'t>>>> {
        match self {
            Self::One(values) => match values.evaluate(bindings)? {
                InList::Values(values) => values
                    .into_iter()
                    .map(|value| match value {
                        Value::Unset => of_unset(),
                        value => Ok(vec![element(value)]),
                    })
                    .collect(),
                InList::Null => Err(QueryError::invalid(format!("Invalid null value for column {column}"))),
                InList::Unset => Err(unset(column)),
            },
            Self::Several(values, columns) => match values.evaluate(bindings)? {
                Some(lists) => Ok(lists.into_iter().map(|list| elements(list, *columns)).collect()),
                None => Err(QueryError::invalid("Invalid null value for IN restriction")),
            },
        }
    }
}

fn unset(column: &str) -> QueryError {
    QueryError::invalid(format!("Invalid unset value for column {column}"))
}

fn element(value: Value<'_>) -> Element<'_> {
    match value {
        Value::Bytes(bytes) => Some(bytes),
        Value::Null | Value::Unset => None,
    }
}

fn elements(values: Option<Vec<Value<'_>>>, columns: usize) -> Vec<Element<'_>> {
    let mut elements: Vec<Element<'_>> = values.into_iter().flatten().map(element).collect();
    elements.resize(columns, None);
    elements
}
