//! What is asked of the clustering columns.

use std::borrow::Cow;
use std::sync::Arc;

use cqlite_sstable::reader::Slice;
use cqlite_sstable::row::{ClusteringBuffer, ClusteringOrder, PrefixBuffer};

use super::bounds::{Prefixes, clustering_value};
use super::tuple_term::{Element, TupleTerm};
use super::{Bound, IndexInfo, Restriction, RestrictionKind, RestrictionSet, TermSlice};
use crate::query::{Bindings, QueryError, QueryResult, TableColumn, Value};

/// What is asked of the clustering columns (`restrictions.ClusteringColumnRestrictions`).
#[derive(Debug, Default)]
pub(super) struct ClusteringRestrictions {
    pub(super) set: RestrictionSet,
}

impl ClusteringRestrictions {
    /// Adds what is asked.
    ///
    /// # Errors
    /// If it cannot be asked together with what is there, or leaves a gap.
    pub(super) fn add(
        &mut self,
        restriction: Restriction,
        allow_filtering: bool,
        indexes: &[IndexInfo],
    ) -> QueryResult<()> {
        let before = self.set.last().cloned();
        let has_index = restriction.has_index(indexes);
        let (is_slice, start) = (restriction.is_slice(), Arc::clone(restriction.first()?));
        let old = self.set.clone();
        self.set.add(restriction)?;
        let Some(last) = before.filter(|_| !allow_filtering && !has_index) else { return Ok(()) };
        let last_start = last.first()?;
        if last.is_slice() && start.place > last_start.place {
            return Err(QueryError::invalid(format!(
                "Clustering column \"{}\" cannot be restricted (preceding column \"{}\" is restricted by a non-EQ relation)",
                start.name(),
                last_start.name()
            )));
        }
        if start.place < last_start.place && is_slice {
            let next = old.next_column(&start).map_or("", |column| column.name());
            return Err(QueryError::invalid(format!(
                "PRIMARY KEY column \"{next}\" cannot be restricted (preceding column \"{}\" is restricted by a non-EQ relation)",
                start.name()
            )));
        }
        Ok(())
    }

    /// Whether some of it is none of slices, but has to be looked at row by row.
    pub(super) fn needs_filtering(&self) -> bool {
        let mut place = 0;
        for restriction in self.set.iter() {
            if is_for_filter(restriction, place) {
                return true;
            }
            if !restriction.is_slice() {
                place = restriction.end_place();
            }
        }
        self.set.iter().any(|restriction| restriction.is_contains())
    }

    /// What has to be looked at row by row.
    pub(super) fn for_filter<'r>(
        &'r self,
        indexes: &'r [IndexInfo],
    ) -> impl Iterator<Item = &'r Arc<Restriction>> {
        let mut place = 0;
        self.set.iter().filter(move |restriction| {
            if is_for_filter(restriction, place) || restriction.has_index(indexes) {
                return true;
            }
            if !restriction.is_slice() {
                place = restriction.end_place();
            }
            false
        })
    }

    /// The rows that are named, all of them by equalities, in clustering order.
    pub(super) fn values(
        &self,
        order: &ClusteringOrder,
        bindings: &Bindings<'_>,
    ) -> QueryResult<Vec<ClusteringBuffer>> {
        let mut prefixes = Prefixes::new();
        for restriction in self.set.iter() {
            append(restriction, &mut prefixes, bindings)?;
            if prefixes.has_missing() {
                break;
            }
        }
        let clustering = |values: Vec<Element<'_>>| {
            let mut clustering = ClusteringBuffer::default();
            values.iter().for_each(|value| clustering.push(clustering_value(value)));
            clustering
        };
        let mut values: Vec<ClusteringBuffer> = prefixes.into_lists().into_iter().map(clustering).collect();
        if values.len() > 1 {
            values.sort_by(|a, b| order.compare_rows(a.as_clustering(), b.as_clustering()));
            values.dedup_by(|a, b| order.compare_rows(a.as_clustering(), b.as_clustering()).is_eq());
        }
        Ok(values)
    }

    /// The slices of rows that are asked for, in clustering order, none of which meets another.
    pub(super) fn slices(&self, order: &ClusteringOrder, bindings: &Bindings<'_>) -> QueryResult<Vec<Slice>> {
        let starts = sorted(self.bounds(Bound::Start, bindings)?, order);
        let ends = sorted(self.bounds(Bound::End, bindings)?, order);
        let pairs = starts.into_iter().zip(ends).map(|(start, end)| Slice { start, end });
        let mut slices: Vec<Slice> = pairs
            .filter(|slice| !order.slice_is_empty(slice.start.as_prefix(), slice.end.as_prefix()))
            .collect();
        slices.sort_by(|a, b| order.compare(a.start.as_prefix(), b.start.as_prefix()));
        let mut merged: Vec<Slice> = Vec::with_capacity(slices.len());
        for slice in slices {
            match merged.last_mut() {
                Some(last) if order.compare(slice.start.as_prefix(), last.end.as_prefix()).is_le() => {
                    if order.compare(last.end.as_prefix(), slice.end.as_prefix()).is_lt() {
                        last.end = slice.end;
                    }
                }
                _ => merged.push(slice),
            }
        }
        Ok(merged)
    }

    /// Refuses slices from or to null, which nothing that is written can have, unless they are from a value to null: there is
    /// nothing in these.
    pub(super) fn check_slice_values(&self, bindings: &Bindings<'_>) -> QueryResult<()> {
        for restriction in self.set.iter().filter(|restriction| !restriction.is_multi_column) {
            let RestrictionKind::Slice(slice) = &restriction.kind else { continue };
            let column = restriction.first()?;
            let is_null = |bound: Bound| match slice.term(bound.of_column(column)) {
                Some(TupleTerm::One(term)) => term.evaluate(bindings).map(|value| Some(value.is_null())),
                _ => Ok(None),
            };
            let (start, end) = (is_null(Bound::Start)?, is_null(Bound::End)?);
            let has_null = start == Some(true) || end == Some(true);
            if has_null && !(start.is_some() && end == Some(true)) {
                return Err(null_value(column.name()));
            }
        }
        Ok(())
    }

    /// `ClusteringColumnRestrictions.boundsAsClustering`
    fn bounds(&self, bound: Bound, bindings: &Bindings<'_>) -> QueryResult<Vec<PrefixBuffer>> {
        let mut prefixes = Prefixes::new();
        let is_start = bound == Bound::Start;
        let mut place = 0;
        for restriction in self.set.iter() {
            if is_for_filter(restriction, place) {
                break;
            }
            if let RestrictionKind::Slice(slice) = &restriction.kind {
                if append_slice(restriction, slice, (bound, &mut prefixes), bindings)? == AtNull::Ends {
                    return Ok(Vec::new());
                }
                let inclusive = (slice.is_inclusive(bound), slice.is_inclusive(bound.reverse()));
                return Ok(prefixes.into_slice_bounds(is_start, inclusive, &restriction.columns));
            }
            append(restriction, &mut prefixes, bindings)?;
            if prefixes.has_missing() {
                return Ok(Vec::new());
            }
            place = restriction.end_place();
        }
        Ok(prefixes.into_bounds(is_start))
    }
}

fn sorted(mut bounds: Vec<PrefixBuffer>, order: &ClusteringOrder) -> Vec<PrefixBuffer> {
    if bounds.len() > 1 {
        bounds.sort_by(|a, b| order.compare(a.as_prefix(), b.as_prefix()));
        bounds.dedup_by(|a, b| order.compare(a.as_prefix(), b.as_prefix()).is_eq());
    }
    bounds
}

fn is_for_filter(restriction: &Restriction, place: usize) -> bool {
    restriction.is_contains() || restriction.is_like() || place != restriction.first_place()
}

/// Adds the values of an equality or an `IN` (`SingleRestriction.appendTo`).
pub(super) fn append<'t>(
    restriction: &'t Restriction,
    prefixes: &mut Prefixes<'t>,
    bindings: &Bindings<'t>,
) -> QueryResult<()> {
    let name = restriction.name();
    match &restriction.kind {
        RestrictionKind::Equal(TupleTerm::One(term)) if !restriction.is_multi_column => {
            match term.evaluate(bindings)? {
                Value::Bytes(bytes) => prefixes.push(Some(bytes)),
                Value::Null => return Err(null_value(name)),
                Value::Unset => {
                    return Err(QueryError::invalid(format!("Invalid unset value for column {name}")));
                }
            }
        }
        RestrictionKind::Equal(term) => {
            for (value, column) in term.elements(bindings)?.into_iter().zip(&restriction.columns) {
                if value.is_none() {
                    let name = column.name();
                    return Err(QueryError::invalid(format!("Invalid null value for column {name}")));
                }
                prefixes.push(value);
            }
        }
        RestrictionKind::In(terms) => {
            if !prefixes.push_each(&terms.values(name, bindings)?) {
                return Err(QueryError::invalid(format!(
                    "the values of all IN relations together name more than {} combinations of columns",
                    super::bounds::PRODUCT_LIMIT
                )));
            }
            if prefixes.has_null() && restriction.is_multi_column {
                let names: Vec<&str> = restriction.columns.iter().map(|column| column.name()).collect();
                return Err(QueryError::invalid(format!(
                    "Invalid null value in condition for columns: [{}]",
                    names.join(", ")
                )));
            }
            if prefixes.has_null() {
                return Err(null_value(name));
            }
        }
        _ => return Err(QueryError::invalid(format!("{name} has no single value"))),
    }
    Ok(())
}

fn null_value(name: &str) -> QueryError {
    QueryError::invalid(format!("Invalid null value in condition for column {name}"))
}

/// Whether a slice ends at null, which is in front of all values, also where these descend
/// (`ClusteringComparator.compareComponent`): there is nothing in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AtNull {
    Ends,
    EndsNot,
}

/// Adds the values of one side of a slice (`SingleRestriction.appendBoundTo`). From null on there is everything.
fn append_slice<'t>(
    restriction: &'t Restriction,
    slice: &'t TermSlice,
    (bound, prefixes): (Bound, &mut Prefixes<'t>),
    bindings: &Bindings<'t>,
) -> QueryResult<AtNull> {
    if !restriction.is_multi_column {
        let column = restriction.first()?;
        let Some(TupleTerm::One(term)) = slice.term(bound.of_column(column)) else {
            return Ok(AtNull::EndsNot);
        };
        match term.evaluate(bindings)? {
            Value::Bytes(bytes) => prefixes.push(Some(bytes)),
            Value::Null if bound == Bound::End => return Ok(AtNull::Ends),
            Value::Null => {}
            Value::Unset => {
                return Err(QueryError::invalid(format!("Invalid unset value for column {}", column.name())));
            }
        }
        return Ok(AtNull::EndsNot);
    }
    let values =
        |side: Bound| slice.term(side).map_or_else(|| Ok(Vec::new()), |term| term.elements(bindings));
    let sides = SliceSides { start: values(Bound::Start)?, end: values(Bound::End)? };
    let lists = sides.lists(bound, &restriction.columns)?;
    // There is always a list, perhaps without values.
    let _ = prefixes.push_each(&lists);
    Ok(AtNull::EndsNot)
}

/// The values of both sides of a slice on several columns.
struct SliceSides<'t> {
    start: Vec<Element<'t>>,
    end: Vec<Element<'t>>,
}

impl<'t> SliceSides<'t> {
    fn of(&self, bound: Bound) -> &[Element<'t>] {
        match bound {
            Bound::Start => &self.start,
            Bound::End => &self.end,
        }
    }

    /// The lists of values of one side. Where the order of columns changes, there are several slices
    /// (`MultiColumnRestriction.SliceRestriction.appendBoundTo`).
    fn lists(&self, bound: Bound, columns: &[Arc<TableColumn>]) -> QueryResult<Vec<Vec<Element<'t>>>> {
        let mut is_reversed = columns.first().is_some_and(|column| column.is_descending);
        let mut lists: Vec<Vec<Element<'t>>> = Vec::new();
        let mut values: Vec<Element<'t>> = Vec::new();
        let checked = |value: &Element<'t>, column: &TableColumn| match value {
            Some(value) => Ok(Some(Cow::clone(value))),
            None => Err(null_value(column.name())),
        };
        for (place, column) in columns.iter().enumerate() {
            let side = bound.of_column(column);
            let has = |side: Bound| self.of(side).len() > place;
            if is_reversed != column.is_descending {
                is_reversed = column.is_descending;
                lists.push(values.clone());
                if !has(side) {
                    continue;
                }
                if has(side.reverse()) {
                    lists.push(values.clone());
                }
                let before = self.of(side).iter().zip(columns).take(place);
                values = before.map(|(value, column)| checked(value, column)).collect::<QueryResult<_>>()?;
            }
            if let Some(value) = self.of(side).get(place) {
                values.push(checked(value, column)?);
            }
        }
        lists.push(values);
        if bound == Bound::End {
            lists.reverse();
        }
        Ok(lists)
    }
}
