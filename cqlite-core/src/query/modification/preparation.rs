//! What the preparation of a statement on a table knows.

use std::sync::Arc;

use cqlite_cql::Spanned;
use cqlite_cql::query::Term;

use super::operand::Operand;
use crate::catalog::{Schema, Table};
use crate::query::term::PreparedTerm;
use crate::query::{BindMarkers, ColumnSpec, QueryResult, Scope, TableColumns};

/// What the preparation of a statement on a table knows.
pub(super) struct Preparation<'p> {
    /// All keyspaces, and that of the table.
    pub(super) scope: Scope<'p>,
    /// The table.
    pub(super) table: &'p Arc<Table>,
    /// Its columns.
    pub(super) columns: Arc<TableColumns>,
    /// The bind markers of the statement, or of the batch that it stands in.
    pub(super) markers: &'p mut BindMarkers,
}

impl<'p> Preparation<'p> {
    /// That of a statement on this table.
    pub(super) fn new(schema: &'p Schema, table: &'p Arc<Table>, markers: &'p mut BindMarkers) -> Self {
        let scope = Scope { schema, keyspace: table.keyspace(), table: Some(table) };
        Self { scope, table, columns: Arc::new(TableColumns::of(table)), markers }
    }

    /// Types a term by what it is given to.
    ///
    /// # Errors
    /// As [`PreparedTerm::prepare`].
    pub(super) fn term(&mut self, raw: &Spanned<Term>, receiver: &ColumnSpec) -> QueryResult<PreparedTerm> {
        PreparedTerm::prepare(&raw.node, receiver, &self.scope, self.markers)
    }

    /// As [`Self::term`], as an operand.
    ///
    /// # Errors
    /// As [`PreparedTerm::prepare`].
    pub(super) fn operand(&mut self, raw: &Spanned<Term>, receiver: &ColumnSpec) -> QueryResult<Operand> {
        self.term(raw, receiver).map(Operand::Term)
    }
}
