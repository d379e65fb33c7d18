//! What a table has to be (`TableMetadata.validate`, `CreateTableStatement`).

use std::collections::BTreeSet;

use cqlite_sstable::schema::{Column, TableKind, TableSchema};
use cqlite_sstable::types::CqlType;

use super::TableParameters;
use crate::query::{QueryError, QueryResult};

/// The longest name of a keyspace.
const KEYSPACE_NAME_LENGTH: usize = 48;
/// The longest name of a table: with its id it is that of a directory.
const TABLE_NAME_LENGTH: usize = 222;

fn refused(message: impl Into<String>) -> QueryError {
    QueryError::invalid(message)
}

/// A name of letters, digits and underscores, as those of directories.
fn is_word(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Refuses a name that no keyspace can have.
pub(crate) fn check_keyspace_name(name: &str) -> QueryResult<()> {
    if !is_word(name) {
        return Err(refused(format!(
            "Keyspace name must not be empty and must contain alphanumeric or underscore characters only (got \"{name}\")"
        )));
    }
    if name.len() > KEYSPACE_NAME_LENGTH {
        return Err(refused(format!(
            "Keyspace name must not be more than {KEYSPACE_NAME_LENGTH} characters long (got {} characters for \"{name}\")",
            name.len()
        )));
    }
    Ok(())
}

/// Refuses a name that no table can have.
pub(crate) fn check_table_name(keyspace: &str, name: &str) -> QueryResult<()> {
    if !is_word(name) {
        return Err(QueryError::configuration(format!(
            "{keyspace}.{name}: Table name must not be empty or not contain non-alphanumeric-underscore characters (got \"{name}\")"
        )));
    }
    if name.len() > TABLE_NAME_LENGTH {
        return Err(QueryError::configuration(format!(
            "{keyspace}.{name}: Table name must not be more than {TABLE_NAME_LENGTH} characters long (got {} characters for \"{name}\")",
            name.len()
        )));
    }
    Ok(())
}

/// Checks a table that is to be made.
pub(crate) fn check_new(schema: &TableSchema, parameters: &TableParameters) -> QueryResult<()> {
    check_keyspace_name(&schema.keyspace)?;
    check_table_name(&schema.keyspace, &schema.name)?;
    if schema.kind != TableKind::Table {
        return Err(refused(format!(
            "{} is a view or an index, which is not made as a table is",
            schema.name
        )));
    }
    if schema.is_compact {
        return Err(QueryError::unsupported(
            "Compact tables are not allowed where a table is made without its statement",
        ));
    }
    if !schema.indexes.is_empty() {
        return Err(QueryError::unsupported("tables with secondary indexes cannot be made"));
    }
    if schema.partition_key.is_empty() {
        return Err(refused(format!("Missing partition keys for table {}.{}", schema.keyspace, schema.name)));
    }
    check_key(schema)?;
    if schema.clustering.is_empty() && !schema.static_columns.is_empty() {
        return Err(refused(
            "Static columns are only useful (and thus allowed) if the table has at least one clustering column",
        ));
    }
    check_columns(schema)?;
    if schema.is_counter() && parameters.default_time_to_live_seconds > 0 {
        return Err(refused("Cannot set default_time_to_live on a table with counters"));
    }
    Ok(())
}

fn check_key(schema: &TableSchema) -> QueryResult<()> {
    let partition = schema.partition_key.iter().map(|column| (&column.name, &column.column_type));
    let clustering = schema.clustering.iter().map(|column| (&column.name, &column.column_type));
    let mut names = BTreeSet::new();
    for (name, of) in partition.chain(clustering) {
        if !names.insert(name) {
            let table = &schema.name;
            return Err(refused(format!(
                "Duplicate column '{name}' in PRIMARY KEY clause for table '{table}'"
            )));
        }
        check_key_column(name, of)?;
    }
    Ok(())
}

/// Refuses a type that no column of a key can have.
pub(crate) fn check_key_column(name: &str, of: &CqlType) -> QueryResult<()> {
    if of.is_multi_cell() {
        let (kind, of) = match of {
            // Cassandra takes the name with its keyspace for one that has to be quoted.
            CqlType::User(user) => ("user-defined", format!("\"{}.{}\"", user.keyspace, user.name)),
            _ => ("collection", of.cql_name().to_string()),
        };
        return Err(refused(format!("Invalid non-frozen {kind} type {of} for PRIMARY KEY column '{name}'")));
    }
    if *of == CqlType::Counter {
        return Err(refused(format!("counter type is not supported for PRIMARY KEY column '{name}'")));
    }
    if references_duration(of) {
        return Err(refused(format!("duration type is not supported for PRIMARY KEY column '{name}'")));
    }
    Ok(())
}

/// Whether Cassandra finds durations in a type (`AbstractType.referencesDuration`): it looks neither into sets and keys of
/// maps, which have none but within tuples and user types, nor into vectors.
pub(crate) fn references_duration(of: &CqlType) -> bool {
    match of {
        CqlType::Duration => true,
        CqlType::List { element, .. } => references_duration(element),
        CqlType::Map { value, .. } => references_duration(value),
        CqlType::Tuple(types) => types.iter().any(references_duration),
        CqlType::User(user) => user.fields.iter().any(|field| references_duration(&field.field_type)),
        _ => false,
    }
}

/// Checks the columns that are none of the key.
pub(crate) fn check_columns(schema: &TableSchema) -> QueryResult<()> {
    let mut names = BTreeSet::new();
    if let Some(name) = schema.column_names().find(|name| !names.insert(*name)) {
        let table = &schema.name;
        return Err(refused(format!("Duplicate column '{name}' declaration for table '{table}'")));
    }
    let columns = || schema.static_columns.iter().chain(&schema.regular_columns);
    if schema.is_counter() && columns().any(|column| column.column_type != CqlType::Counter) {
        return Err(refused("Cannot mix counter and non counter columns in the same table"));
    }
    for Column { name, column_type } in columns() {
        if *column_type != CqlType::Counter && column_type.contains(&|inside| *inside == CqlType::Counter) {
            return Err(refused(format!("Counters are not allowed inside collections: {name}")));
        }
    }
    Ok(())
}

/// Refuses values beside counters, as a table that is changed is checked (`TableMetadata.validate`).
pub(crate) fn check_counters(schema: &TableSchema, is_counter: bool) -> QueryResult<()> {
    let mut columns = schema.static_columns.iter().chain(&schema.regular_columns);
    let Some(other) = columns.find(|column| (column.column_type == CqlType::Counter) != is_counter) else {
        return Ok(());
    };
    let (table, name) = (format!("{}.{}", schema.keyspace, schema.name), &other.name);
    Err(QueryError::configuration(match is_counter {
        true => format!("{table}: Cannot have a non counter column (\"{name}\") in a counter table"),
        false => format!("{table}: Cannot have a counter column (\"{name}\") in a non counter table"),
    }))
}
