//! Checking a `SELECT` against its table.

use std::sync::Arc;

use cqlite_cql::query::SelectStatement;
use cqlite_sstable::schema::ColumnKind;

use super::group_by::Grouping;
use super::limits::Limit;
use super::ordering::{OrderingColumn, PostOrdering, distinct, is_reversed};
use crate::catalog::{Schema, Table};
use crate::query::restrictions::{IndexInfo, Restrictions, StatementKind, WhereOptions};
use crate::query::scope::Scope;
use crate::query::selection::{Selection, selects_only_statics};
use crate::query::{BindMarkers, ColumnSpec, QueryError, QueryResult, TableColumns, find_table};

/// A `SELECT` that makes sense for its table (`cql3.statements.SelectStatement`).
#[derive(Debug)]
pub(crate) struct PreparedSelect {
    pub(super) table: Arc<Table>,
    pub(super) columns: Arc<TableColumns>,
    pub(super) restrictions: Restrictions,
    pub(super) selection: Selection,
    pub(super) is_distinct: bool,
    pub(super) is_reversed: bool,
    pub(super) grouping: Option<Grouping>,
    pub(super) post_ordering: Option<PostOrdering>,
    pub(super) limit: Limit,
    pub(super) partition_limit: Limit,
}

impl PreparedSelect {
    /// Checks a statement.
    ///
    /// # Errors
    /// Those of Cassandra, in its words.
    pub(crate) fn prepare(
        statement: &SelectStatement,
        schema: &Schema,
        keyspace_in_use: Option<&str>,
        markers: &mut BindMarkers,
    ) -> QueryResult<Self> {
        let table = find_table(schema, &statement.table, keyspace_in_use)?;
        let columns = Arc::new(TableColumns::of(&table));
        let scope = Scope { schema, keyspace: table.keyspace(), table: Some(&table) };
        let of_table = (&scope, &*columns);
        let selects_only_statics = selects_only_statics(&statement.selectors, &scope, &columns)?;
        let orderings = OrderingColumn::prepare_all(&statement.order_by, of_table, markers)?;
        let restrictions = {
            let ann = OrderingColumn::ann(&orderings);
            // What is wrong with the WHERE is told before what is wrong with the order.
            let options = WhereOptions {
                ann: ann.as_ref().ok().and_then(Option::clone),
                selects_only_statics,
                allow_filtering: statement.allow_filtering,
            };
            let kind = StatementKind::Select;
            let of = (&table, &columns);
            let clause = &statement.where_clause;
            let restrictions = Restrictions::prepare(kind, &scope, of, clause, &options, markers)?;
            ann?;
            restrictions
        };
        let orderings = distinct(orderings);
        let has_ann = orderings.iter().any(|ordering| ordering.ann_of.is_some());
        let sorted: Vec<_> = match restrictions.key_is_in() || has_ann {
            true => orderings.iter().map(|ordering| Arc::clone(&ordering.column)).collect(),
            false => Vec::new(),
        };
        let has_group_by = !statement.group_by.is_empty();
        let clause = &statement.selectors;
        let selection =
            Selection::prepare(clause, &scope, &columns, &sorted, has_group_by, statement.is_json, markers)?;
        if statement.is_distinct {
            if statement.per_partition_limit.is_some() {
                return Err(QueryError::invalid(
                    "PER PARTITION LIMIT is not allowed with SELECT DISTINCT queries",
                ));
            }
            check_distinct(&selection, &restrictions, &columns)?;
        }
        let grouping = match has_group_by {
            false => selection.is_aggregate().then_some(Grouping::Everything),
            true => {
                let of_table = (&scope, &columns);
                let groups = &statement.group_by;
                let is_distinct = statement.is_distinct;
                Some(Grouping::prepare(groups, of_table, &restrictions, is_distinct, markers)?)
            }
        };
        if matches!(grouping, Some(Grouping::Everything)) && statement.per_partition_limit.is_some() {
            return Err(QueryError::invalid("PER PARTITION LIMIT is not allowed with aggregate queries."));
        }
        let mut select = Self {
            limit: Limit::prepare(statement.limit.as_ref(), "[limit]", (&columns, &scope), markers)?,
            partition_limit: Limit::prepare(
                statement.per_partition_limit.as_ref(),
                "[per_partition_limit]",
                (&columns, &scope),
                markers,
            )?,
            is_distinct: statement.is_distinct,
            is_reversed: false,
            post_ordering: None,
            table: Arc::clone(&table),
            columns,
            restrictions,
            selection,
            grouping,
        };
        select.order(&orderings)?;
        if !statement.allow_filtering
            && (select.restrictions.is_key_range() || select.restrictions.uses_index())
        {
            select.restrictions.refuse_filtering()?;
        }
        Ok(select)
    }

    /// The columns of the result.
    pub(crate) fn result_columns(&self) -> &Arc<[ColumnSpec]> {
        self.selection.result_columns()
    }

    fn order(&mut self, orderings: &[OrderingColumn]) -> QueryResult<()> {
        if orderings.is_empty() {
            return Ok(());
        }
        let ann = orderings.iter().find_map(|ordering| Some((ordering, ordering.ann_of.clone()?)));
        if let Some((ordering, vector)) = ann {
            let indexes = IndexInfo::of(&self.table);
            self.post_ordering = PostOrdering::nearest(&self.selection, (&ordering.column, vector), &indexes);
            return Ok(());
        }
        if self.restrictions.uses_index() {
            return Err(QueryError::invalid(
                "ORDER BY with 2ndary indexes is not supported, except for ANN queries.",
            ));
        }
        if self.restrictions.is_key_range() {
            return Err(QueryError::invalid(
                "ORDER BY is only supported when the partition key is restricted by an EQ or an IN.",
            ));
        }
        self.is_reversed = is_reversed(orderings, &self.columns, &self.restrictions)?;
        if self.restrictions.key_is_in() {
            self.post_ordering = Some(PostOrdering::values(&self.selection, orderings, self.is_reversed));
        }
        Ok(())
    }
}

/// `SelectStatement.RawStatement.validateDistinctSelection`
fn check_distinct(
    selection: &Selection,
    restrictions: &Restrictions,
    columns: &TableColumns,
) -> QueryResult<()> {
    let asks_for_rows = restrictions.other_columns().any(|column| column.kind != ColumnKind::Static);
    if restrictions.has_clustering_restrictions() || asks_for_rows {
        return Err(QueryError::invalid(
            "SELECT DISTINCT with WHERE clause only supports restriction by partition key and/or static columns.",
        ));
    }
    let is_of_partition = |kind: ColumnKind| matches!(kind, ColumnKind::PartitionKey | ColumnKind::Static);
    if let Some(column) = selection.columns().iter().find(|column| !is_of_partition(column.kind)) {
        return Err(QueryError::invalid(format!(
            "SELECT DISTINCT queries must only request partition key columns and/or static columns (not {})",
            column.name()
        )));
    }
    if !restrictions.is_key_range() {
        return Ok(());
    }
    match columns.partition_key().iter().find(|column| !selection.columns().contains(column)) {
        None => Ok(()),
        Some(missing) => Err(QueryError::invalid(format!(
            "SELECT DISTINCT queries must request all the partition key columns (missing {})",
            missing.name()
        ))),
    }
}
