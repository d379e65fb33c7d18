//! What names mean where a statement is prepared.

use std::sync::Arc;

use cqlite_cql::TypeName;
use cqlite_sstable::types::{CqlType, UserType};

use crate::catalog::{Schema, Table};

use super::QueryResult;
use super::schema::prepare_type;

/// What names of types and functions mean where a statement is prepared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// All keyspaces.
    pub(crate) schema: &'a Schema,
    /// The keyspace of the statement's table, in which names of types and functions are looked up.
    pub(crate) keyspace: &'a str,
    /// The statement's table, of whose partition key `token()` is.
    pub(crate) table: Option<&'a Arc<Table>>,
}

impl Scope<'_> {
    /// The type of a field as its user type was declared with it: `UserType.freeze` leaves fields as they are.
    pub(crate) fn declared_field(&self, user: &UserType, place: usize) -> Option<CqlType> {
        let declared = self.schema.keyspace(&user.keyspace)?.types().get(&user.name)?;
        declared.fields.get(place).map(|field| field.field_type.clone())
    }

    /// The type that a name stands for (`CQL3Type.Raw.prepare`).
    ///
    /// # Errors
    /// If no such type is known, or it cannot be.
    pub(crate) fn resolve_type(&self, name: &TypeName) -> QueryResult<CqlType> {
        Ok(match self.schema.keyspace(self.keyspace) {
            Some(keyspace) => prepare_type(keyspace, name)?,
            None => CqlType::resolve(self.keyspace, [], name)?,
        })
    }
}
