//! Building keys, clusterings and bounds of slices out of the values of several columns.

use std::borrow::Cow;
use std::sync::Arc;

use cqlite_sstable::row::{ClusteringKind, ClusteringValue, PrefixBuffer};

use super::tuple_term::Element;
use crate::query::TableColumn;

/// No more rows or partitions than so many are named by the values of `IN`s together.
pub(super) const PRODUCT_LIMIT: usize = 1 << 20;

/// Lists of values that columns are given, each list for one key, clustering or bound (`db.MultiCBuilder`).
#[derive(Debug)]
pub(super) struct Prefixes<'t> {
    lists: Vec<Vec<Element<'t>>>,
    /// An `IN` had no value.
    has_missing: bool,
    has_null: bool,
}

impl<'t> Prefixes<'t> {
    pub(super) fn new() -> Self {
        Self { lists: vec![Vec::new()], has_missing: false, has_null: false }
    }

    /// Adds a value to all.
    pub(super) fn push(&mut self, value: Element<'t>) {
        self.has_null |= value.is_none();
        let Some((last, others)) = self.lists.split_last_mut() else { return };
        others.iter_mut().for_each(|list| list.push(value.clone()));
        last.push(value);
    }

    /// Adds each list of values to all. Whether there are not too many then.
    #[must_use]
    pub(super) fn push_each(&mut self, values: &[Vec<Element<'t>>]) -> bool {
        if values.is_empty() {
            self.has_missing = true;
            return true;
        }
        if self.lists.len().saturating_mul(values.len()) > PRODUCT_LIMIT {
            return false;
        }
        self.has_null |= values.iter().flatten().any(Option::is_none);
        let longer = self.lists.iter().flat_map(|list| {
            values.iter().map(move |more| list.iter().chain(more).cloned().collect::<Vec<_>>())
        });
        self.lists = longer.collect();
        true
    }

    pub(super) fn has_null(&self) -> bool {
        self.has_null
    }

    pub(super) fn has_missing(&self) -> bool {
        self.has_missing
    }

    /// The lists; none if a value is missing.
    pub(super) fn into_lists(self) -> Vec<Vec<Element<'t>>> {
        if self.has_missing { Vec::new() } else { self.lists }
    }

    /// A bound of each list (`MultiCBuilder.buildBound`).
    pub(super) fn into_bounds(self, is_start: bool) -> Vec<PrefixBuffer> {
        self.into_lists().iter().map(|list| bound(list, is_start, true)).collect()
    }

    /// The bounds of slices on these columns (`MultiCBuilder.buildBoundForSlice`).
    pub(super) fn into_slice_bounds(
        self,
        is_start: bool,
        (is_inclusive, is_other_inclusive): (bool, bool),
        columns: &[Arc<TableColumn>],
    ) -> Vec<PrefixBuffer> {
        let lists = self.into_lists();
        let offset = columns.first().map_or(0, |column| column.place);
        let last_place = columns.last().map_or(0, |column| column.place);
        let mut bounds = Vec::with_capacity(lists.len());
        let mut lists = lists.iter().peekable();
        while let Some(list) = lists.next() {
            if list.len() == offset {
                bounds.push(bound(list, is_start, true));
                continue;
            }
            // Where the order of columns changes, a slice ends and the next one starts with the same values.
            if list.len() <= last_place && lists.next_if(|next| *next == list).is_some() {
                bounds.push(bound(list, is_start, false));
                bounds.push(bound(list, is_start, true));
                continue;
            }
            let column =
                list.len().checked_sub(offset.saturating_add(1)).and_then(|place| columns.get(place));
            let is_descending = column.is_some_and(|column| column.is_descending);
            bounds.push(bound(list, is_start, if is_descending { is_other_inclusive } else { is_inclusive }));
        }
        bounds
    }
}

fn bound(values: &[Element<'_>], is_start: bool, is_inclusive: bool) -> PrefixBuffer {
    let kind = match (is_start, is_inclusive || values.is_empty()) {
        (true, true) => ClusteringKind::InclStartBound,
        (true, false) => ClusteringKind::ExclStartBound,
        (false, true) => ClusteringKind::InclEndBound,
        (false, false) => ClusteringKind::ExclEndBound,
    };
    PrefixBuffer::new(kind, values.iter().map(clustering_value))
}

/// A value as clusterings have it.
pub(super) fn clustering_value<'v>(value: &'v Element<'_>) -> ClusteringValue<'v> {
    match value {
        Some(value) => ClusteringValue::Value(Cow::as_ref(value)),
        None => ClusteringValue::Null,
    }
}
