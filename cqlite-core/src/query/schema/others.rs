//! Statements about what only Cassandra has: roles, functions in Java, triggers and materialized views.

use cqlite_cql::query::{CqlStatement, DropFunctionStatement};
use cqlite_cql::{QualifiedName, TypeName};
use cqlite_sstable::schema::SchemaTable;

use super::authorization::check_modifiable;
use super::raw_type::{prepare_type, raw_text};
use super::{ChangeKind, ChangeTarget, SchemaChange};
use crate::catalog::{Keyspace, Schema, check_keyspace_name};
use crate::query::{QueryError, QueryResult};

/// The keyspace that a statement is about, empty if it is about none.
pub(super) fn keyspace_of(statement: &CqlStatement, in_use: Option<&str>) -> QueryResult<String> {
    let of = |name: &QualifiedName| super::keyspace_of(name.keyspace.as_ref(), in_use);
    match statement {
        CqlStatement::CreateView(create) => of(&create.name),
        CqlStatement::AlterView(alter) => of(&alter.name),
        CqlStatement::DropView(drop) => of(&drop.name),
        CqlStatement::CreateFunction(create) => of(&create.name),
        CqlStatement::CreateAggregate(create) => of(&create.name),
        CqlStatement::DropFunction(drop) => of(&drop.name),
        CqlStatement::CreateTrigger(create) => of(&create.table),
        CqlStatement::DropTrigger(drop) => of(&drop.table),
        _ => Ok(String::new()),
    }
}

/// Refuses the statement by its name; of what is not there that is said, in Cassandra's words.
pub(super) fn execute(
    statement: &CqlStatement,
    keyspace_name: &str,
    schema: &Schema,
) -> QueryResult<SchemaChange> {
    if !keyspace_name.is_empty() {
        check_modifiable(keyspace_name)?;
        check_keyspace_name(keyspace_name)?;
    }
    let keyspace = schema.keyspace(keyspace_name).map(|keyspace| &**keyspace);
    let (is_there, if_exists, missing, change) = match statement {
        CqlStatement::DropView(drop) => view(keyspace, keyspace_name, &drop.name, drop.if_exists),
        CqlStatement::AlterView(alter) => view(keyspace, keyspace_name, &alter.name, alter.if_exists),
        CqlStatement::DropFunction(drop) => function(keyspace, keyspace_name, drop)?,
        CqlStatement::DropTrigger(drop) => {
            let (name, table) = (drop.name.as_str(), drop.table.name.as_str());
            let known = keyspace.and_then(|keyspace| keyspace.table(table));
            let is_there = known
                .is_some_and(|table| table.attached_names(SchemaTable::Triggers).iter().any(|of| of == name));
            let missing = format!("Trigger '{name}' on '{keyspace_name}.{table}' doesn't exist");
            let change = SchemaChange::of_table(ChangeKind::Updated, keyspace_name, table);
            (is_there, drop.if_exists, missing, change)
        }
        other => return Err(refused(other)),
    };
    match (is_there, if_exists) {
        (true, _) => Err(refused(statement)),
        (false, true) => Ok(change.without_effect()),
        (false, false) => Err(QueryError::unsupported(missing)),
    }
}

type Found = (bool, bool, String, SchemaChange);

fn view(keyspace: Option<&Keyspace>, keyspace_name: &str, name: &QualifiedName, if_exists: bool) -> Found {
    let name = name.name.as_str();
    let is_there = keyspace.is_some_and(|keyspace| keyspace.views().contains_key(name));
    let missing = format!("Materialized view '{keyspace_name}.{name}' doesn't exist");
    (is_there, if_exists, missing, SchemaChange::of_table(ChangeKind::Dropped, keyspace_name, name))
}

fn function(
    keyspace: Option<&Keyspace>,
    keyspace_name: &str,
    drop: &DropFunctionStatement,
) -> QueryResult<Found> {
    if let Some(keyspace) = keyspace {
        check_arguments(keyspace, drop.argument_types.as_deref().unwrap_or_default())?;
    }
    let name = drop.name.name.as_str();
    let names = keyspace.map(|keyspace| keyspace.function_names(drop.is_aggregate)).unwrap_or_default();
    let (kind, target) = match drop.is_aggregate {
        true => ("Aggregate", ChangeTarget::Aggregate),
        false => ("Function", ChangeTarget::Function),
    };
    let types = drop.argument_types.as_ref().map(|types| {
        let text = |of: &TypeName| raw_text(of, false, None);
        format!("({})", types.iter().map(text).collect::<Vec<_>>().join(", "))
    });
    let missing = format!("{kind} '{keyspace_name}.{name}{}' doesn't exist", types.unwrap_or_default());
    let is_there = names.iter().any(|known| known == name);
    let change = SchemaChange::of(ChangeKind::Dropped, target, keyspace_name, name);
    Ok((is_there, drop.if_exists, missing, change))
}

/// Refuses types that no argument of a function is of.
fn check_arguments(keyspace: &Keyspace, types: &[TypeName]) -> QueryResult<()> {
    let is_frozen = |of: &&TypeName| match of {
        TypeName::Frozen(inner) => !matches!(**inner, TypeName::Tuple(_) | TypeName::Vector(..)),
        _ => false,
    };
    if let Some(of) = types.iter().find(is_frozen) {
        let of = raw_text(of, false, None);
        return Err(QueryError::invalid(format!(
            "Argument '{of}' cannot be frozen; remove frozen<> modifier from '{of}'"
        )));
    }
    types.iter().try_for_each(|of| prepare_type(keyspace, of).map(drop))
}

fn refused(statement: &CqlStatement) -> QueryError {
    let what = match statement {
        CqlStatement::CreateView(_) | CqlStatement::AlterView(_) | CqlStatement::DropView(_) => {
            "materialized views"
        }
        CqlStatement::CreateFunction(_) => "user-defined functions",
        CqlStatement::CreateAggregate(_) => "user-defined aggregates",
        CqlStatement::DropFunction(drop) if drop.is_aggregate => "user-defined aggregates",
        CqlStatement::DropFunction(_) => "user-defined functions",
        CqlStatement::CreateTrigger(_) | CqlStatement::DropTrigger(_) => "triggers",
        CqlStatement::Role(_) => "roles, users and identities",
        CqlStatement::Permission(_) => "permissions",
        _ => return QueryError::unsupported("the statement does not change the schema"),
    };
    QueryError::unsupported(format!(
        "CQLite has no {what}: only a node of Cassandra carries out this statement"
    ))
}
