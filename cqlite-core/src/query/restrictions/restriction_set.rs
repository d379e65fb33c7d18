//! What is asked of columns of one kind.

use std::sync::Arc;

use super::{Bound, IndexInfo, Restriction, RestrictionKind};
use crate::query::{QueryError, QueryResult, TableColumn};

/// What is asked of columns, in the order of the primary key or of their names (`restrictions.RestrictionSet`).
#[derive(Debug, Clone, Default)]
pub(crate) struct RestrictionSet {
    by_column: Vec<(Arc<TableColumn>, Arc<Restriction>)>,
    has_in: bool,
    has_contains: bool,
    has_slice: bool,
    has_ann: bool,
    has_others_than_equalities: bool,
}

impl RestrictionSet {
    /// Adds what is asked, together with what was asked of the same columns before.
    ///
    /// # Errors
    /// If both cannot be asked together.
    pub(crate) fn add(&mut self, restriction: Restriction) -> QueryResult<()> {
        self.has_in |= restriction.is_in();
        self.has_contains |= restriction.is_contains();
        self.has_slice |= restriction.is_slice();
        self.has_ann |= restriction.is_ann();
        self.has_others_than_equalities |= !(restriction.is_equal() || restriction.is_in());
        let columns = restriction.columns.clone();
        let mut existing: Vec<Arc<Restriction>> = Vec::new();
        for known in columns.iter().filter_map(|column| self.get(column)) {
            if !existing.iter().any(|one| Arc::ptr_eq(one, known)) {
                existing.push(Arc::clone(known));
            }
        }
        let restriction = Arc::new(restriction);
        if existing.is_empty() {
            columns.iter().for_each(|column| self.put(column, &restriction));
        }
        for known in &existing {
            let merged = Arc::new(merge(known, &restriction)?);
            columns.iter().for_each(|column| self.put(column, &merged));
        }
        Ok(())
    }

    fn put(&mut self, column: &Arc<TableColumn>, restriction: &Arc<Restriction>) {
        let order =
            |known: &(Arc<TableColumn>, _)| known.0.restriction_order().cmp(&column.restriction_order());
        match self.by_column.binary_search_by(order) {
            Ok(place) => {
                if let Some(known) = self.by_column.get_mut(place) {
                    known.1 = Arc::clone(restriction);
                }
            }
            Err(place) => self.by_column.insert(place, (Arc::clone(column), Arc::clone(restriction))),
        }
    }

    /// What is asked of a column.
    pub(crate) fn get(&self, column: &TableColumn) -> Option<&Arc<Restriction>> {
        self.by_column.iter().find(|(known, _)| **known == *column).map(|(_, restriction)| restriction)
    }

    /// What is asked, each once, in the order of the columns.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Restriction>> {
        let mut before: Option<&Arc<Restriction>> = None;
        self.by_column.iter().filter_map(move |(_, restriction)| {
            let is_same = before.is_some_and(|before| Arc::ptr_eq(before, restriction));
            before = Some(restriction);
            (!is_same).then_some(restriction)
        })
    }

    /// The columns.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &Arc<TableColumn>> {
        self.by_column.iter().map(|(column, _)| column)
    }

    /// How many columns there are.
    pub(crate) fn len(&self) -> usize {
        self.by_column.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_column.is_empty()
    }

    /// What is asked of the last column.
    pub(crate) fn last(&self) -> Option<&Arc<Restriction>> {
        self.by_column.last().map(|(_, restriction)| restriction)
    }

    /// The column behind another one, among those of which something is asked.
    pub(crate) fn next_column(&self, column: &TableColumn) -> Option<&Arc<TableColumn>> {
        self.columns().find(|known| known.restriction_order() > column.restriction_order())
    }

    pub(crate) fn has_in(&self) -> bool {
        self.has_in
    }

    pub(crate) fn has_contains(&self) -> bool {
        self.has_contains
    }

    pub(crate) fn has_slice(&self) -> bool {
        self.has_slice
    }

    pub(crate) fn has_ann(&self) -> bool {
        self.has_ann
    }

    pub(crate) fn has_only_equalities(&self) -> bool {
        !self.has_others_than_equalities
    }

    /// Whether an index could answer some of it.
    pub(crate) fn has_index(&self, indexes: &[IndexInfo]) -> bool {
        self.iter().any(|restriction| restriction.has_index(indexes))
    }

    /// Whether indexes that are asked together leave something to be filtered.
    pub(crate) fn needs_filtering(&self, group: &[&IndexInfo]) -> bool {
        self.iter().any(|restriction| restriction.needs_filtering(group))
    }
}

/// What both ask together.
fn merge(first: &Restriction, second: &Restriction) -> QueryResult<Restriction> {
    let can_be_tuples = |one: &Restriction| !(one.is_contains() || one.is_like());
    let is_multi_column = first.is_multi_column || (second.is_multi_column && can_be_tuples(first));
    if is_multi_column { merge_tuples(first, second) } else { merge_single(first, second) }
}

fn merge_single(first: &Restriction, second: &Restriction) -> QueryResult<Restriction> {
    let name = first.name();
    let told = |message: String| Err(QueryError::invalid(message));
    match (&first.kind, &second.kind) {
        (RestrictionKind::Equal(_), _) => {
            told(format!("{name} cannot be restricted by more than one relation if it includes an Equal"))
        }
        (RestrictionKind::In(_), _) => {
            told(format!("{name} cannot be restricted by more than one relation if it includes a IN"))
        }
        (RestrictionKind::Slice(slice), RestrictionKind::Slice(other)) => {
            for bound in Bound::BOTH {
                if slice.has(bound) && other.has(bound) {
                    let side = side_name(bound);
                    return told(format!(
                        "More than one restriction was found for the {side} bound on {name}"
                    ));
                }
            }
            Ok(Restriction {
                columns: first.columns.clone(),
                is_multi_column: false,
                kind: RestrictionKind::Slice(slice.merge(other)),
            })
        }
        (RestrictionKind::Slice(_), _) => told(format!(
            "Column \"{name}\" cannot be restricted by both an equality and an inequality relation"
        )),
        (
            RestrictionKind::Contains { values, keys, entries },
            RestrictionKind::Contains { values: more_values, keys: more_keys, entries: more_entries },
        ) => Ok(Restriction {
            columns: first.columns.clone(),
            is_multi_column: false,
            kind: RestrictionKind::Contains {
                values: values.iter().chain(more_values).cloned().collect(),
                keys: keys.iter().chain(more_keys).cloned().collect(),
                entries: entries.iter().chain(more_entries).cloned().collect(),
            },
        }),
        (RestrictionKind::Contains { .. }, _) => told(format!(
            "Collection column {name} can only be restricted by CONTAINS, CONTAINS KEY, or map-entry equality"
        )),
        (RestrictionKind::Like(_), _) => {
            told(format!("{name} cannot be restricted by more than one relation if it includes a LIKE"))
        }
        (RestrictionKind::Ann, _) => {
            told(format!("{name} cannot be restricted by more than one relation in an ANN ordering"))
        }
    }
}

/// `restrictions.MultiColumnRestriction.doMergeWith`
fn merge_tuples(first: &Restriction, second: &Restriction) -> QueryResult<Restriction> {
    let told = |message: String| Err(QueryError::invalid(message));
    let common = || {
        let common = first.columns.iter().filter(|column| second.columns.contains(column));
        common.map(|column| column.name()).collect::<Vec<_>>().join(" ,")
    };
    let (slice, other) = match (&first.kind, &second.kind) {
        (RestrictionKind::Slice(slice), RestrictionKind::Slice(other)) => (slice, other),
        (RestrictionKind::Slice(_), _) => {
            return told(format!(
                "Column \"{}\" cannot be restricted by both an equality and an inequality relation",
                common()
            ));
        }
        (RestrictionKind::In(_), _) => {
            return told(format!(
                "{} cannot be restricted by more than one relation if it includes a IN",
                common()
            ));
        }
        _ => {
            return told(format!(
                "{} cannot be restricted by more than one relation if it includes an Equal",
                common()
            ));
        }
    };
    if first.first_place() != second.first_place() {
        let later = if first.first_place() > second.first_place() { first } else { second };
        return told(format!(
            "Column \"{}\" cannot be restricted by two inequalities not starting with the same column",
            later.name()
        ));
    }
    for bound in Bound::BOTH {
        if slice.has(bound) && other.has(bound) {
            let side = side_name(bound);
            return told(format!("More than one restriction was found for the {side} bound on {}", common()));
        }
    }
    let longer = if first.columns.len() >= second.columns.len() { first } else { second };
    Ok(Restriction {
        columns: longer.columns.clone(),
        is_multi_column: true,
        kind: RestrictionKind::Slice(slice.merge(other)),
    })
}

fn side_name(bound: Bound) -> &'static str {
    match bound {
        Bound::Start => "start",
        Bound::End => "end",
    }
}
