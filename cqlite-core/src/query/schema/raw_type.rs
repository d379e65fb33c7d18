//! Types as they are written (`cql3.CQL3Type.Raw`).

use cqlite_cql::{NativeType, TypeName};
use cqlite_sstable::types::CqlType;

use super::super::{QueryError, QueryResult};
use crate::catalog::Keyspace;

/// The type that a name stands for in a keyspace (`CQL3Type.Raw.prepare`).
///
/// # Errors
/// With Cassandra's own message for a type that cannot be, or is not known.
pub(crate) fn prepare_type(keyspace: &Keyspace, name: &TypeName) -> QueryResult<CqlType> {
    check(keyspace, name, false)?;
    Ok(keyspace.resolve_type(name)?)
}

/// The type as messages show it. What is inside a frozen type is frozen, too. With a keyspace, user-defined types are told
/// with it: Cassandra puts it in once it has looked for them.
pub(crate) fn raw_text(name: &TypeName, is_frozen: bool, keyspace: Option<&str>) -> String {
    let inside = |name: &TypeName| raw_text(name, is_frozen, keyspace);
    let frozen = |text: String| if is_frozen { format!("frozen<{text}>") } else { text };
    match name {
        TypeName::Native(_) | TypeName::Custom(_) => name.to_string(),
        TypeName::List(element) => frozen(format!("list<{}>", inside(element))),
        TypeName::Set(element) => frozen(format!("set<{}>", inside(element))),
        TypeName::Map(key, value) => frozen(format!("map<{}, {}>", inside(key), inside(value))),
        TypeName::Tuple(types) => {
            let types: Vec<String> = types.iter().map(|of| raw_text(of, true, keyspace)).collect();
            format!("tuple<{}>", types.join(", "))
        }
        TypeName::Vector(element, dimension) => {
            format!("vector<{}, {dimension}>", raw_text(element, false, keyspace))
        }
        TypeName::Frozen(inner) => raw_text(inner, true, keyspace),
        TypeName::UserDefined(user) => {
            let keyspace = user.keyspace.as_ref().map(cqlite_cql::Identifier::as_str).or(keyspace);
            let keyspace = keyspace.map(|keyspace| format!("{keyspace}.")).unwrap_or_default();
            frozen(format!("{keyspace}{}", user.name.as_str()))
        }
    }
}

/// Whether it is `counter` itself.
pub(super) fn is_counter(name: &TypeName) -> bool {
    *name == TypeName::Native(NativeType::Counter)
}

/// Whether it is a user-defined type, and not said to be frozen.
pub(super) fn is_free_user_type(name: &TypeName) -> bool {
    matches!(name, TypeName::UserDefined(_))
}

fn check(keyspace: &Keyspace, name: &TypeName, is_frozen: bool) -> QueryResult<()> {
    match name {
        TypeName::Native(_) | TypeName::Custom(_) => Ok(()),
        TypeName::Frozen(inner) => check(keyspace, inner, true),
        TypeName::Vector(element, _) => check(keyspace, element, false),
        TypeName::Tuple(types) => types.iter().try_for_each(|of| match is_counter(of) {
            true => Err(QueryError::invalid("Counters are not allowed inside tuples")),
            false => check(keyspace, of, true),
        }),
        TypeName::List(element) | TypeName::Set(element) => {
            check_value(name, element, is_frozen)?;
            check(keyspace, element, is_frozen)
        }
        TypeName::Map(key, value) => {
            check_value(name, value, is_frozen)?;
            check_key(name, key, is_frozen)?;
            check(keyspace, value, is_frozen)?;
            check(keyspace, key, is_frozen)
        }
        TypeName::UserDefined(user) => {
            if let Some(other) = user.keyspace.as_ref().filter(|other| **other != keyspace.name()) {
                return Err(QueryError::invalid(format!(
                    "Statement on keyspace {} cannot refer to a user type in keyspace {}; user types can only be used in \
                     the keyspace they are defined in",
                    keyspace.name(),
                    other.as_str()
                )));
            }
            match keyspace.types().contains_key(user.name.as_str()) {
                true => Ok(()),
                false => Err(QueryError::invalid(format!(
                    "Unknown type {}.{}",
                    keyspace.name(),
                    user.name.as_str()
                ))),
            }
        }
    }
}

/// Checks the elements of a list or set, or the values of a map.
fn check_value(of: &TypeName, value: &TypeName, is_frozen: bool) -> QueryResult<()> {
    check_nested(of, value, is_frozen)?;
    if is_counter(value) {
        return Err(refused("Counters are not allowed inside collections", of, is_frozen));
    }
    if matches!(of, TypeName::Set(_)) && is_duration(value) {
        return Err(refused("Durations are not allowed inside sets", of, is_frozen));
    }
    Ok(())
}

fn check_key(of: &TypeName, key: &TypeName, is_frozen: bool) -> QueryResult<()> {
    if is_counter(key) {
        return Err(refused("Counters are not allowed inside collections", of, is_frozen));
    }
    if is_duration(key) {
        return Err(refused("Durations are not allowed as map keys", of, is_frozen));
    }
    check_nested(of, key, is_frozen)
}

/// Of a collection that is not frozen, nothing inside may have cells of its own.
fn check_nested(of: &TypeName, inside: &TypeName, is_frozen: bool) -> QueryResult<()> {
    match inside {
        _ if is_frozen => Ok(()),
        TypeName::List(_) | TypeName::Set(_) | TypeName::Map(..) => {
            Err(refused("Non-frozen collections are not allowed inside collections", of, is_frozen))
        }
        TypeName::UserDefined(_) => {
            Err(refused("Non-frozen UDTs are not allowed inside collections", of, is_frozen))
        }
        _ => Ok(()),
    }
}

fn refused(what: &str, of: &TypeName, is_frozen: bool) -> QueryError {
    QueryError::invalid(format!("{what}: {}", raw_text(of, is_frozen, None)))
}

fn is_duration(name: &TypeName) -> bool {
    *name == TypeName::Native(NativeType::Duration)
}
