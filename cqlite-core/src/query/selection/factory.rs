//! Selectors whose names and types are known.

use std::sync::Arc;

use cqlite_cql::query::WritetimeOrTtl;
use cqlite_sstable::types::CqlType;

use super::column_reader::ColumnReader;
use super::compose::Composer;
use super::keyed::Keyed;
use crate::query::PreparedTerm;
use crate::query::functions::{AggregateFunction, ScalarFunction};

/// What is selected, with its name and type: of it a selector is made for each execution
/// (`cql3.selection.Selector.Factory`).
#[derive(Debug)]
pub(super) struct Factory {
    /// The name of the column of the result, unless it has an alias.
    pub(super) name: String,
    /// The type of the values.
    pub(super) cql_type: CqlType,
    /// How they are made.
    pub(super) expression: Expression,
    /// Which of the columns that are needed this is, if it is nothing else (`isSimpleSelectorFactoryFor`).
    pub(super) column: Option<usize>,
    /// What is in it.
    pub(super) traits: Traits,
}

/// What is in a selector, as far as those around it say.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Traits {
    /// An aggregate function.
    pub(super) is_aggregate: bool,
    /// When something was written.
    pub(super) tells_writetime: bool,
    /// How long something lives.
    pub(super) tells_ttl: bool,
}

impl Traits {
    /// What is in one or the other.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            is_aggregate: self.is_aggregate || other.is_aggregate,
            tells_writetime: self.tells_writetime || other.tells_writetime,
            tells_ttl: self.tells_ttl || other.tells_ttl,
        }
    }

    /// What is in any of several.
    pub(super) fn of_all(factories: &[Factory]) -> Self {
        factories.iter().fold(Self::default(), |all, factory| all.or(factory.traits))
    }

    /// What those around parts of something see of it: Cassandra forgets the rest.
    pub(super) fn of_part(self) -> Self {
        Self { is_aggregate: self.is_aggregate, ..Self::default() }
    }
}

/// How values are made.
#[derive(Debug)]
pub(super) enum Expression {
    /// They are those of a column.
    Column(ColumnReader),
    /// It is always the same one.
    Term(PreparedTerm),
    /// When what is selected was written, or how long it lives.
    Timestamps {
        /// Which of them.
        kind: WritetimeOrTtl,
        /// A column, or a part of it.
        selected: Box<Factory>,
    },
    /// By a function of one row.
    Scalar {
        /// The function.
        function: Arc<dyn ScalarFunction>,
        /// Its arguments.
        arguments: Vec<Factory>,
    },
    /// By a function of many rows.
    Aggregate {
        /// The function.
        function: Arc<dyn AggregateFunction>,
        /// Its arguments.
        arguments: Vec<Factory>,
    },
    /// They are a field of values of a user-defined type.
    Field {
        /// Which of the fields.
        place: usize,
        /// How many there are.
        count: usize,
        /// Values of the type.
        selected: Box<Factory>,
    },
    /// They are an element of a set, or the value of a key of a map.
    Element {
        /// How elements are found.
        keyed: Keyed,
        /// The element or key.
        key: PreparedTerm,
        /// The sets or maps.
        selected: Box<Factory>,
    },
    /// They are what a set or map has between two elements or keys.
    Slice {
        /// How elements are found.
        keyed: Keyed,
        /// The first.
        from: Option<PreparedTerm>,
        /// The last.
        to: Option<PreparedTerm>,
        /// The sets or maps.
        selected: Box<Factory>,
    },
    /// They are made of several others.
    Composed {
        /// What.
        composer: Composer,
        /// Of which.
        elements: Vec<Factory>,
    },
}
