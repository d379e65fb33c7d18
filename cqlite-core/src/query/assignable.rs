//! What can be given to a column, a bind marker or an argument.

use cqlite_cql::Spanned;
use cqlite_sstable::types::CqlType;

use super::{ColumnSpec, QueryResult, Scope};

/// How well something fits what it is given to (`AssignmentTestable.TestResult`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assignment {
    /// It is of just that type.
    Exact,
    /// It can be made into one of that type.
    Weak,
    /// It is of another type.
    Not,
}

impl Assignment {
    /// Whether it can be given at all.
    pub(crate) fn is_assignable(self) -> bool {
        self != Self::Not
    }

    /// How well several things fit one receiver (`AssignmentTestable.TestResult.testAll`).
    ///
    /// # Errors
    /// As [`Assignable::test`].
    pub(crate) fn of_all<A: Assignable>(
        scope: &Scope<'_>,
        receiver: &ColumnSpec,
        elements: &[A],
    ) -> QueryResult<Self> {
        let mut worst = Self::Exact;
        for element in elements {
            match element.test(scope, receiver)? {
                Self::Not => return Ok(Self::Not),
                Self::Weak => worst = Self::Weak,
                Self::Exact => {}
            }
        }
        Ok(worst)
    }
}

/// What can be given to a receiver: a term or a selector (`cql3.AssignmentTestable`).
pub(crate) trait Assignable {
    /// How well it fits.
    ///
    /// # Errors
    /// If that cannot be said: a list is given to what is no list, a type is not known.
    fn test(&self, scope: &Scope<'_>, receiver: &ColumnSpec) -> QueryResult<Assignment>;

    /// Its type, if it can be of no other (`getExactTypeIfKnown`).
    ///
    /// # Errors
    /// If a type in it is not known.
    fn exact_type(&self, scope: &Scope<'_>) -> QueryResult<Option<CqlType>>;

    /// A type that it can be of (`getCompatibleTypeIfKnown`).
    ///
    /// # Errors
    /// As [`Assignable::exact_type`].
    fn compatible_type(&self, scope: &Scope<'_>) -> QueryResult<Option<CqlType>> {
        self.exact_type(scope)
    }

    /// How messages show it. With a keyspace, user-defined types are told with it: Cassandra puts it in once it has
    /// looked for them.
    fn text_in(&self, keyspace: Option<&str>) -> String;

    /// How messages show it before types are looked for in it.
    fn text(&self) -> String {
        self.text_in(None)
    }

    /// Whether it is a bind marker and nothing else.
    fn is_bind_marker(&self) -> bool {
        false
    }

    /// The number of elements, if it is a selector in brackets, which may be a list or a vector
    /// (`Selectable.WithArrayLiteral`). Of a term none: only selectors are asked.
    fn array_length(&self) -> Option<usize> {
        None
    }
}

impl<A: Assignable + ?Sized> Assignable for &A {
    fn test(&self, scope: &Scope<'_>, receiver: &ColumnSpec) -> QueryResult<Assignment> {
        (**self).test(scope, receiver)
    }

    fn exact_type(&self, scope: &Scope<'_>) -> QueryResult<Option<CqlType>> {
        (**self).exact_type(scope)
    }

    fn compatible_type(&self, scope: &Scope<'_>) -> QueryResult<Option<CqlType>> {
        (**self).compatible_type(scope)
    }

    fn text_in(&self, keyspace: Option<&str>) -> String {
        (**self).text_in(keyspace)
    }

    fn is_bind_marker(&self) -> bool {
        (**self).is_bind_marker()
    }

    fn array_length(&self) -> Option<usize> {
        (**self).array_length()
    }
}

impl<A: Assignable> Assignable for Spanned<A> {
    fn test(&self, scope: &Scope<'_>, receiver: &ColumnSpec) -> QueryResult<Assignment> {
        self.node.test(scope, receiver)
    }

    fn exact_type(&self, scope: &Scope<'_>) -> QueryResult<Option<CqlType>> {
        self.node.exact_type(scope)
    }

    fn compatible_type(&self, scope: &Scope<'_>) -> QueryResult<Option<CqlType>> {
        self.node.compatible_type(scope)
    }

    fn text_in(&self, keyspace: Option<&str>) -> String {
        self.node.text_in(keyspace)
    }

    fn is_bind_marker(&self) -> bool {
        self.node.is_bind_marker()
    }

    fn array_length(&self) -> Option<usize> {
        self.node.array_length()
    }
}
