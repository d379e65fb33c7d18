//! What is in a keyspace, in the order in which it can be made.

use std::collections::BTreeSet;
use std::sync::Arc;

use cqlite_sstable::types::{CqlType, UserType};

use super::element::Element;
use super::{refuse_functions, sorted};
use crate::catalog::{Keyspace, Table};
use crate::query::QueryResult;

/// The keyspace, its types, each behind those that it needs itself, and its tables with their indexes and views.
pub(super) fn elements_of_keyspace(keyspace: &Keyspace) -> QueryResult<Vec<Element<'_>>> {
    refuse_functions(keyspace, false)?;
    refuse_functions(keyspace, true)?;
    let mut elements = vec![Element::Keyspace(keyspace)];
    let mut seen = BTreeSet::new();
    for of in keyspace.types().values() {
        push_type(keyspace, of, &mut seen, &mut elements);
    }
    for table in sorted(keyspace.tables().values(), |table| table.name()) {
        elements.extend(elements_of_table(keyspace, table));
    }
    Ok(elements)
}

/// The table, its indexes and its views.
pub(super) fn elements_of_table<'a>(keyspace: &'a Keyspace, table: &'a Arc<Table>) -> Vec<Element<'a>> {
    let mut elements = vec![Element::Table(table)];
    let indexes = sorted(table.indexes(), |index| index.name.as_str());
    elements.extend(indexes.into_iter().map(|index| Element::Index(table, index)));
    let views = keyspace.views().values().filter(|view| view.base_table_id() == Some(table.id()));
    elements.extend(sorted(views, |view| view.name()).into_iter().map(|view| Element::View(view)));
    elements
}

fn push_type<'a>(
    keyspace: &'a Keyspace,
    of: &'a UserType,
    seen: &mut BTreeSet<&'a str>,
    elements: &mut Vec<Element<'a>>,
) {
    if seen.contains(of.name.as_str()) {
        return;
    }
    for field in &of.fields {
        for needed in keyspace.types().values() {
            let is_needed =
                |inside: &CqlType| matches!(inside, CqlType::User(user) if user.name == needed.name);
            if needed.name != of.name && field.field_type.contains(&is_needed) {
                push_type(keyspace, needed, seen, elements);
            }
        }
    }
    if seen.insert(&of.name) {
        elements.push(Element::Type(of));
    }
}
