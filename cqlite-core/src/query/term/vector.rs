//! Vectors (`cql3.Vectors`).

use std::borrow::Cow;
use std::sync::Arc;

use cqlite_cql::Spanned;
use cqlite_cql::query::Term;
use cqlite_sstable::types::CqlType;

use super::collection::{value_spec, wrong_literal};
use super::prepared::PreparedTerm;
use super::raw::RawTerm;
use crate::query::type_text::type_text;
use crate::query::{
    Assignable, Assignment, BindMarkers, Bindings, ColumnSpec, QueryError, QueryResult, Scope, Value,
};

/// How well elements fit a receiver as a vector, whatever their number (`Vectors.testVectorAssignment`).
pub(crate) fn test_vector<A: Assignable>(
    scope: &Scope<'_>,
    receiver: &ColumnSpec,
    elements: &[A],
) -> QueryResult<Assignment> {
    match &receiver.cql_type {
        CqlType::Vector { .. } if elements.is_empty() => Ok(Assignment::Weak),
        CqlType::Vector { element, .. } => {
            Assignment::of_all(scope, &value_spec(receiver, element), elements)
        }
        _ => Ok(Assignment::Not),
    }
}

/// As [`test_vector`], but the number counts (`Vectors.Literal.testAssignment`).
pub(super) fn test_literal(
    scope: &Scope<'_>,
    receiver: &ColumnSpec,
    elements: &[Spanned<Term>],
) -> QueryResult<Assignment> {
    match &receiver.cql_type {
        CqlType::Vector { element, dimension } if elements.len() == *dimension as usize => {
            Assignment::of_all(scope, &value_spec(receiver, element), elements)
        }
        _ => Ok(Assignment::Not),
    }
}

/// `Vectors.Literal.prepare`
pub(super) fn prepare(
    elements: &[Spanned<Term>],
    receiver: &ColumnSpec,
    scope: &Scope<'_>,
    markers: &mut BindMarkers,
) -> QueryResult<PreparedTerm> {
    let CqlType::Vector { element, dimension } = &receiver.cql_type else {
        return Err(wrong_literal("vector", receiver));
    };
    if elements.len() != *dimension as usize {
        let wrong = wrong_literal("vector", receiver);
        let message = format!("{wrong}; expected {dimension} elements, but given {}", elements.len());
        return Err(QueryError::invalid(message));
    }
    let spec = value_spec(receiver, element);
    let mut terms = Vec::with_capacity(elements.len());
    for element in elements {
        if !element.test(scope, &spec)?.is_assignable() {
            return Err(QueryError::invalid(format!(
                "Invalid vector literal for {}: value {} is not of type {}",
                receiver.name,
                element.text_in(Some(scope.keyspace)),
                type_text(&spec.cql_type)
            )));
        }
        terms.push(element.prepare(&spec, scope, markers)?);
    }
    let is_known = terms.iter().all(PreparedTerm::is_terminal);
    PreparedTerm::Vector(PreparedVector { element: Arc::clone(element), terms }).reduced(is_known)
}

/// The elements of a vector that are not all known (`Vectors.DelayedValue`).
#[derive(Debug)]
pub(crate) struct PreparedVector {
    element: Arc<CqlType>,
    terms: Vec<PreparedTerm>,
}

impl PreparedVector {
    pub(super) fn has_bind_marker(&self) -> bool {
        self.terms.iter().any(PreparedTerm::has_bind_marker)
    }

    pub(super) fn evaluate<'t>(&'t self, bindings: &Bindings<'t>) -> QueryResult<Value<'t>> {
        let is_fixed = self.element.fixed_length().is_some();
        let mut bytes = Vec::new();
        for term in &self.terms {
            let value = term.evaluate(bindings)?;
            let element = value.bytes().filter(|bytes| !self.is_null(bytes));
            let element =
                element.ok_or_else(|| QueryError::invalid("null is not supported inside vectors"))?;
            if !is_fixed {
                push_unsigned_vint(element.len() as u64, &mut bytes);
            }
            bytes.extend(element);
        }
        Ok(Value::Bytes(Cow::Owned(bytes)))
    }

    /// Whether an element is as good as null (`AbstractType.isNull`): no bytes, of a type for which that is no value.
    fn is_null(&self, bytes: &[u8]) -> bool {
        bytes.is_empty() && !matches!(*self.element, CqlType::Text | CqlType::Ascii | CqlType::Blob)
    }
}

/// A length as vectors have it before elements of no fixed length: as many leading ones as bytes follow the first.
pub(crate) fn push_unsigned_vint(value: u64, out: &mut Vec<u8>) {
    let bits = 64_u32.saturating_sub((value | 1).leading_zeros());
    let extra = (bits.saturating_sub(1) / 7).min(8);
    let ones = if extra == 0 { 0 } else { u8::MAX.checked_shl(8 - extra).unwrap_or(u8::MAX) };
    let ones = if extra == 8 { u8::MAX } else { ones };
    let head = value.checked_shr(8 * extra).unwrap_or(0) as u8;
    out.push(ones | head);
    out.extend(value.to_be_bytes().iter().skip(8_usize.saturating_sub(extra as usize)));
}
