//! `ALTER TYPE`

use cqlite_cql::{AlterType, AlterTypeChange, FieldDefinition, QualifiedName, Rename};
use cqlite_sstable::types::{CqlType, Field, UserType};

use super::super::{QueryError, QueryResult};
use super::raw_type::{is_counter, is_free_user_type, prepare_type, raw_text};
use super::{Applied, ChangeKind, SchemaChange, altered, nothing};
use crate::catalog::{Keyspace, Table, hash_order, identifier_hash};

/// `AlterTypeStatement`
pub(super) fn apply(alter: &AlterType, keyspace: Option<&Keyspace>, keyspace_name: &str) -> Applied {
    let name = alter.name.name.as_str();
    let change = SchemaChange::of_type(ChangeKind::Updated, keyspace_name, name);
    let known = keyspace.and_then(|keyspace| Some((keyspace, keyspace.types().get(name)?)));
    let Some((keyspace, of)) = known else {
        return match alter.if_exists {
            true => nothing(change),
            false => Err(QueryError::invalid(format!("Type {keyspace_name}.{name} doesn't exist"))),
        };
    };
    let after = match &alter.change {
        AlterTypeChange::Add { if_not_exists, field } => add(keyspace, of, field, *if_not_exists)?,
        AlterTypeChange::Rename { if_exists, fields } => Some(rename(keyspace, of, fields, *if_exists)?),
        AlterTypeChange::AlterField(_) => {
            return Err(QueryError::invalid("Altering field types is no longer supported"));
        }
    };
    match after {
        Some(after) => altered(keyspace, keyspace.with_altered_type(&after)?, change),
        None => nothing(change),
    }
}

/// How messages call it (`UserType.getCqlTypeName`).
fn cql_name(of: &UserType) -> String {
    QualifiedName::new(of.keyspace.as_str(), of.name.as_str()).to_string()
}

/// The type with one more field; none if it is there already, as it may be.
fn add(
    keyspace: &Keyspace,
    of: &UserType,
    field: &FieldDefinition,
    if_not_exists: bool,
) -> QueryResult<Option<UserType>> {
    if is_counter(&field.type_name) {
        return Err(QueryError::invalid("A user type cannot contain counters"));
    }
    if is_free_user_type(&field.type_name) {
        return Err(QueryError::invalid("A user type cannot contain non-frozen UDTs"));
    }
    let (name, of_type) = (field.name.as_str(), cql_name(of));
    if of.fields.iter().any(|known| known.name == name) {
        return match if_not_exists {
            true => Ok(None),
            false => Err(QueryError::invalid(format!(
                "Cannot add field {name} to type {of_type}: a field with name {name} already exists"
            ))),
        };
    }
    let field_type = prepare_type(keyspace, &field.type_name)?;
    let refused = |why: String| {
        let written = raw_text(&field.type_name, false, Some(keyspace.name()));
        let message =
            format!("Cannot add new field {name} of type {written} to user type {of_type} as {why}");
        Err(QueryError::invalid(message))
    };
    if uses(&field_type, &of.name) {
        return refused("it would create a circular reference".to_owned());
    }
    let has_in_key =
        |table: &Table| table.schema().partition_key.iter().any(|column| uses(&column.column_type, &of.name));
    let tables = keyspace.tables().values().chain(keyspace.views().values());
    let with_type: Vec<String> =
        tables.filter(|table| has_in_key(table)).map(|table| table.quoted_name()).collect();
    if !with_type.is_empty() {
        let tables = with_type.join(", ");
        return refused(format!("the type is being used in partition key by the following tables: {tables}"));
    }
    let mut after = of.clone();
    after.fields.push(Field { name: name.to_owned(), field_type });
    Ok(Some(after))
}

fn uses(of: &CqlType, name: &str) -> bool {
    of.contains(&|inside| matches!(inside, CqlType::User(user) if user.name == name))
}

fn rename(keyspace: &Keyspace, of: &UserType, renames: &[Rename], if_exists: bool) -> QueryResult<UserType> {
    let mut after = of.clone();
    // Of two renames of one field only the later counts.
    let last = |index: usize, rename: &Rename| {
        renames.iter().skip(index.saturating_add(1)).all(|other| other.from != rename.from)
    };
    let counting = renames.iter().enumerate().filter(|(index, rename)| last(*index, rename));
    for (_, rename) in hash_order(counting, |(_, rename)| identifier_hash(rename.from.as_str())) {
        let (from, to) = (rename.from.as_str(), rename.to.as_str());
        let place = of.fields.iter().position(|field| field.name == from);
        match place.and_then(|place| after.fields.get_mut(place)) {
            Some(field) => to.clone_into(&mut field.name),
            None if if_exists => {}
            None => {
                let told = format!("Unkown field {from} in user type {}", cql_name(of));
                return Err(QueryError::invalid(told));
            }
        }
    }
    for (index, field) in after.fields.iter().enumerate() {
        if after.fields.iter().enumerate().any(|(other, known)| other != index && known.name == field.name) {
            // What Cassandra calls the type here is the keyspace.
            let (name, keyspace) = (&field.name, keyspace.name());
            return Err(QueryError::invalid(format!("Duplicate field name {name} in type {keyspace}")));
        }
    }
    Ok(after)
}
