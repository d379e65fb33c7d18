//! Tables by their names.

use std::sync::Arc;

use cqlite_cql::{Identifier, QualifiedName};

use super::{ErrorClass, QueryError, QueryResult};
use crate::catalog::{Schema, Table};

/// The table that a statement names, in the keyspace in use if it names none (`SchemaProvider.validateTable`).
///
/// # Errors
/// If there is none.
pub(crate) fn find_table(
    schema: &Schema,
    name: &QualifiedName,
    keyspace_in_use: Option<&str>,
) -> QueryResult<Arc<Table>> {
    let keyspace = keyspace_of(name, keyspace_in_use)?;
    let Some(found) = schema.keyspace(keyspace) else {
        let known = schema.keyspaces().keys().map(String::as_str);
        return Err(
            QueryError::invalid(format!("keyspace {keyspace} does not exist")).suggest(keyspace, known)
        );
    };
    let table = name.name.as_str();
    if table.is_empty() {
        return Err(QueryError::invalid("non-empty table is required"));
    }
    found.table(table).cloned().ok_or_else(|| {
        let known = found.tables().keys().chain(found.views().keys()).map(String::as_str);
        QueryError::invalid(format!("table {table} does not exist")).suggest(table, known)
    })
}

/// As [`find_table`], of a table that is written to.
///
/// # Errors
/// If there is none, or its rows are of a layout that is only read.
pub(crate) fn find_written_table(
    schema: &Schema,
    name: &QualifiedName,
    keyspace_in_use: Option<&str>,
) -> QueryResult<Arc<Table>> {
    let found = find_table(schema, name, keyspace_in_use)?;
    if found.schema().is_compact {
        let name = found.quoted_name();
        return Err(QueryError::unsupported(format!(
            "the table {name} has COMPACT STORAGE, whose rows are written only after ALTER TABLE {name} DROP COMPACT \
             STORAGE"
        )));
    }
    Ok(found)
}

/// The keyspace that a statement is about.
///
/// # Errors
/// If it names none, and none is in use.
pub(crate) fn keyspace_of<'n>(name: &'n QualifiedName, in_use: Option<&'n str>) -> QueryResult<&'n str> {
    name.keyspace.as_ref().map(Identifier::as_str).or(in_use).ok_or_else(|| {
        QueryError::new(
            ErrorClass::Invalid,
            "No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename",
        )
    })
}
