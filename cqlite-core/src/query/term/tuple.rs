//! Tuples (`cql3.Tuples`).

use std::borrow::Cow;

use cqlite_cql::Spanned;
use cqlite_cql::query::Term;
use cqlite_sstable::types::CqlType;

use super::collection::push_element;
use super::prepared::PreparedTerm;
use super::raw::RawTerm;
use crate::query::type_text::type_text;
use crate::query::{
    Assignable, Assignment, BindMarkers, Bindings, ColumnSpec, QueryError, QueryResult, Scope, Value,
};

/// Whether values of the type are tuples: to Cassandra those of user-defined types are (`Tuples.checkIfTupleType`).
pub(super) fn is_tuple(of: &CqlType) -> bool {
    matches!(of, CqlType::Tuple(_) | CqlType::User(_))
}

fn component_type(of: &CqlType, index: usize) -> Option<&CqlType> {
    match of {
        CqlType::Tuple(types) => types.get(index),
        CqlType::User(user) => user.fields.get(index).map(|field| &field.field_type),
        _ => None,
    }
}

/// The type of a component as it was declared: what is in a frozen user type need not be frozen for itself.
fn declared(scope: &Scope<'_>, of: &CqlType, index: usize, component: &CqlType) -> CqlType {
    match of {
        CqlType::User(user) => scope.declared_field(user, index),
        _ => None,
    }
    .unwrap_or_else(|| component.clone())
}

fn size(of: &CqlType) -> usize {
    match of {
        CqlType::Tuple(types) => types.len(),
        CqlType::User(user) => user.fields.len(),
        _ => 0,
    }
}

/// What a component is given to (`Tuples.componentSpecOf`).
fn component_spec(column: &ColumnSpec, index: usize, of: &CqlType) -> ColumnSpec {
    column.with(format!("{}[{index}]", column.name), of.clone())
}

/// What is wrong with elements as a tuple, if anything is (`Tuples.validateTupleAssignableTo`).
fn check<A: Assignable>(scope: &Scope<'_>, receiver: &ColumnSpec, elements: &[A]) -> QueryResult<()> {
    let of = &receiver.cql_type;
    if !is_tuple(of) {
        return Err(QueryError::invalid(format!(
            "Invalid tuple type literal for {} of type {}",
            receiver.name,
            type_text(of)
        )));
    }
    for (index, element) in elements.iter().enumerate() {
        let Some(component) = component_type(of, index) else {
            return Err(QueryError::invalid(format!(
                "Invalid tuple literal for {}: too many elements. Type {} expects {} but got {}",
                receiver.name,
                type_text(of),
                size(of),
                elements.len()
            )));
        };
        if !element.test(scope, &component_spec(receiver, index, component))?.is_assignable() {
            return Err(QueryError::invalid(format!(
                "Invalid tuple literal for {}: component {index} is not of type {}",
                receiver.name,
                type_text(&declared(scope, of, index, component))
            )));
        }
    }
    Ok(())
}

/// How well elements fit a receiver as a tuple (`Tuples.testTupleAssignment`).
///
/// # Errors
/// Never: what is wrong inside makes them unfit.
pub(crate) fn test_tuple<A: Assignable>(
    scope: &Scope<'_>,
    receiver: &ColumnSpec,
    elements: &[A],
) -> QueryResult<Assignment> {
    Ok(check(scope, receiver, elements).map_or(Assignment::Not, |()| Assignment::Weak))
}

/// `Tuples.getExactTupleTypeIfKnown`
pub(super) fn exact_type<A: Assignable>(scope: &Scope<'_>, elements: &[A]) -> QueryResult<Option<CqlType>> {
    let types =
        elements.iter().map(|element| element.exact_type(scope)).collect::<QueryResult<Option<_>>>()?;
    Ok(types.map(CqlType::Tuple))
}

/// `Tuples.Literal.prepare`
pub(super) fn prepare(
    elements: &[Spanned<Term>],
    receiver: &ColumnSpec,
    scope: &Scope<'_>,
    markers: &mut BindMarkers,
) -> QueryResult<PreparedTerm> {
    check(scope, receiver, elements)?;
    let mut terms = Vec::with_capacity(elements.len());
    for (index, element) in elements.iter().enumerate() {
        let component = component_type(&receiver.cql_type, index).unwrap_or(&CqlType::Empty);
        terms.push(element.prepare(&component_spec(receiver, index, component), scope, markers)?);
    }
    let is_known = terms.iter().all(PreparedTerm::is_terminal);
    PreparedTerm::Tuple(PreparedTuple(terms)).reduced(is_known)
}

/// The components of a tuple that are not all known (`Tuples.DelayedValue`).
#[derive(Debug)]
pub(crate) struct PreparedTuple(pub(super) Vec<PreparedTerm>);

impl PreparedTuple {
    pub(super) fn has_bind_marker(&self) -> bool {
        self.0.iter().any(PreparedTerm::has_bind_marker)
    }

    /// The components; none of them is unset.
    pub(super) fn components<'t>(&'t self, bindings: &Bindings<'t>) -> QueryResult<Vec<Value<'t>>> {
        let components = self.0.iter().enumerate().map(|(index, term)| match term.evaluate(bindings)? {
            Value::Unset => {
                Err(QueryError::invalid(format!("Invalid unset value for tuple field number {index}")))
            }
            value => Ok(value),
        });
        components.collect()
    }

    pub(super) fn evaluate<'t>(&'t self, bindings: &Bindings<'t>) -> QueryResult<Value<'t>> {
        let mut bytes = Vec::new();
        for component in self.components(bindings)? {
            push_component(component.bytes(), &mut bytes);
        }
        Ok(Value::Bytes(Cow::Owned(bytes)))
    }
}

/// A component of a tuple behind its length (`TupleType.buildValue`).
pub(super) fn push_component(component: Option<&[u8]>, out: &mut Vec<u8>) {
    match component {
        Some(bytes) => push_element(bytes, out),
        None => out.extend((-1_i32).to_be_bytes()),
    }
}
