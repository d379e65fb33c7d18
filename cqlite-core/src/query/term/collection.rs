//! Lists and sets (`cql3.Lists`, `cql3.Sets`).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use cqlite_cql::Spanned;
use cqlite_cql::query::Term;
use cqlite_sstable::types::{CqlType, Elements, compare};

use super::prepared::PreparedTerm;
use super::raw::RawTerm;
use super::recompose::{may_change, recomposed};
use super::validate::{validate_map, validate_set};
use crate::query::type_text::type_text;
use crate::query::{
    Assignable, Assignment, BindMarkers, Bindings, ColumnSpec, QueryError, QueryResult, Scope, Value,
    common_type,
};

/// What the index of a list's element is given to (`Lists.indexSpecOf`).
pub(crate) fn list_index_spec(column: &ColumnSpec) -> ColumnSpec {
    column.with(format!("idx({})", column.name), CqlType::Int)
}

/// What the keys of a map are given to (`Maps.keySpecOf`).
pub(crate) fn key_spec(column: &ColumnSpec, key: &CqlType) -> ColumnSpec {
    column.with(format!("key({})", column.name), key.clone())
}

/// What the elements of a list, set or vector, or the values of a map, are given to (`Lists.valueSpecOf`).
pub(crate) fn value_spec(column: &ColumnSpec, value: &CqlType) -> ColumnSpec {
    column.with(format!("value({})", column.name), value.clone())
}

/// How well elements fit a receiver as a list (`Lists.testListAssignment`).
pub(crate) fn test_list<A: Assignable>(
    scope: &Scope<'_>,
    receiver: &ColumnSpec,
    elements: &[A],
) -> QueryResult<Assignment> {
    match &receiver.cql_type {
        CqlType::List { .. } if elements.is_empty() => Ok(Assignment::Weak),
        CqlType::List { element, .. } => Assignment::of_all(scope, &value_spec(receiver, element), elements),
        _ => Ok(Assignment::Not),
    }
}

/// How well elements fit a receiver as a set; none of them is also a map (`Sets.testSetAssignment`).
pub(crate) fn test_set<A: Assignable>(
    scope: &Scope<'_>,
    receiver: &ColumnSpec,
    elements: &[A],
) -> QueryResult<Assignment> {
    match &receiver.cql_type {
        CqlType::Set { .. } | CqlType::Map { .. } if elements.is_empty() => Ok(Assignment::Weak),
        CqlType::Set { element, .. } => Assignment::of_all(scope, &value_spec(receiver, element), elements),
        _ => Ok(Assignment::Not),
    }
}

/// `Sets.getExactSetTypeIfKnown`
pub(super) fn exact_set_type<A: Assignable>(
    scope: &Scope<'_>,
    elements: &[A],
) -> QueryResult<Option<CqlType>> {
    for element in elements {
        if let Some(of) = element.exact_type(scope)? {
            return Ok(Some(CqlType::Set { element: Arc::new(of), frozen: true }));
        }
    }
    Ok(None)
}

/// `Sets.getPreferredCompatibleType`
pub(super) fn compatible_set_type<A: Assignable>(
    scope: &Scope<'_>,
    elements: &[A],
) -> QueryResult<Option<CqlType>> {
    let types = compatible_types(scope, elements)?;
    Ok(common_type(&types).map(|of| CqlType::Set { element: Arc::new(of.clone()), frozen: true }))
}

/// The types that are known of some elements, each once.
pub(super) fn compatible_types<A: Assignable>(
    scope: &Scope<'_>,
    elements: impl IntoIterator<Item = A>,
) -> QueryResult<Vec<CqlType>> {
    let mut types = Vec::new();
    for element in elements {
        if let Some(of) = element.compatible_type(scope)?
            && !types.contains(&of)
        {
            types.push(of);
        }
    }
    Ok(types)
}

/// The elements of a list that are not all known (`Lists.DelayedValue`).
#[derive(Debug)]
pub(crate) struct PreparedElements(Vec<PreparedTerm>);

impl PreparedElements {
    pub(super) fn evaluate<'t>(&'t self, bindings: &Bindings<'t>) -> QueryResult<Value<'t>> {
        let mut bytes = count(self.0.len()).to_vec();
        for element in &self.0 {
            match element_of(element, bindings)? {
                Some(value) => push_element(&value, &mut bytes),
                None => return Ok(Value::Unset),
            }
        }
        Ok(Value::Bytes(Cow::Owned(bytes)))
    }
}

/// The elements of a set that are not all known (`Sets.DelayedValue`).
#[derive(Debug)]
pub(crate) struct PreparedSet {
    element: Arc<CqlType>,
    terms: Vec<PreparedTerm>,
}

impl PreparedSet {
    pub(super) fn evaluate<'t>(&'t self, bindings: &Bindings<'t>) -> QueryResult<Value<'t>> {
        let mut elements = Vec::with_capacity(self.terms.len());
        for term in &self.terms {
            match element_of(term, bindings)? {
                Some(value) => elements.push(value),
                None => return Ok(Value::Unset),
            }
        }
        Ok(Value::Bytes(Cow::Owned(pack_set(&self.element, elements))))
    }
}

/// The bytes of an element; none if it is unset.
fn element_of<'t>(term: &'t PreparedTerm, bindings: &Bindings<'t>) -> QueryResult<Option<Cow<'t, [u8]>>> {
    match term.evaluate(bindings)? {
        Value::Bytes(bytes) => Ok(Some(bytes)),
        Value::Null => Err(QueryError::invalid("null is not supported inside collections")),
        Value::Unset => Ok(None),
    }
}

/// The number of elements at the head of a collection.
pub(super) fn count(elements: usize) -> [u8; 4] {
    u32::try_from(elements).unwrap_or(u32::MAX).to_be_bytes()
}

/// An element of a collection or a field, behind its length.
pub(super) fn push_element(element: &[u8], out: &mut Vec<u8>) {
    out.extend(count(element.len()));
    out.extend(element);
}

/// A list or set (`CollectionSerializer.pack`).
pub(super) fn pack<E: AsRef<[u8]>>(elements: &[E]) -> Vec<u8> {
    let mut bytes = count(elements.len()).to_vec();
    elements.iter().for_each(|element| push_element(element.as_ref(), &mut bytes));
    bytes
}

/// `Lists.Literal.prepare`; the receiver is a list.
pub(super) fn prepare_list(
    elements: &[Spanned<Term>],
    receiver: &ColumnSpec,
    scope: &Scope<'_>,
    markers: &mut BindMarkers,
) -> QueryResult<PreparedTerm> {
    let CqlType::List { element, .. } = &receiver.cql_type else {
        return Err(wrong_literal("list", receiver));
    };
    let terms = prepare_elements("list", elements, element, receiver, scope, markers)?;
    let is_known = terms.iter().all(PreparedTerm::is_terminal);
    PreparedTerm::List(PreparedElements(terms)).reduced(is_known)
}

/// `Sets.Literal.prepare`
pub(super) fn prepare_set(
    elements: &[Spanned<Term>],
    receiver: &ColumnSpec,
    scope: &Scope<'_>,
    markers: &mut BindMarkers,
) -> QueryResult<PreparedTerm> {
    let element = match &receiver.cql_type {
        CqlType::Set { element, .. } => Arc::clone(element),
        CqlType::Map { .. } if elements.is_empty() => return Ok(PreparedTerm::of_bytes(count(0).to_vec())),
        _ => return Err(wrong_literal("set", receiver)),
    };
    let terms = prepare_elements("set", elements, &element, receiver, scope, markers)?;
    let is_known = terms.iter().all(PreparedTerm::is_terminal);
    PreparedTerm::Set(PreparedSet { element, terms }).reduced(is_known)
}

/// A literal of a kind that the receiver is not of.
pub(super) fn wrong_literal(kind: &str, receiver: &ColumnSpec) -> QueryError {
    QueryError::invalid(format!(
        "Invalid {kind} literal for {} of type {}",
        receiver.name,
        type_text(&receiver.cql_type)
    ))
}

fn prepare_elements(
    kind: &str,
    elements: &[Spanned<Term>],
    element_type: &CqlType,
    receiver: &ColumnSpec,
    scope: &Scope<'_>,
    markers: &mut BindMarkers,
) -> QueryResult<Vec<PreparedTerm>> {
    let spec = value_spec(receiver, element_type);
    for element in elements {
        if !element.test(scope, &spec)?.is_assignable() {
            return Err(QueryError::invalid(format!(
                "Invalid {kind} literal for {}: value {} is not of type {}",
                receiver.name,
                element.text_in(Some(scope.keyspace)),
                type_text(&spec.cql_type)
            )));
        }
    }
    let prepared = elements.iter().map(|element| {
        let term = element.prepare(&spec, scope, markers)?;
        refuse_marker(kind, &term, receiver)?;
        Ok(term)
    });
    prepared.collect()
}

/// Collections are given as a whole or have no bind markers.
pub(super) fn refuse_marker(kind: &str, term: &PreparedTerm, receiver: &ColumnSpec) -> QueryResult<()> {
    if !term.has_bind_marker() {
        return Ok(());
    }
    Err(QueryError::invalid(format!(
        "Invalid {kind} literal for {}: bind variables are not supported inside collection literals",
        receiver.name
    )))
}

/// The bytes of a set with its elements in order, each once (`Sets.Value.fromSerialized`). Nothing is copied where
/// they are.
pub(super) fn normalise_set<'b>(element: &CqlType, bytes: &'b [u8]) -> QueryResult<Cow<'b, [u8]>> {
    validate_set(element, bytes)?;
    let elements =
        || Elements::of_collection(bytes).into_iter().flatten().filter_map(|item| item.ok().flatten());
    if !may_change(element) && elements().is_sorted_by(|a, b| compare(element, a, b) == Ordering::Less) {
        return Ok(Cow::Borrowed(bytes));
    }
    let elements = elements().map(|item| recomposed(element, item));
    Ok(Cow::Owned(pack_set(element, elements.collect())))
}

/// A set of elements, of which equal ones count once.
pub(crate) fn pack_set<E: AsRef<[u8]>>(element: &CqlType, mut elements: Vec<E>) -> Vec<u8> {
    elements.sort_by(|a, b| compare(element, a.as_ref(), b.as_ref()));
    elements.dedup_by(|a, b| compare(element, a.as_ref(), b.as_ref()) == Ordering::Equal);
    pack(&elements)
}

/// The bytes of a map with its keys in order, each once, the last value of each (`Maps.Value.fromSerialized`).
pub(super) fn normalise_map<'b>(
    key: &CqlType,
    value: &CqlType,
    bytes: &'b [u8],
) -> QueryResult<Cow<'b, [u8]>> {
    validate_map(key, value, bytes)?;
    let items = Elements::of_map(bytes).into_iter().flatten().filter_map(|item| item.ok().flatten());
    let items = items.enumerate();
    let keys = items.clone().filter(|(index, _)| index % 2 == 0).map(|(_, item)| item);
    let may_change = may_change(key) || may_change(value);
    if !may_change && keys.clone().is_sorted_by(|a, b| compare(key, a, b) == Ordering::Less) {
        return Ok(Cow::Borrowed(bytes));
    }
    let values = items.filter(|(index, _)| index % 2 == 1).map(|(_, item)| item);
    let entries = keys.zip(values).map(|(one, other)| (recomposed(key, one), recomposed(value, other)));
    let mut entries: Vec<_> = entries.collect();
    Ok(Cow::Owned(pack_map(key, &mut entries)))
}

/// A map of entries; of equal keys the first one stays, with the last one's value.
pub(crate) fn pack_map<E: AsRef<[u8]>>(key: &CqlType, entries: &mut Vec<(E, E)>) -> Vec<u8> {
    entries.sort_by(|(a, _), (b, _)| compare(key, a.as_ref(), b.as_ref()));
    entries.dedup_by(|(later, value), (first, kept)| {
        let is_same = compare(key, later.as_ref(), first.as_ref()) == Ordering::Equal;
        if is_same {
            std::mem::swap(kept, value);
        }
        is_same
    });
    let mut bytes = count(entries.len()).to_vec();
    for (key, value) in entries.iter() {
        push_element(key.as_ref(), &mut bytes);
        push_element(value.as_ref(), &mut bytes);
    }
    bytes
}
