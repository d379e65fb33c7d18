//! What nobody may change (`service.ClientState`).

use super::super::{ErrorClass, QueryError, QueryResult};

/// Keyspaces that each node has for itself, virtual ones among them.
const LOCAL: [&str; 4] = ["system", "system_schema", "system_virtual_schema", "system_views"];

/// Cassandra's own keyspaces that all nodes share.
const REPLICATED: [&str; 3] = ["system_auth", "system_distributed", "system_traces"];

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Permission {
    Create,
    Alter,
    Drop,
}

/// With what of a keyspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource<'a> {
    Keyspace,
    AllTables,
    Table(&'a str),
}

/// Whether it is one of Cassandra's own keyspaces (`SchemaConstants.isSystemKeyspace`).
pub(crate) fn is_system_keyspace(keyspace: &str) -> bool {
    let lower = keyspace.to_lowercase();
    LOCAL.contains(&lower.as_str()) || REPLICATED.contains(&lower.as_str())
}

fn is_local(keyspace: &str) -> bool {
    LOCAL.contains(&keyspace.to_lowercase().as_str())
}

/// Refuses changes of Cassandra's own keyspaces (`ClientState.preventSystemKSSchemaModification`).
pub(super) fn authorize(keyspace: &str, permission: Permission, resource: Resource<'_>) -> QueryResult<()> {
    let refused = |message: String| Err(QueryError::new(ErrorClass::Unauthorized, message));
    if is_local(keyspace) {
        return refused(format!("{keyspace} keyspace is not user-modifiable."));
    }
    let is_replicated = REPLICATED.contains(&keyspace.to_lowercase().as_str());
    if !is_replicated || (permission == Permission::Alter && resource == Resource::Keyspace) {
        return Ok(());
    }
    let permission = match permission {
        Permission::Create => "CREATE",
        Permission::Alter => "ALTER",
        Permission::Drop => "DROP",
    };
    refused(match resource {
        Resource::Keyspace => format!("Cannot {permission} <keyspace {keyspace}>"),
        Resource::AllTables => format!("Cannot {permission} <all tables in {keyspace}>"),
        Resource::Table(table) => format!("Cannot {permission} <table {keyspace}.{table}>"),
    })
}

/// Refuses to change what each node has for itself (`AlterSchemaStatement.execute`).
pub(super) fn check_modifiable(keyspace: &str) -> QueryResult<()> {
    match is_local(keyspace) {
        true => Err(QueryError::invalid(format!("System keyspace '{keyspace}' is not user-modifiable"))),
        false => Ok(()),
    }
}
