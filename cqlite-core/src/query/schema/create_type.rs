//! `CREATE TYPE` and `DROP TYPE`.

use std::collections::BTreeSet;

use cqlite_cql::{CreateType, QualifiedName};
use cqlite_sstable::types::{Field, UserType};

use super::super::{QueryError, QueryResult};
use super::raw_type::{is_counter, is_free_user_type, prepare_type};
use super::{Applied, ChangeKind, SchemaChange, altered, nothing};
use crate::catalog::Keyspace;

/// `CreateTypeStatement`
pub(super) fn apply(create: &CreateType, keyspace: &Keyspace) -> Applied {
    let name = create.name.name.as_str();
    let change = SchemaChange::of_type(ChangeKind::Created, keyspace.name(), name);
    if keyspace.types().contains_key(name) {
        return match create.if_not_exists {
            true => nothing(change),
            false => Err(QueryError::invalid(format!("A user type with name '{name}' already exists"))),
        };
    }
    let mut names = BTreeSet::new();
    for field in &create.fields {
        if !names.insert(&field.name) {
            let field = field.name.as_str();
            return Err(QueryError::invalid(format!("Duplicate field name '{field}' in type '{name}'")));
        }
    }
    for field in &create.fields {
        if is_counter(&field.type_name) {
            return Err(QueryError::invalid("A user type cannot contain counters"));
        }
        if is_free_user_type(&field.type_name) {
            return Err(QueryError::invalid("A user type cannot contain non-frozen UDTs"));
        }
    }
    let fields = create.fields.iter().map(|field| {
        let field_type = prepare_type(keyspace, &field.type_name)?;
        Ok(Field { name: field.name.as_str().to_owned(), field_type })
    });
    let of = UserType {
        keyspace: keyspace.name().to_owned(),
        name: name.to_owned(),
        fields: fields.collect::<QueryResult<_>>()?,
        frozen: false,
    };
    altered(keyspace, keyspace.with_type(of)?, change)
}

/// `DropTypeStatement`
pub(super) fn drop_type(
    name: &QualifiedName,
    if_exists: bool,
    keyspace: Option<&Keyspace>,
    keyspace_name: &str,
) -> Applied {
    let name = name.name.as_str();
    let change = SchemaChange::of_type(ChangeKind::Dropped, keyspace_name, name);
    match keyspace.filter(|keyspace| keyspace.types().contains_key(name)) {
        Some(keyspace) => altered(keyspace, keyspace.without_type(name)?, change),
        None if if_exists => nothing(change),
        None => Err(QueryError::invalid(format!("Type '{keyspace_name}.{name}' doesn't exist"))),
    }
}
