//! What stands after `IN` (`cql3.Terms`, `AbstractMarker.INRaw`).

use std::sync::Arc;

use cqlite_cql::query::InValues;
use cqlite_sstable::types::{CqlType, Elements};

use super::prepared::PreparedTerm;
use super::recompose::recomposed;
use super::validate::validate_list;
use crate::query::{BindMarkers, Bindings, ColumnSpec, QueryResult, Scope, Value};

/// The values of an `IN`, typed.
#[derive(Debug)]
pub(crate) enum PreparedInValues {
    /// `IN (a, b)`
    Terms(Vec<PreparedTerm>),
    /// `IN ?`
    Marker {
        /// The place of the marker in the text.
        index: usize,
        /// The type of each value.
        element: Arc<CqlType>,
    },
}

/// The values of an `IN`, known.
#[derive(Debug)]
pub(crate) enum InList<'t> {
    /// The values; of a marker each is bytes or null.
    Values(Vec<Value<'t>>),
    /// The marker is bound to null.
    Null,
    /// The marker is not bound.
    Unset,
}

impl PreparedInValues {
    /// Types values. A marker for all of them is a list that is called `in(column)`.
    ///
    /// # Errors
    /// If one of them is no value of the receiver's type.
    pub(crate) fn prepare(
        raw: &InValues,
        receiver: &ColumnSpec,
        scope: &Scope<'_>,
        markers: &mut BindMarkers,
    ) -> QueryResult<Self> {
        match raw {
            InValues::Terms(terms) => {
                let prepared =
                    terms.iter().map(|term| PreparedTerm::prepare(&term.node, receiver, scope, markers));
                Ok(Self::Terms(prepared.collect::<QueryResult<_>>()?))
            }
            InValues::BindMarker(marker) => {
                let element = Arc::new(receiver.cql_type.clone());
                let list = CqlType::List { element: Arc::clone(&element), frozen: true };
                markers.add(marker, &receiver.with(format!("in({})", receiver.name), list));
                Ok(Self::Marker { index: marker.index, element })
            }
        }
    }

    /// The values.
    ///
    /// # Errors
    /// As [`PreparedTerm::evaluate`].
    pub(crate) fn evaluate<'t>(&'t self, bindings: &Bindings<'t>) -> QueryResult<InList<'t>> {
        match self {
            Self::Terms(terms) => {
                let values = terms.iter().map(|term| term.evaluate(bindings));
                Ok(InList::Values(values.collect::<QueryResult<_>>()?))
            }
            Self::Marker { index, element } => list_of(*index, element, bindings),
        }
    }
}

/// The elements of a list that is bound to a marker.
pub(super) fn list_of<'t>(
    index: usize,
    element_type: &CqlType,
    bindings: &Bindings<'t>,
) -> QueryResult<InList<'t>> {
    let bytes = match bindings.value(index)? {
        Value::Bytes(bytes) => bytes,
        Value::Null => return Ok(InList::Null),
        Value::Unset => return Ok(InList::Unset),
    };
    validate_list(element_type, bytes)?;
    let elements = Elements::of_collection(bytes).into_iter().flatten().flatten();
    let value = |bytes: &'t [u8]| Value::Bytes(recomposed(element_type, bytes));
    Ok(InList::Values(elements.map(|element| element.map_or(Value::Null, value)).collect()))
}
