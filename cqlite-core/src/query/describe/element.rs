//! What a schema is made of.

use std::sync::Arc;

use cqlite_cql::{CreateKeyspace, Identifier};
use cqlite_sstable::schema::describe_type;
use cqlite_sstable::types::UserType;

use super::{sorted, table_text, view_text};
use crate::catalog::{Keyspace, SecondaryIndex, Table};
use crate::query::QueryResult;

/// Something that can be described (`cql3.SchemaElement`).
pub(super) enum Element<'a> {
    Keyspace(&'a Keyspace),
    Type(&'a UserType),
    Table(&'a Table),
    Index(&'a Table, SecondaryIndex),
    View(&'a Table),
}

impl<'a> Element<'a> {
    /// The tables of a keyspace, by name.
    pub(super) fn of_tables(keyspace: &'a Keyspace) -> Vec<Self> {
        let tables = sorted(keyspace.tables().values(), |table| table.name());
        tables.into_iter().map(|table: &Arc<Table>| Self::Table(table)).collect()
    }

    /// The types of a keyspace, by name.
    pub(super) fn of_types(keyspace: &'a Keyspace) -> Vec<Self> {
        let types = sorted(keyspace.types().values(), |of| of.name.as_str());
        types.into_iter().map(|of: &Arc<UserType>| Self::Type(of)).collect()
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Keyspace(_) => "keyspace",
            Self::Type(_) => "type",
            Self::Table(_) => "table",
            Self::Index(..) => "index",
            Self::View(_) => "materialized_view",
        }
    }

    /// Its keyspace, in quotes where CQL needs them.
    pub(super) fn keyspace(&self) -> String {
        Identifier::quote_if_needed(match self {
            Self::Keyspace(keyspace) => keyspace.name(),
            Self::Type(of) => &of.keyspace,
            Self::Table(table) | Self::Index(table, _) | Self::View(table) => table.keyspace(),
        })
        .into_owned()
    }

    /// Its name, in quotes where CQL needs them.
    pub(super) fn name(&self) -> String {
        Identifier::quote_if_needed(match self {
            Self::Keyspace(keyspace) => keyspace.name(),
            Self::Type(of) => &of.name,
            Self::Table(table) | Self::View(table) => table.name(),
            Self::Index(_, index) => &index.name,
        })
        .into_owned()
    }

    /// The statement that makes it.
    pub(super) fn statement(&self, with_internals: bool) -> QueryResult<String> {
        Ok(match self {
            Self::Keyspace(keyspace) => CreateKeyspace {
                if_not_exists: false,
                name: Identifier::new(keyspace.name()),
                properties: keyspace.options(),
            }
            .to_string(),
            Self::Type(of) => describe_type(of).to_string(),
            Self::Table(table) => table_text::describe(table, with_internals),
            Self::Index(table, index) => index.to_statement(table.keyspace(), table.name()).to_string(),
            Self::View(view) => view_text::describe(view, with_internals)?,
        })
    }
}
