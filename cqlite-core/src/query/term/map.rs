//! Maps (`cql3.Maps`).

use std::borrow::Cow;
use std::sync::Arc;

use cqlite_cql::Spanned;
use cqlite_cql::query::Term;
use cqlite_sstable::types::CqlType;

use super::collection::{compatible_types, key_spec, pack_map, refuse_marker, value_spec, wrong_literal};
use super::prepared::PreparedTerm;
use super::raw::RawTerm;
use crate::query::type_text::type_text;
use crate::query::{
    Assignable, Assignment, BindMarkers, Bindings, ColumnSpec, QueryError, QueryResult, Scope, Value,
    common_type,
};

type Entry = (Spanned<Term>, Spanned<Term>);

/// How well entries fit a receiver, which is a map (`Maps.testMapAssignment`).
pub(crate) fn test_map<K: Assignable, V: Assignable>(
    scope: &Scope<'_>,
    receiver: &ColumnSpec,
    entries: &[(K, V)],
) -> QueryResult<Assignment> {
    let CqlType::Map { key, value, .. } = &receiver.cql_type else {
        return Ok(Assignment::Not);
    };
    let (key_spec, value_spec) = (key_spec(receiver, key), value_spec(receiver, value));
    let mut worst = Assignment::Exact;
    for (key, value) in entries {
        match (key.test(scope, &key_spec)?, value.test(scope, &value_spec)?) {
            (Assignment::Not, _) | (_, Assignment::Not) => return Ok(Assignment::Not),
            (Assignment::Exact, Assignment::Exact) => {}
            _ => worst = Assignment::Weak,
        }
    }
    Ok(worst)
}

pub(super) fn test_literal(
    scope: &Scope<'_>,
    receiver: &ColumnSpec,
    entries: &[Entry],
) -> QueryResult<Assignment> {
    test_map(scope, receiver, entries)
}

/// `Maps.getExactMapTypeIfKnown`
pub(super) fn exact_type(scope: &Scope<'_>, entries: &[Entry]) -> QueryResult<Option<CqlType>> {
    let (mut key_type, mut value_type) = (None, None);
    for (key, value) in entries {
        if key_type.is_none() {
            key_type = key.exact_type(scope)?;
        }
        if value_type.is_none() {
            value_type = value.exact_type(scope)?;
        }
    }
    Ok(key_type.zip(value_type).map(|(key, value)| map_of(key, value)))
}

/// `Maps.getPreferredCompatibleType`
pub(super) fn compatible_type(scope: &Scope<'_>, entries: &[Entry]) -> QueryResult<Option<CqlType>> {
    let keys = compatible_types(scope, entries.iter().map(|(key, _)| key))?;
    let values = compatible_types(scope, entries.iter().map(|(_, value)| value))?;
    let types = common_type(&keys).zip(common_type(&values));
    Ok(types.map(|(key, value)| map_of(key.clone(), value.clone())))
}

fn map_of(key: CqlType, value: CqlType) -> CqlType {
    CqlType::Map { key: Arc::new(key), value: Arc::new(value), frozen: true }
}

/// The entries of a map that are not all known (`Maps.DelayedValue`).
#[derive(Debug)]
pub(crate) struct PreparedMap {
    key: Arc<CqlType>,
    entries: Vec<(PreparedTerm, PreparedTerm)>,
}

impl PreparedMap {
    pub(super) fn evaluate<'t>(&'t self, bindings: &Bindings<'t>) -> QueryResult<Value<'t>> {
        let null = || QueryError::invalid("null is not supported inside collections");
        let mut entries = Vec::with_capacity(self.entries.len());
        for (key, value) in &self.entries {
            let key = match key.evaluate(bindings)? {
                Value::Bytes(bytes) => bytes,
                Value::Null => return Err(null()),
                Value::Unset => return Err(QueryError::invalid("unset value is not supported for map keys")),
            };
            match value.evaluate(bindings)? {
                Value::Bytes(value) => entries.push((key, value)),
                Value::Null => return Err(null()),
                Value::Unset => return Ok(Value::Unset),
            }
        }
        Ok(Value::Bytes(Cow::Owned(pack_map(&self.key, &mut entries))))
    }
}

/// `Maps.Literal.prepare`
pub(super) fn prepare(
    entries: &[Entry],
    receiver: &ColumnSpec,
    scope: &Scope<'_>,
    markers: &mut BindMarkers,
) -> QueryResult<PreparedTerm> {
    let CqlType::Map { key, value, .. } = &receiver.cql_type else {
        return Err(wrong_literal("map", receiver));
    };
    let (key_spec, value_spec) = (key_spec(receiver, key), value_spec(receiver, value));
    for (key, value) in entries {
        check("key", key, &key_spec, scope, receiver)?;
        check("value", value, &value_spec, scope, receiver)?;
    }
    let mut prepared = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let key = key.prepare(&key_spec, scope, markers)?;
        let value = value.prepare(&value_spec, scope, markers)?;
        refuse_marker("map", &key, receiver)?;
        refuse_marker("map", &value, receiver)?;
        prepared.push((key, value));
    }
    let is_known = prepared.iter().all(|(key, value)| key.is_terminal() && value.is_terminal());
    PreparedTerm::Map(PreparedMap { key: Arc::clone(key), entries: prepared }).reduced(is_known)
}

fn check(
    part: &str,
    term: &Spanned<Term>,
    spec: &ColumnSpec,
    scope: &Scope<'_>,
    receiver: &ColumnSpec,
) -> QueryResult<()> {
    if term.test(scope, spec)?.is_assignable() {
        return Ok(());
    }
    Err(QueryError::invalid(format!(
        "Invalid map literal for {}: {part} {} is not of type {}",
        receiver.name,
        term.text_in(Some(scope.keyspace)),
        type_text(&spec.cql_type)
    )))
}
