//! Values of several columns at once: `(a, b) > (1, 2)` (`cql3.Tuples`).

use std::sync::Arc;

use cqlite_cql::Spanned;
use cqlite_cql::query::{BindMarker, InValues, Term};
use cqlite_sstable::types::{CqlType, Elements};

use super::in_values::{InList, list_of};
use super::prepared::PreparedTerm;
use super::tuple::PreparedTuple;
use super::validate::split_tuple;
use crate::query::{Assignable, BindMarkers, Bindings, ColumnSpec, QueryError, QueryResult, Scope, Value};

/// A value for each of several columns, typed (`Tuples.Literal` or `Tuples.Marker`).
#[derive(Debug)]
pub(crate) enum PreparedMultiColumn {
    /// `(x, y)`
    Tuple(PreparedTuple),
    /// `?`
    Marker {
        /// The place of the marker in the text.
        index: usize,
        /// How messages name it: `(a,b)`.
        name: Arc<str>,
        /// The number of columns.
        columns: usize,
    },
}

impl PreparedMultiColumn {
    /// Types a tuple or marker by the columns that it is for.
    ///
    /// # Errors
    /// If there are more or fewer values than columns, or one is not of its column's type.
    pub(crate) fn prepare(
        raw: &Term,
        receivers: &[ColumnSpec],
        scope: &Scope<'_>,
        markers: &mut BindMarkers,
    ) -> QueryResult<Self> {
        match raw {
            Term::BindMarker(marker) => Ok(Self::of_marker(marker, receivers, markers)),
            Term::Tuple(elements) => Self::of_tuple(elements, receivers, scope, markers),
            other => Err(QueryError::invalid(format!(
                "Expected {} elements in value tuple, but got 1: {}",
                receivers.len(),
                other.text()
            ))),
        }
    }

    fn of_marker(marker: &BindMarker, receivers: &[ColumnSpec], markers: &mut BindMarkers) -> Self {
        let name: Arc<str> = format!("({})", names(receivers)).into();
        if let Some(first) = receivers.first() {
            markers.add(marker, &first.with(Arc::clone(&name), tuple_of(receivers)));
        }
        Self::Marker { index: marker.index, name, columns: receivers.len() }
    }

    fn of_tuple(
        elements: &[Spanned<Term>],
        receivers: &[ColumnSpec],
        scope: &Scope<'_>,
        markers: &mut BindMarkers,
    ) -> QueryResult<Self> {
        if elements.len() != receivers.len() {
            let shown: Vec<String> = elements.iter().map(Assignable::text).collect();
            return Err(QueryError::invalid(format!(
                "Expected {} elements in value tuple, but got {}: ({})",
                receivers.len(),
                elements.len(),
                shown.join(", ")
            )));
        }
        let terms = elements.iter().zip(receivers);
        let terms = terms.map(|(term, receiver)| PreparedTerm::prepare(&term.node, receiver, scope, markers));
        Ok(Self::Tuple(PreparedTuple(terms.collect::<QueryResult<_>>()?)))
    }

    /// A value for each column; none at all if a marker is bound to null. A tuple that was bound may be short.
    ///
    /// # Errors
    /// If something is unset, or a value is not sound.
    pub(crate) fn evaluate<'t>(&'t self, bindings: &Bindings<'t>) -> QueryResult<Option<Vec<Value<'t>>>> {
        match self {
            Self::Tuple(tuple) => tuple.components(bindings).map(Some),
            Self::Marker { index, name, columns } => match bindings.value(*index)? {
                Value::Unset => Err(QueryError::invalid(format!("Invalid unset value for tuple {name}"))),
                Value::Null => Ok(None),
                Value::Bytes(bytes) => components(bytes, *columns).map(Some),
            },
        }
    }
}

/// The tuples after `(a, b) IN`, typed.
#[derive(Debug)]
pub(crate) enum PreparedMultiColumnIn {
    /// `((1, 2), (3, 4))` or `(?, ?)`
    Tuples(Vec<PreparedMultiColumn>),
    /// `?`
    Marker {
        /// The place of the marker in the text.
        index: usize,
        /// How messages name it: `in(a,b)`.
        name: Arc<str>,
        /// The type of each tuple.
        tuple: CqlType,
        /// The number of columns.
        columns: usize,
    },
}

/// The tuples after `(a, b) IN`, known: values for the columns, or none if a marker is bound to null.
pub(crate) type MultiColumnList<'t> = Vec<Option<Vec<Value<'t>>>>;

impl PreparedMultiColumnIn {
    /// Types tuples. A marker for all of them is a list that is called `in(a,b)`.
    ///
    /// # Errors
    /// As [`PreparedMultiColumn::prepare`].
    pub(crate) fn prepare(
        raw: &InValues,
        receivers: &[ColumnSpec],
        scope: &Scope<'_>,
        markers: &mut BindMarkers,
    ) -> QueryResult<Self> {
        let marker = match raw {
            InValues::Terms(terms) => {
                let tuples = terms
                    .iter()
                    .map(|term| PreparedMultiColumn::prepare(&term.node, receivers, scope, markers));
                return Ok(Self::Tuples(tuples.collect::<QueryResult<_>>()?));
            }
            InValues::BindMarker(marker) => marker,
        };
        if receivers.iter().any(|receiver| is_unfrozen_collection(&receiver.cql_type)) {
            return Err(QueryError::invalid("Non-frozen collection columns do not support IN relations"));
        }
        let name: Arc<str> = format!("in({})", names(receivers)).into();
        let tuple = tuple_of(receivers);
        if let Some(first) = receivers.first() {
            let list = CqlType::List { element: Arc::new(tuple.clone()), frozen: true };
            markers.add(marker, &first.with(Arc::clone(&name), list));
        }
        Ok(Self::Marker { index: marker.index, name, tuple, columns: receivers.len() })
    }

    /// The tuples; none at all if the marker for all of them is bound to null.
    ///
    /// # Errors
    /// As [`PreparedMultiColumn::evaluate`].
    pub(crate) fn evaluate<'t>(
        &'t self,
        bindings: &Bindings<'t>,
    ) -> QueryResult<Option<MultiColumnList<'t>>> {
        let (index, name, tuple, columns) = match self {
            Self::Tuples(tuples) => {
                let tuples = tuples.iter().map(|tuple| tuple.evaluate(bindings));
                return tuples.collect::<QueryResult<_>>().map(Some);
            }
            Self::Marker { index, name, tuple, columns } => (*index, name, tuple, *columns),
        };
        match list_of(index, tuple, bindings)? {
            InList::Null => Ok(None),
            InList::Unset => Err(QueryError::invalid(format!("Invalid unset value for {name}"))),
            InList::Values(values) => {
                let tuples = values.into_iter().map(|value| match value {
                    Value::Bytes(std::borrow::Cow::Borrowed(bytes)) => components(bytes, columns).map(Some),
                    _ => Ok(None),
                });
                tuples.collect::<QueryResult<_>>().map(Some)
            }
        }
    }
}

/// The values inside a tuple that was bound.
fn components(bytes: &[u8], columns: usize) -> QueryResult<Vec<Value<'_>>> {
    split_tuple(bytes, columns)?;
    let components = Elements::of_tuple(bytes, columns).flatten();
    Ok(components.map(|component| component.map_or(Value::Null, Value::borrowed)).collect())
}

fn names(receivers: &[ColumnSpec]) -> String {
    receivers.iter().map(|receiver| &*receiver.name).collect::<Vec<_>>().join(",")
}

fn tuple_of(receivers: &[ColumnSpec]) -> CqlType {
    CqlType::Tuple(receivers.iter().map(|receiver| receiver.cql_type.clone()).collect())
}

fn is_unfrozen_collection(of: &CqlType) -> bool {
    of.is_multi_cell() && !matches!(of, CqlType::User(_))
}
