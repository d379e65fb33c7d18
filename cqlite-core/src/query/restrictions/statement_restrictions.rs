//! What the `WHERE` of a statement asks for.

use std::sync::Arc;

use cqlite_cql::query::{CustomIndexExpression, Relation, WhereClause};
use cqlite_cql::{Identifier, query::Operator};
use cqlite_sstable::Partitioner;
use cqlite_sstable::reader::Slice;
use cqlite_sstable::row::{ClusteringBuffer, ClusteringOrder};
use cqlite_sstable::schema::ColumnKind;
use cqlite_sstable::types::CqlType;

use super::clustering::ClusteringRestrictions;
use super::partition_key::PartitionKeyRestrictions;
use super::relation::RelationReader;
use super::relation_text::relation_text;
use super::{IndexInfo, Restriction, RestrictionKind, RestrictionSet, RowFilter, StatementKind, TokenBounds};
use crate::catalog::Table;
use crate::query::scope::Scope;
use crate::query::{BindMarkers, Bindings, QueryError, QueryResult, TableColumn, TableColumns};

/// What Cassandra says where rows would be looked at without `ALLOW FILTERING`.
const NEEDS_ALLOW_FILTERING: &str = "Cannot execute this query as it might involve data filtering and thus may have \
     unpredictable performance. If you want to execute this query despite the performance unpredictability, use \
     ALLOW FILTERING";

const ANN_NEEDS_INDEXES: &str = "ANN ordering by vector requires all restricted column(s) to be indexed";

/// What of a statement decides about its `WHERE` beside the `WHERE` itself.
#[derive(Debug, Default)]
pub(crate) struct WhereOptions {
    /// `ORDER BY column ANN OF vector`
    pub(crate) ann: Option<Arc<TableColumn>>,
    /// Whether static columns alone are read or written.
    pub(crate) selects_only_statics: bool,
    /// `ALLOW FILTERING`
    pub(crate) allow_filtering: bool,
}

/// What the `WHERE` of a statement asks for (`restrictions.StatementRestrictions`).
#[derive(Debug)]
pub(crate) struct Restrictions {
    kind: StatementKind,
    columns: Arc<TableColumns>,
    order: ClusteringOrder,
    partitioner: Partitioner,
    indexes: Vec<IndexInfo>,
    partition_key: PartitionKeyRestrictions,
    clustering: ClusteringRestrictions,
    others: RestrictionSet,
    uses_index: bool,
    is_key_range: bool,
    filters_key: bool,
    filters_clustering: bool,
}

impl Restrictions {
    /// Checks a `WHERE` against a table.
    ///
    /// # Errors
    /// Those of Cassandra, in its words.
    pub(crate) fn prepare(
        kind: StatementKind,
        scope: &Scope<'_>,
        (table, columns): (&Arc<Table>, &Arc<TableColumns>),
        where_clause: &WhereClause,
        options: &WhereOptions,
        markers: &mut BindMarkers,
    ) -> QueryResult<Self> {
        let mut this = Self {
            kind,
            columns: Arc::clone(columns),
            order: table.layout().order().clone(),
            partitioner: table.layout().partitioner().clone(),
            indexes: if kind.is_select() { IndexInfo::of(table) } else { Vec::new() },
            partition_key: PartitionKeyRestrictions::default(),
            clustering: ClusteringRestrictions::default(),
            others: RestrictionSet::default(),
            uses_index: false,
            is_key_range: false,
            filters_key: false,
            filters_clustering: false,
        };
        let reader = RelationReader { scope, columns };
        for relation in &where_clause.relations {
            this.add(&relation.node, &reader, options.allow_filtering, markers)?;
        }
        if let Some(column) = &options.ann {
            this.others.add(Restriction {
                columns: vec![Arc::clone(column)],
                is_multi_column: false,
                kind: RestrictionKind::Ann,
            })?;
        }
        if kind.is_select() && !where_clause.expressions.is_empty() {
            this.refuse_expressions(&where_clause.expressions, table)?;
        }
        this.check(options)?;
        Ok(this)
    }

    fn add(
        &mut self,
        relation: &Relation,
        reader: &RelationReader<'_>,
        allow_filtering: bool,
        markers: &mut BindMarkers,
    ) -> QueryResult<()> {
        let operator = match relation {
            Relation::SingleColumn { operator, .. }
            | Relation::Element { operator, .. }
            | Relation::MultiColumn { operator, .. }
            | Relation::Token { operator, .. } => Some(*operator),
            _ => None,
        };
        if let Some(operator @ (Operator::Contains | Operator::ContainsKey)) = operator
            && matches!(self.kind, StatementKind::Update | StatementKind::Delete)
        {
            return Err(QueryError::invalid(format!("Cannot use {} with {operator}", self.kind)));
        }
        if let Relation::Token { columns, operator, value } = relation {
            let of = (&*self.columns, reader.scope);
            return self.partition_key.add_token(columns, (*operator, value), of, &self.partitioner, markers);
        }
        let restriction = reader.restriction(relation, markers)?;
        if restriction.is_like() && !restriction.has_index(&self.indexes) {
            return Err(QueryError::invalid(format!(
                "LIKE restriction is only supported on properly indexed columns. {} is not valid.",
                relation_text(relation)
            )));
        }
        match restriction.first()?.kind {
            ColumnKind::PartitionKey => self.partition_key.add(restriction),
            ColumnKind::Clustering => self.clustering.add(restriction, allow_filtering, &self.indexes),
            ColumnKind::Static | ColumnKind::Regular => self.others.add(restriction),
        }
    }

    /// There is no index that takes expressions of its own.
    fn refuse_expressions(&self, expressions: &[CustomIndexExpression], table: &Table) -> QueryResult<()> {
        let [expression] = expressions else {
            return Err(QueryError::invalid(
                "Multiple custom index expressions in a single query are not supported",
            ));
        };
        let name = expression.index.as_str();
        let index = self.indexes.iter().find(|index| index.name == name);
        Err(QueryError::invalid(match index {
            None => {
                let (keyspace, table) = (table.keyspace(), table.name());
                let quoted = |name: &str| Identifier::quote_if_needed(name).into_owned();
                format!(
                    "Invalid index expression, index {name} not found for {}.{}",
                    quoted(keyspace),
                    quoted(table)
                )
            }
            Some(index) if !index.is_custom => {
                format!("Only CUSTOM indexes may be used in custom index expressions, {name} is not valid")
            }
            Some(_) => format!("Index {name} does not support custom expressions"),
        }))
    }

    fn check(&mut self, options: &WhereOptions) -> QueryResult<()> {
        let has_clustering_index = self.clustering.set.has_index(&self.indexes);
        let has_index = has_clustering_index
            || self.partition_key.set.has_index(&self.indexes)
            || self.others.has_index(&self.indexes);
        self.check_partition_key(has_index, options.allow_filtering)?;
        self.filters_key = self.uses_index || self.partition_key.needs_filtering(&self.columns);
        if options.selects_only_statics && self.has_clustering_restrictions() {
            return Err(QueryError::invalid(match self.kind {
                StatementKind::Select => {
                    "Cannot restrict clustering columns when selecting only static columns".to_owned()
                }
                StatementKind::Insert => return self.check_clustering(has_index, options),
                kind => format!(
                    "Invalid restrictions on clustering columns since the {kind} statement modifies only static columns"
                ),
            }));
        }
        self.check_clustering(has_index, options)?;
        if self.is_key_range && has_clustering_index {
            self.uses_index = true;
        }
        self.filters_clustering = self.uses_index || self.clustering.needs_filtering();
        self.check_others(has_index, options)?;
        if self.uses_index && self.partition_key.has_in(&self.columns) {
            return Err(QueryError::invalid(
                "Select on indexed columns and with IN clause for the PRIMARY KEY are not supported",
            ));
        }
        Ok(())
    }

    fn check_partition_key(&mut self, has_index: bool, allow_filtering: bool) -> QueryResult<()> {
        let (key, columns) = (&self.partition_key, &self.columns);
        let told = |message: String| Err(QueryError::invalid(message));
        if !self.kind.is_select() {
            if key.is_on_token(columns) {
                return told(format!(
                    "The token function cannot be used in WHERE clauses for {} statements",
                    self.kind
                ));
            }
            if key.has_unrestricted_columns(columns) {
                let missing = columns.partition_key().iter().filter(|column| key.set.get(column).is_none());
                let names: Vec<&str> = missing.map(|column| column.name()).collect();
                return told(format!("Some partition key parts are missing: {}", names.join(", ")));
            }
            if key.set.has_slice() {
                return told(format!(
                    "Only EQ and IN relation are supported on the partition key (unless you use the token() function) for {} statements",
                    self.kind
                ));
            }
            return Ok(());
        }
        if key.is_on_token(columns) {
            self.is_key_range = true;
        }
        if key.is_empty() {
            self.is_key_range = true;
            self.uses_index = has_index;
        }
        if key.needs_filtering(columns) {
            if !allow_filtering && !has_index {
                return told(NEEDS_ALLOW_FILTERING.to_owned());
            }
            self.is_key_range = true;
            self.uses_index = has_index;
        }
        Ok(())
    }

    fn check_clustering(&mut self, has_index: bool, options: &WhereOptions) -> QueryResult<()> {
        let set = &self.clustering.set;
        let told = |message: String| Err(QueryError::invalid(message));
        if !self.kind.allows_slices() {
            if set.has_slice() {
                return told(format!(
                    "Slice restrictions are not supported on the clustering columns in {} statements",
                    self.kind
                ));
            }
            if !options.selects_only_statics && set.len() != self.columns.clustering().len() {
                let missing = self.columns.clustering().iter().filter(|column| set.get(column).is_none());
                let names: Vec<&str> = missing.map(|column| column.name()).collect();
                return told(format!("Some clustering keys are missing: {}", names.join(", ")));
            }
            return Ok(());
        }
        if set.has_contains() && !has_index && !options.allow_filtering {
            return told(
                "Clustering columns can only be restricted with CONTAINS with a secondary index or filtering"
                    .to_owned(),
            );
        }
        if set.is_empty() || !self.clustering.needs_filtering() {
            return Ok(());
        }
        if has_index {
            self.uses_index = true;
        } else if !options.allow_filtering {
            for (column, restricted) in self.columns.clustering().iter().zip(set.columns()) {
                if column != restricted {
                    return told(format!(
                        "PRIMARY KEY column \"{}\" cannot be restricted as preceding column \"{}\" is not restricted",
                        restricted.name(),
                        column.name()
                    ));
                }
            }
        }
        Ok(())
    }

    fn check_others(&mut self, has_index: bool, options: &WhereOptions) -> QueryResult<()> {
        if self.others.is_empty() {
            return Ok(());
        }
        let told = |message: String| Err(QueryError::invalid(message));
        if !self.kind.is_select() {
            let names: Vec<&str> = self.others.columns().map(|column| column.name()).collect();
            return told(format!("Non PRIMARY KEY columns found in where clause: {} ", names.join(", ")));
        }
        if let Some(column) = &options.ann {
            self.check_ann(column)?;
        } else {
            let is_vector = |column: &&Arc<TableColumn>| matches!(column.cql_type(), CqlType::Vector { .. });
            let vector = self.others.columns().find(is_vector);
            if vector.is_some_and(|column| self.indexes.iter().any(|index| index.depends_on(column))) {
                return told("Vector indexes only support ANN queries".to_owned());
            }
        }
        if has_index {
            self.uses_index = true;
        } else if !options.allow_filtering {
            return told(NEEDS_ALLOW_FILTERING.to_owned());
        }
        Ok(())
    }

    fn check_ann(&self, column: &TableColumn) -> QueryResult<()> {
        let told = |message: &str| Err(QueryError::invalid(message));
        match column.cql_type() {
            CqlType::Vector { element, .. } if **element == CqlType::Float => {}
            _ => return told("ANN ordering is only supported on float vector indexes"),
        }
        let is_indexed = |column: &TableColumn| self.indexes.iter().any(|index| index.depends_on(column));
        if !is_indexed(column) {
            return told("ANN ordering by vector requires the column to be indexed");
        }
        if self.partition_key.needs_filtering(&self.columns) {
            return told(ANN_NEEDS_INDEXES);
        }
        let others = self.others.iter().filter(|restriction| !restriction.is_ann());
        let others: Vec<&Arc<TableColumn>> =
            others.filter_map(|restriction| restriction.columns.first()).collect();
        let clustering: Vec<&Arc<TableColumn>> = self.clustering.set.columns().collect();
        let not_indexed: Vec<&Arc<TableColumn>> = others
            .into_iter()
            .chain(clustering.iter().copied())
            .filter(|column| !is_indexed(column))
            .collect();
        if not_indexed.is_empty() {
            return Ok(());
        }
        if !not_indexed.iter().all(|column| clustering.contains(column))
            || self.partition_key.has_unrestricted_columns(&self.columns)
            || self.clustering.needs_filtering()
        {
            return told(ANN_NEEDS_INDEXES);
        }
        Ok(())
    }
}

impl Restrictions {
    /// Whether partitions are not named one by one.
    pub(crate) fn is_key_range(&self) -> bool {
        self.is_key_range
    }

    /// Whether an index would be asked.
    pub(crate) fn uses_index(&self) -> bool {
        self.uses_index
    }

    /// Whether a column of the partition key has several values.
    pub(crate) fn key_is_in(&self) -> bool {
        self.partition_key.has_in(&self.columns)
    }

    /// Whether something is asked of the partition key.
    pub(crate) fn has_key_restrictions(&self) -> bool {
        !self.partition_key.is_empty()
    }

    /// Whether something is asked of clustering columns.
    pub(crate) fn has_clustering_restrictions(&self) -> bool {
        !self.clustering.set.is_empty()
    }

    /// The static and regular columns of which something is asked.
    pub(crate) fn other_columns(&self) -> impl Iterator<Item = &Arc<TableColumn>> {
        self.others.columns()
    }

    /// Whether rows are ordered by their distance to a vector.
    pub(crate) fn has_ann(&self) -> bool {
        self.others.has_ann()
    }

    /// Whether a column is asked for by an equality.
    pub(crate) fn is_restricted_by_equality(&self, column: &TableColumn) -> bool {
        let set = match column.kind {
            ColumnKind::PartitionKey => &self.partition_key.set,
            ColumnKind::Clustering => &self.clustering.set,
            ColumnKind::Static | ColumnKind::Regular => &self.others,
        };
        set.get(column).is_some_and(|restriction| restriction.is_equal())
    }

    /// Whether a clustering column has several values.
    pub(crate) fn clustering_has_in(&self) -> bool {
        self.clustering.set.has_in()
    }

    /// Whether rows are asked for by ranges, rather than by all their clustering columns.
    pub(crate) fn is_column_range(&self) -> bool {
        self.clustering.set.len() < self.columns.clustering().len()
            || !self.clustering.set.has_only_equalities()
    }

    /// Whether all columns of the primary key are asked for by `=` and `IN`.
    pub(crate) fn has_whole_primary_key(&self) -> bool {
        !self.partition_key.is_on_token(&self.columns)
            && !self.partition_key.has_unrestricted_columns(&self.columns)
            && self.partition_key.has_only_equalities(&self.columns)
            && !self.is_column_range()
    }

    /// Whether a partition that has a static row alone is shown.
    pub(crate) fn shows_statics_alone(&self) -> bool {
        let is_regular = |column: &Arc<TableColumn>| column.kind == ColumnKind::Regular;
        !self.has_clustering_restrictions() && !self.others.columns().any(is_regular)
    }

    /// What rows have to be looked at for.
    fn filtered(&self) -> impl Iterator<Item = &RestrictionSet> {
        let sets = [
            (self.filters_key, &self.partition_key.set),
            (self.filters_clustering, &self.clustering.set),
            (!self.others.is_empty(), &self.others),
        ];
        sets.into_iter().filter(|(is_filtered, _)| *is_filtered).map(|(_, set)| set)
    }

    /// Whether rows would be looked at beside what indexes answer (`StatementRestrictions.needFiltering`).
    pub(crate) fn needs_filtering(&self) -> bool {
        let mut filtered = self.filtered().peekable();
        if filtered.peek().is_none() {
            return !self.clustering.set.is_empty();
        }
        let sets: Vec<&RestrictionSet> = filtered.collect();
        let groups = IndexInfo::groups(&self.indexes);
        if groups.iter().all(|group| sets.iter().any(|set| set.needs_filtering(group))) {
            return true;
        }
        sets.iter().all(|set| set.is_empty()) && !self.clustering.set.is_empty()
    }

    /// # Errors
    /// If rows would be looked at.
    pub(crate) fn refuse_filtering(&self) -> QueryResult<()> {
        match self.needs_filtering() {
            true => Err(QueryError::invalid(NEEDS_ALLOW_FILTERING)),
            false => Ok(()),
        }
    }

    /// What rows are looked at for, with the values of one execution.
    pub(crate) fn row_filter<'t>(&'t self, bindings: &Bindings<'t>) -> QueryResult<RowFilter<'t>> {
        let mut filter = RowFilter::default();
        if self.filters_key {
            self.partition_key
                .set
                .iter()
                .try_for_each(|restriction| filter.add(restriction, &self.indexes, bindings))?;
        }
        if self.filters_clustering {
            let restrictions = self.clustering.for_filter(&self.indexes);
            restrictions
                .into_iter()
                .try_for_each(|restriction| filter.add(restriction, &self.indexes, bindings))?;
        }
        self.others.iter().try_for_each(|restriction| filter.add(restriction, &self.indexes, bindings))?;
        Ok(filter)
    }

    /// The serialized partition keys that are named, in the order of their values.
    pub(crate) fn partition_keys(&self, bindings: &Bindings<'_>) -> QueryResult<Vec<Vec<u8>>> {
        self.partition_key.keys(&self.columns, &self.partitioner, bindings)
    }

    /// The tokens of the partitions that are asked for; none if there can be none.
    pub(crate) fn token_bounds(&self, bindings: &Bindings<'_>) -> QueryResult<Option<TokenBounds>> {
        match self.partition_key.is_on_token(&self.columns) {
            true => self.partition_key.token_bounds(&self.partitioner, bindings),
            false => Ok(Some(TokenBounds::default())),
        }
    }

    /// The rows that are named by all their clustering columns, in clustering order.
    pub(crate) fn clusterings(&self, bindings: &Bindings<'_>) -> QueryResult<Vec<ClusteringBuffer>> {
        self.clustering.values(&self.order, bindings)
    }

    /// The slices of rows that are asked for, in clustering order, none of which meets another.
    pub(crate) fn slices(&self, bindings: &Bindings<'_>) -> QueryResult<Vec<Slice>> {
        if !self.kind.is_select() {
            self.clustering.check_slice_values(bindings)?;
        }
        self.clustering.slices(&self.order, bindings)
    }
}
