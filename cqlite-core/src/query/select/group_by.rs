//! `GROUP BY`.

use std::sync::Arc;

use cqlite_cql::query::{RawSelector, Selectable};
use cqlite_cql::{Identifier, Spanned};
use cqlite_sstable::row::{Clustering, ClusteringBuffer, ClusteringOrder};
use cqlite_sstable::schema::ColumnKind;

use crate::query::restrictions::Restrictions;
use crate::query::scope::Scope;
use crate::query::selection::{Selection, Selectors};
use crate::query::{
    BindMarkers, Bindings, InputRow, QueryError, QueryResult, RowSet, TableColumn, TableColumns,
};

const OUT_OF_ORDER: &str =
    "Group by currently only support groups of columns following their declared order in the PRIMARY KEY";

/// How rows are put together (`db.aggregation.AggregationSpecification`).
#[derive(Debug)]
pub(super) enum Grouping {
    /// All in one group, which is there without rows, too.
    Everything,
    /// Those with the same first values of the primary key, or with the same value of a function of the last of them.
    Prefix {
        /// How many clustering columns.
        clustering_columns: usize,
        /// A function of the last one.
        function: Option<Box<Selection>>,
    },
}

impl Grouping {
    /// Checks a `GROUP BY` (`SelectStatement.getAggregationSpecFactory`).
    pub(super) fn prepare(
        groups: &[Spanned<Selectable>],
        (scope, columns): (&Scope<'_>, &Arc<TableColumns>),
        restrictions: &Restrictions,
        is_distinct: bool,
        markers: &mut BindMarkers,
    ) -> QueryResult<Self> {
        let mut key = columns.primary_key().iter();
        let (mut clustering_columns, mut function) = (0_usize, None);
        for group in groups {
            let column = match &group.node {
                Selectable::Column(name) => {
                    let column = columns.existing(name)?;
                    check_column(column, function.is_some())?;
                    Arc::clone(column)
                }
                _ => {
                    let (selection, column) = prepare_function(group, (scope, columns), markers)?;
                    function = Some(Box::new(selection));
                    column
                }
            };
            loop {
                let of_key = key.next().ok_or_else(|| QueryError::invalid(OUT_OF_ORDER))?;
                if of_key.kind == ColumnKind::Clustering {
                    clustering_columns = clustering_columns.saturating_add(1);
                }
                if *of_key == column {
                    break;
                }
                if !restrictions.is_restricted_by_equality(of_key) {
                    return Err(QueryError::invalid(OUT_OF_ORDER));
                }
            }
        }
        if key.next().is_some_and(|column| column.kind == ColumnKind::PartitionKey) {
            return Err(QueryError::invalid("Group by is not supported on only a part of the partition key"));
        }
        if clustering_columns > 0 && is_distinct {
            return Err(QueryError::invalid(
                "Grouping on clustering columns is not allowed for SELECT DISTINCT queries",
            ));
        }
        Ok(Self::Prefix { clustering_columns, function })
    }

    /// Whether all rows become one.
    pub(super) fn is_everything(&self) -> bool {
        matches!(self, Self::Everything)
    }

    /// What tells groups apart in one execution.
    pub(super) fn maker<'e>(
        &'e self,
        order: &ClusteringOrder,
        bindings: &Bindings<'e>,
    ) -> QueryResult<GroupMaker<'e>> {
        let (clustering_columns, function) = match self {
            Self::Everything => (None, None),
            Self::Prefix { clustering_columns, function } => (Some(*clustering_columns), function.as_ref()),
        };
        let function = match function {
            None => None,
            Some(selection) => {
                let selectors = selection.selectors(bindings)?;
                selectors.check_for_group_by()?;
                Some((selectors, RowSet::new(Arc::clone(selection.row_columns()))))
            }
        };
        Ok(GroupMaker {
            order: order.clone(),
            clustering_columns,
            function,
            last: None,
            last_value: None,
            value: None,
        })
    }
}

fn check_column(column: &TableColumn, has_function: bool) -> QueryResult<()> {
    if !column.is_key() {
        return Err(QueryError::invalid(format!(
            "Group by is currently only supported on the columns of the PRIMARY KEY, got {}",
            column.name()
        )));
    }
    if has_function {
        return Err(QueryError::invalid(
            "Functions are only supported on the last element of the GROUP BY clause",
        ));
    }
    Ok(())
}

fn prepare_function(
    group: &Spanned<Selectable>,
    (scope, columns): (&Scope<'_>, &Arc<TableColumns>),
    markers: &mut BindMarkers,
) -> QueryResult<(Selection, Arc<TableColumn>)> {
    let clause = [RawSelector { selectable: group.clone(), alias: None }];
    let selection = Selection::prepare(&clause, scope, columns, &[], false, false, markers)?;
    if selection.is_aggregate() {
        let name = match &group.node {
            Selectable::Function { name, .. } => name.name.as_str().to_owned(),
            other => other.to_string(),
        };
        return Err(QueryError::invalid(format!(
            "Aggregate functions are not supported within the GROUP BY clause, got: system.{name}"
        )));
    }
    let column = match selection.columns() {
        [] => {
            return Err(QueryError::invalid(
                "GROUP BY functions must have one clustering column name as parameter",
            ));
        }
        [column] => Arc::clone(column),
        several => {
            let names = several.iter().map(|column| Identifier::quote_if_needed(column.name()).into_owned());
            return Err(QueryError::invalid(format!(
                "GROUP BY functions accept only one clustering column as parameter, got: {}",
                names.collect::<Vec<_>>().join(",")
            )));
        }
    };
    if column.kind != ColumnKind::Clustering {
        return Err(QueryError::invalid(format!(
            "Group by functions are only supported on clustering columns, got {}",
            column.name()
        )));
    }
    Ok((selection, column))
}

/// Tells where a group ends and the next one begins (`db.aggregation.GroupMaker`).
pub(super) struct GroupMaker<'e> {
    order: ClusteringOrder,
    /// How many clustering columns a group has in common; none if all rows are one group.
    clustering_columns: Option<usize>,
    function: Option<(Selectors<'e>, RowSet)>,
    /// The key and clustering of the row before; no clustering if it was a static row alone.
    last: Option<(Vec<u8>, Option<ClusteringBuffer>)>,
    last_value: Option<Vec<u8>>,
    /// The value of the function for the row that was asked about.
    value: Option<Vec<u8>>,
}

impl GroupMaker<'_> {
    /// Whether all rows are one group, which is there without rows, too.
    pub(super) fn is_everything(&self) -> bool {
        self.clustering_columns.is_none()
    }

    /// Whether the last group ends as this partition is not that of the row before.
    pub(super) fn is_behind_partition(&self, key: &[u8]) -> bool {
        !self.is_everything() && self.last.as_ref().is_some_and(|(last, _)| last != key)
    }

    /// Whether a row begins another group than the row before it.
    pub(super) fn is_new(&mut self, row: &InputRow<'_>) -> QueryResult<bool> {
        let Some(columns) = self.clustering_columns else { return Ok(false) };
        self.value = self.function_of(row)?;
        let compared = if self.function.is_some() { columns.saturating_sub(1) } else { columns };
        let is_same = self.last.as_ref().is_some_and(|(key, clustering)| {
            key == row.key.bytes
                && match (clustering, row.clustering) {
                    (Some(last), Some(this)) => self.has_same_prefix(last.as_clustering(), this, compared),
                    _ => false,
                }
        });
        Ok(!is_same || self.value != self.last_value)
    }

    fn function_of(&mut self, row: &InputRow<'_>) -> QueryResult<Option<Vec<u8>>> {
        let (Some((selectors, rows)), Some(_)) = (&mut self.function, row.clustering) else {
            return Ok(None);
        };
        rows.clear();
        selectors.push(row, rows)?;
        Ok(rows.row(0).and_then(|row| row.value(0)).map(<[u8]>::to_vec))
    }

    fn has_same_prefix(&self, a: Clustering<'_>, b: Clustering<'_>, columns: usize) -> bool {
        (0..columns).all(|place| match (a.get(place), b.get(place)) {
            (Some(a), Some(b)) => self.order.compare_values(place, a, b).is_eq(),
            _ => false,
        })
    }

    /// Takes the row that was asked about as the one before the next.
    pub(super) fn pass(&mut self, row: &InputRow<'_>) {
        if self.is_everything() {
            return;
        }
        self.last_value = self.value.take();
        let (key, clustering) = self.last.get_or_insert_default();
        key.clear();
        key.extend_from_slice(row.key.bytes);
        match row.clustering {
            Some(values) => clustering.get_or_insert_default().copy_from(values),
            None => *clustering = None,
        }
    }

    /// Behind which row it is: a key, and a clustering unless it is a static row alone.
    pub(super) fn last(&self) -> Option<(&[u8], Option<&ClusteringBuffer>)> {
        self.last.as_ref().map(|(key, clustering)| (key.as_slice(), clustering.as_ref()))
    }
}
