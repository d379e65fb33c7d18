//! `ORDER BY`.

use std::cmp::Ordering as Comparison;
use std::sync::Arc;

use cqlite_cql::Order;
use cqlite_cql::query::Ordering;
use cqlite_sstable::schema::ColumnKind;
use cqlite_sstable::types::{CqlType, compare};

use super::similarity::Similarity;
use crate::query::restrictions::{IndexInfo, Restrictions};
use crate::query::scope::Scope;
use crate::query::selection::Selection;
use crate::query::term::PreparedTerm;
use crate::query::{
    BindMarkers, Bindings, QueryError, QueryResult, RowSet, TableColumn, TableColumns, Value,
};

/// A column by which rows are ordered.
#[derive(Debug, Clone)]
pub(super) struct OrderingColumn {
    pub(super) column: Arc<TableColumn>,
    pub(super) is_descending: bool,
    /// The vector whose nearest neighbours come first.
    pub(super) ann_of: Option<Arc<PreparedTerm>>,
}

impl OrderingColumn {
    /// Checks an `ORDER BY` against the columns of a table.
    pub(super) fn prepare_all(
        orderings: &[Ordering],
        (scope, columns): (&Scope<'_>, &TableColumns),
        markers: &mut BindMarkers,
    ) -> QueryResult<Vec<Self>> {
        let prepare = |ordering: &Ordering| {
            let column = columns.existing(&ordering.column)?;
            let ann_of = match &ordering.ann_of {
                None => None,
                Some(vector) => {
                    Some(Arc::new(PreparedTerm::prepare(&vector.node, &column.spec, scope, markers)?))
                }
            };
            let is_descending = ordering.order == Order::Descending;
            Ok(Self { column: Arc::clone(column), is_descending, ann_of })
        };
        orderings.iter().map(prepare).collect()
    }

    /// The one by distance to a vector, if there is one; it can be the only one.
    pub(super) fn ann(orderings: &[Self]) -> QueryResult<Option<Arc<TableColumn>>> {
        let mut of_vectors = orderings.iter().filter(|ordering| ordering.ann_of.is_some());
        let Some(ordering) = of_vectors.next() else { return Ok(None) };
        if of_vectors.next().is_some() {
            return Err(QueryError::invalid("Cannot specify more than one ANN ordering"));
        }
        if orderings.len() > 1 {
            return Err(QueryError::invalid("ANN ordering does not support any other ordering"));
        }
        if ordering.is_descending {
            return Err(QueryError::invalid("Descending ANN ordering is not supported"));
        }
        Ok(Some(Arc::clone(&ordering.column)))
    }
}

/// Each column once, where it is first named, as it is named last (`SelectStatement.getOrderingColumns`).
pub(super) fn distinct(orderings: Vec<OrderingColumn>) -> Vec<OrderingColumn> {
    let mut distinct: Vec<OrderingColumn> = Vec::with_capacity(orderings.len());
    for ordering in orderings {
        match distinct.iter_mut().find(|known| known.column == ordering.column) {
            Some(known) => *known = ordering,
            None => distinct.push(ordering),
        }
    }
    distinct
}

/// Whether rows come in the opposite of clustering order (`SelectStatement.isReversed`).
pub(super) fn is_reversed(
    orderings: &[OrderingColumn],
    columns: &TableColumns,
    restrictions: &Restrictions,
) -> QueryResult<bool> {
    let mut place = 0;
    let mut reversed: Option<bool> = None;
    let told = |message: String| Err(QueryError::invalid(message));
    let mut by_place: Vec<(usize, bool)> = Vec::with_capacity(orderings.len());
    for ordering in orderings {
        let column = &ordering.column;
        if column.kind != ColumnKind::Clustering {
            return told(format!(
                "Order by is currently only supported on the clustered columns of the PRIMARY KEY, got {}",
                column.name()
            ));
        }
        while place != column.place {
            let skipped = columns.clustering().get(place);
            if !skipped.is_some_and(|skipped| restrictions.is_restricted_by_equality(skipped)) {
                return told(
                    "Order by currently only supports the ordering of columns following their declared order in the PRIMARY KEY"
                        .to_owned(),
                );
            }
            place = place.saturating_add(1);
        }
        place = place.saturating_add(1);
        by_place.push((column.place, ordering.is_descending != column.is_descending));
    }
    by_place.sort_unstable_by_key(|(place, _)| *place);
    for (_, is_reversed) in by_place {
        if *reversed.get_or_insert(is_reversed) != is_reversed {
            return told("Unsupported order by relation".to_owned());
        }
    }
    Ok(reversed.unwrap_or(false))
}

/// How rows are ordered once all of them are there.
#[derive(Debug)]
pub(super) enum PostOrdering {
    /// By values: the places of the columns in the rows, and their types.
    Values { columns: Vec<(usize, CqlType)>, is_reversed: bool },
    /// By the distance to a vector.
    Nearest { column: usize, dimension: u32, similarity: Similarity, vector: Arc<PreparedTerm> },
}

impl PostOrdering {
    /// By values of columns, where partitions are named one by one.
    pub(super) fn values(selection: &Selection, orderings: &[OrderingColumn], is_reversed: bool) -> Self {
        let columns = orderings.iter().filter_map(|ordering| {
            let place = selection.ordering_place(&ordering.column)?;
            let cql_type = ordering.column.cql_type().clone();
            let cql_type = match ordering.column.is_descending {
                true => CqlType::Reversed(Arc::new(cql_type)),
                false => cql_type,
            };
            Some((place, cql_type))
        });
        Self::Values { columns: columns.collect(), is_reversed }
    }

    /// By the distance to a vector, in the way that the index of the column says.
    pub(super) fn nearest(
        selection: &Selection,
        (column, vector): (&TableColumn, Arc<PreparedTerm>),
        indexes: &[IndexInfo],
    ) -> Option<Self> {
        let CqlType::Vector { dimension, .. } = column.cql_type() else { return None };
        let option = indexes.iter().filter(|index| index.depends_on(column)).find_map(|index| {
            index.options.iter().find(|(name, _)| name == "similarity_function").map(|(_, value)| value)
        });
        let similarity = option.map_or(Similarity::Cosine, |name| Similarity::find(name));
        let column = selection.ordering_place(column)?;
        Some(Self::Nearest { column, dimension: *dimension, similarity, vector })
    }

    /// The places of the rows in their order.
    pub(super) fn order(&self, rows: &RowSet, bindings: &Bindings<'_>) -> QueryResult<Vec<usize>> {
        let mut places: Vec<usize> = (0..rows.len()).collect();
        let value = |place: usize, column: usize| rows.row(place).and_then(|row| row.value(column));
        match self {
            Self::Values { columns, is_reversed } => {
                let by_values = |a: usize, b: usize| {
                    let mut orders = columns.iter().map(|(column, cql_type)| {
                        match (value(a, *column), value(b, *column)) {
                            (Some(a), Some(b)) => compare(cql_type, a, b),
                            (a, b) => a.is_some().cmp(&b.is_some()),
                        }
                    });
                    orders.find(|order| order.is_ne()).unwrap_or(Comparison::Equal)
                };
                places.sort_by(|a, b| if *is_reversed { by_values(*b, *a) } else { by_values(*a, *b) });
            }
            Self::Nearest { column, dimension, similarity: function, vector } => {
                let Value::Bytes(wanted) = vector.evaluate(bindings)? else {
                    return Err(QueryError::invalid("Unsupported null value for the vector of ANN"));
                };
                let score = |place: usize| {
                    let found = value(place, *column)?;
                    function.of(found, &wanted, *dimension)
                };
                let mut scored: Vec<(usize, f32)> =
                    places.iter().filter_map(|place| score(*place).map(|score| (*place, score))).collect();
                scored.sort_by(|(_, a), (_, b)| b.total_cmp(a));
                places = scored.into_iter().map(|(place, _)| place).collect();
            }
        }
        Ok(places)
    }
}
