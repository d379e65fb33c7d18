//! Terms that are not typed yet.

use cqlite_cql::Spanned;
use cqlite_cql::query::{ArithmeticOperator, Term};
use cqlite_sstable::types::CqlType;

use super::call::{Call, call_text};
use super::prepared::PreparedTerm;
use super::{collection, literal, map, text, tuple, user_type, vector};
use crate::query::functions::FunctionName;
use crate::query::schema::raw_text;
use crate::query::type_text::type_text;
use crate::query::{
    Assignable, Assignment, BindMarkers, ColumnSpec, QueryError, QueryResult, Scope, Value,
    is_value_compatible,
};

/// A term that can be typed (`Term.Raw`).
pub(crate) trait RawTerm: Assignable {
    /// As [`PreparedTerm::prepare`].
    fn prepare(
        &self,
        receiver: &ColumnSpec,
        scope: &Scope<'_>,
        markers: &mut BindMarkers,
    ) -> QueryResult<PreparedTerm>;
}

impl<T: RawTerm> RawTerm for Spanned<T> {
    fn prepare(
        &self,
        receiver: &ColumnSpec,
        scope: &Scope<'_>,
        markers: &mut BindMarkers,
    ) -> QueryResult<PreparedTerm> {
        self.node.prepare(receiver, scope, markers)
    }
}

/// The first operands of a chain of operations: what stands left of the last operator.
#[derive(Clone, Copy)]
pub(super) struct Chain<'a> {
    first: &'a Spanned<Term>,
    rest: &'a [(ArithmeticOperator, Spanned<Term>)],
}

impl Chain<'_> {
    /// Calls with the left operand, which is a chain itself, the operator and the right operand.
    fn with_call<R>(&self, with: impl FnOnce(&Call<'_>) -> R) -> Option<R> {
        let ((operator, right), left) = self.rest.split_last()?;
        let left = Chain { first: self.first, rest: left };
        let name = FunctionName::of_operator(*operator);
        Some(with(&Call { name: &name, arguments: &[&left, right] }))
    }
}

impl Assignable for Chain<'_> {
    fn test(&self, scope: &Scope<'_>, receiver: &ColumnSpec) -> QueryResult<Assignment> {
        let call = self.with_call(|call| call.test(scope, receiver));
        call.unwrap_or_else(|| self.first.test(scope, receiver))
    }

    fn exact_type(&self, scope: &Scope<'_>) -> QueryResult<Option<CqlType>> {
        let call = self.with_call(|call| call.exact_type(scope));
        call.unwrap_or_else(|| self.first.exact_type(scope))
    }

    fn compatible_type(&self, scope: &Scope<'_>) -> QueryResult<Option<CqlType>> {
        let call = self.with_call(|call| call.exact_type(scope));
        call.unwrap_or_else(|| self.first.compatible_type(scope))
    }

    fn text_in(&self, keyspace: Option<&str>) -> String {
        let text = self.with_call(|call| call_text(call, keyspace));
        text.unwrap_or_else(|| self.first.text_in(keyspace))
    }

    fn is_bind_marker(&self) -> bool {
        self.rest.is_empty() && self.first.is_bind_marker()
    }
}

impl RawTerm for Chain<'_> {
    fn prepare(
        &self,
        receiver: &ColumnSpec,
        scope: &Scope<'_>,
        markers: &mut BindMarkers,
    ) -> QueryResult<PreparedTerm> {
        let call = self.with_call(|call| call.prepare(receiver, scope, &mut *markers));
        match call {
            Some(prepared) => prepared,
            None => self.first.prepare(receiver, scope, markers),
        }
    }
}

/// Calls with the call that a term is, if it is one.
fn with_call<R>(term: &Term, with: impl FnOnce(&Call<'_>) -> R) -> Option<R> {
    let (name, arguments): (FunctionName, Vec<&dyn RawTerm>) = match term {
        Term::Function { name, arguments } => {
            (FunctionName::from(&**name), arguments.iter().map(|argument| argument as &dyn RawTerm).collect())
        }
        Term::Cast { term, target } => (FunctionName::of_cast(*target), vec![&**term]),
        Term::Negation(term) => (FunctionName::of_negation(), vec![&**term]),
        Term::Arithmetic { first, rest } => return Chain { first, rest }.with_call(with),
        _ => return None,
    };
    Some(with(&Call { name: &name, arguments: &arguments }))
}

impl Assignable for Term {
    fn test(&self, scope: &Scope<'_>, receiver: &ColumnSpec) -> QueryResult<Assignment> {
        match self {
            Self::Constant(constant) => Ok(literal::test(constant, &receiver.cql_type)),
            Self::Null if receiver.cql_type == CqlType::Counter => Ok(Assignment::Not),
            Self::Null | Self::BindMarker(_) => Ok(Assignment::Weak),
            Self::List(elements) => match &receiver.cql_type {
                CqlType::Vector { .. } => vector::test_literal(scope, receiver, elements),
                CqlType::List { .. } => collection::test_list(scope, receiver, elements),
                other => Err(wrong_array(other)),
            },
            Self::Set(elements) => collection::test_set(scope, receiver, elements),
            Self::Map(entries) => map::test_literal(scope, receiver, entries),
            Self::UserType(fields) => user_type::test_user_type(scope, receiver, &user_type::by_name(fields)),
            Self::Tuple(elements) => match elements.as_slice() {
                [one] if !tuple::is_tuple(&receiver.cql_type) => one.test(scope, receiver),
                elements => tuple::test_tuple(scope, receiver, elements),
            },
            Self::TypeCast { type_name, .. } => {
                let target = scope.resolve_type(type_name)?;
                Ok(test_cast(&target, receiver))
            }
            Self::Function { .. } | Self::Cast { .. } | Self::Negation(_) | Self::Arithmetic { .. } => {
                with_call(self, |call| call.test(scope, receiver)).unwrap_or(Ok(Assignment::Weak))
            }
        }
    }

    fn exact_type(&self, scope: &Scope<'_>) -> QueryResult<Option<CqlType>> {
        match self {
            Self::Constant(_) | Self::Null | Self::BindMarker(_) | Self::List(_) | Self::UserType(_) => {
                Ok(None)
            }
            Self::Set(elements) => collection::exact_set_type(scope, elements),
            Self::Map(entries) => map::exact_type(scope, entries),
            Self::Tuple(elements) => tuple::exact_type(scope, elements),
            Self::TypeCast { type_name, .. } => scope.resolve_type(type_name).map(Some),
            Self::Function { .. } | Self::Cast { .. } | Self::Negation(_) | Self::Arithmetic { .. } => {
                with_call(self, |call| call.exact_type(scope)).unwrap_or(Ok(None))
            }
        }
    }

    fn compatible_type(&self, scope: &Scope<'_>) -> QueryResult<Option<CqlType>> {
        match self {
            Self::Constant(constant) => Ok(Some(literal::preferred_type(constant))),
            Self::Set(elements) => collection::compatible_set_type(scope, elements),
            Self::Map(entries) => map::compatible_type(scope, entries),
            other => other.exact_type(scope),
        }
    }

    fn text_in(&self, keyspace: Option<&str>) -> String {
        match self {
            Self::Function { .. } | Self::Cast { .. } | Self::Negation(_) | Self::Arithmetic { .. } => {
                with_call(self, |call| call_text(call, keyspace)).unwrap_or_default()
            }
            other => text::text_of(other, keyspace),
        }
    }

    fn is_bind_marker(&self) -> bool {
        matches!(self, Self::BindMarker(_))
    }
}

impl RawTerm for Term {
    fn prepare(
        &self,
        receiver: &ColumnSpec,
        scope: &Scope<'_>,
        markers: &mut BindMarkers,
    ) -> QueryResult<PreparedTerm> {
        match self {
            Self::Constant(constant) => literal::prepare(constant, receiver),
            Self::Null if receiver.cql_type == CqlType::Counter => {
                Err(QueryError::invalid("Invalid null value for counter increment/decrement"))
            }
            Self::Null => Ok(PreparedTerm::Constant(Value::Null)),
            Self::BindMarker(marker) => Ok(PreparedTerm::of_marker(marker, receiver, markers)),
            Self::List(elements) => match &receiver.cql_type {
                CqlType::Vector { .. } => vector::prepare(elements, receiver, scope, markers),
                CqlType::List { .. } => collection::prepare_list(elements, receiver, scope, markers),
                other => Err(wrong_array(other)),
            },
            Self::Set(elements) => collection::prepare_set(elements, receiver, scope, markers),
            Self::Map(entries) => map::prepare(entries, receiver, scope, markers),
            Self::UserType(fields) => user_type::prepare(fields, receiver, scope, markers),
            Self::Tuple(elements) => match elements.as_slice() {
                [one] if !tuple::is_tuple(&receiver.cql_type) => one.prepare(receiver, scope, markers),
                elements => tuple::prepare(elements, receiver, scope, markers),
            },
            Self::TypeCast { type_name, term } => {
                let keyspace = Some(scope.keyspace);
                let target = scope.resolve_type(type_name)?;
                if !term.test(scope, &receiver.with(self.text(), target.clone()))?.is_assignable() {
                    let type_name = raw_text(type_name, false, keyspace);
                    let message = format!("Cannot cast value {} to type {type_name}", term.text_in(keyspace));
                    return Err(QueryError::invalid(message));
                }
                if !test_cast(&target, receiver).is_assignable() {
                    return Err(QueryError::invalid(format!(
                        "Cannot assign value {} to {} of type {}",
                        self.text_in(keyspace),
                        receiver.name,
                        type_text(&receiver.cql_type)
                    )));
                }
                term.prepare(receiver, scope, markers)
            }
            Self::Function { .. } | Self::Cast { .. } | Self::Negation(_) | Self::Arithmetic { .. } => {
                let prepared = with_call(self, |call| call.prepare(receiver, scope, markers));
                prepared.unwrap_or(Ok(PreparedTerm::Constant(Value::Null)))
            }
        }
    }
}

/// How well what is cast to `target` fits a receiver (`TypeCast.testAssignment`).
fn test_cast(target: &CqlType, receiver: &ColumnSpec) -> Assignment {
    if receiver.is_of(target) {
        Assignment::Exact
    } else if is_value_compatible(&receiver.ordered_type(), target) {
        Assignment::Weak
    } else {
        Assignment::Not
    }
}

/// Brackets are a list or a vector (`ArrayLiteral.forReceiver`).
fn wrong_array(receiver: &CqlType) -> QueryError {
    QueryError::invalid(format!(
        "Unexpected receiver type '{}'; only list and vector are expected",
        type_text(receiver)
    ))
}
