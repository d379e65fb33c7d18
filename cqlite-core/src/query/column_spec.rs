//! Columns of results, and what bind markers stand for.

use std::borrow::Cow;
use std::sync::Arc;

use cqlite_sstable::types::CqlType;

/// A column of a result, or what a value is wanted for (`cql3.ColumnSpecification`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSpec {
    /// The keyspace of its table.
    pub keyspace: Arc<str>,
    /// Its table.
    pub table: Arc<str>,
    /// Its name; of an expression its text.
    pub name: Arc<str>,
    /// The type of its values; never [`CqlType::Reversed`].
    pub cql_type: CqlType,
    /// Whether it is a clustering column of which the greatest value comes first: to Cassandra its type is another one
    /// (`marshal.ReversedType`), which some statements tell apart.
    pub is_descending: bool,
}

impl ColumnSpec {
    /// The type, as one of the opposite order where the greatest value comes first (`ColumnSpecification.type`).
    pub(crate) fn ordered_type(&self) -> Cow<'_, CqlType> {
        match self.is_descending {
            true => Cow::Owned(CqlType::Reversed(Arc::new(self.cql_type.clone()))),
            false => Cow::Borrowed(&self.cql_type),
        }
    }

    /// Whether this is the type to Cassandra: that of a column where the greatest value comes first is none that CQL has
    /// a name for.
    pub(crate) fn is_of(&self, cql_type: &CqlType) -> bool {
        !self.is_descending && self.cql_type == *cql_type
    }

    /// Another name and type, in the same table; no clustering column.
    #[must_use]
    pub fn with(&self, name: impl Into<Arc<str>>, cql_type: CqlType) -> Self {
        Self {
            keyspace: Arc::clone(&self.keyspace),
            table: Arc::clone(&self.table),
            name: name.into(),
            cql_type,
            is_descending: false,
        }
    }
}
