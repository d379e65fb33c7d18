//! The columns of a table, by name and in the orders in which statements want them.

use std::sync::Arc;

use cqlite_cql::{Identifier, Order, QualifiedName};
use cqlite_sstable::schema::ColumnKind;
use cqlite_sstable::types::CqlType;

use super::{ColumnSpec, QueryError, QueryResult};
use crate::catalog::Table;

/// A column of a table (`schema.ColumnMetadata`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableColumn {
    /// Its names and type, as results and messages show them.
    pub(crate) spec: ColumnSpec,
    /// What it is.
    pub(crate) kind: ColumnKind,
    /// Which of the partition key's or clustering columns it is; of others, their place among the static or regular
    /// columns in the order in which rows have them.
    pub(crate) place: usize,
    /// Whether it is a clustering column of which the greatest value comes first.
    pub(crate) is_descending: bool,
}

impl TableColumn {
    /// The name, not quoted.
    pub(crate) fn name(&self) -> &str {
        &self.spec.name
    }

    /// The type.
    pub(crate) fn cql_type(&self) -> &CqlType {
        &self.spec.cql_type
    }

    /// Whether it is part of the primary key.
    pub(crate) fn is_key(&self) -> bool {
        matches!(self.kind, ColumnKind::PartitionKey | ColumnKind::Clustering)
    }

    /// Where it comes among columns that are restricted (`ColumnMetadata.position`, then its name).
    pub(crate) fn restriction_order(&self) -> (Option<usize>, &[u8]) {
        (self.is_key().then_some(self.place), self.spec.name.as_bytes())
    }
}

/// The columns of a table (`schema.TableMetadata`).
#[derive(Debug, Clone)]
pub(crate) struct TableColumns {
    keyspace: Arc<str>,
    table: Arc<str>,
    /// In the order of `SELECT *`.
    columns: Vec<Arc<TableColumn>>,
    partition_key_count: usize,
    clustering_count: usize,
    static_count: usize,
    is_static_compact: bool,
}

impl TableColumns {
    /// Those of a table.
    pub(crate) fn of(table: &Table) -> Self {
        let schema = table.schema();
        let (keyspace, name): (Arc<str>, Arc<str>) =
            (schema.keyspace.as_str().into(), schema.name.as_str().into());
        let column = |column: &str, cql_type: &CqlType, kind, place, is_descending| {
            let spec = ColumnSpec {
                keyspace: Arc::clone(&keyspace),
                table: Arc::clone(&name),
                name: column.into(),
                cql_type: cql_type.clone(),
                is_descending,
            };
            Arc::new(TableColumn { spec, kind, place, is_descending })
        };
        let shown = table.columns_in_select_order();
        let count = |kind: ColumnKind| shown.iter().filter(|(of, _)| *of == kind).count();
        let columns = shown.iter().filter_map(|(kind, place)| {
            let (name, cql_type, is_descending) = match kind {
                ColumnKind::PartitionKey => {
                    let of = schema.partition_key.get(*place)?;
                    (&of.name, &of.column_type, false)
                }
                ColumnKind::Clustering => {
                    let of = schema.clustering.get(*place)?;
                    (&of.name, &of.column_type, of.order == Order::Descending)
                }
                ColumnKind::Static | ColumnKind::Regular => {
                    let of = schema.columns(*kind).get(*place)?;
                    (&of.name, &of.column_type, false)
                }
            };
            Some(column(name, cql_type, *kind, *place, is_descending))
        });
        let columns = columns.collect();
        Self {
            keyspace,
            table: name,
            columns,
            partition_key_count: count(ColumnKind::PartitionKey),
            clustering_count: count(ColumnKind::Clustering),
            static_count: count(ColumnKind::Static),
            is_static_compact: schema.is_compact && !schema.static_columns.is_empty(),
        }
    }

    /// All, in the order of `SELECT *`.
    pub(crate) fn all(&self) -> &[Arc<TableColumn>] {
        &self.columns
    }

    /// The columns of the partition key.
    pub(crate) fn partition_key(&self) -> &[Arc<TableColumn>] {
        self.columns.get(..self.partition_key_count).unwrap_or_default()
    }

    /// The clustering columns.
    pub(crate) fn clustering(&self) -> &[Arc<TableColumn>] {
        let end = self.partition_key_count.saturating_add(self.clustering_count);
        self.columns.get(self.partition_key_count..end).unwrap_or_default()
    }

    /// The partition key's and the clustering columns.
    pub(crate) fn primary_key(&self) -> &[Arc<TableColumn>] {
        self.columns.get(..self.partition_key_count.saturating_add(self.clustering_count)).unwrap_or_default()
    }

    /// Whether there are static columns.
    pub(crate) fn has_statics(&self) -> bool {
        self.static_count > 0
    }

    /// Whether the cells of the static row are all that CQL sees of a partition (`TableMetadata.isStaticCompactTable`).
    pub(crate) fn is_static_compact(&self) -> bool {
        self.is_static_compact
    }

    /// The column of a name, if there is one.
    pub(crate) fn find(&self, name: &str) -> Option<&Arc<TableColumn>> {
        self.columns.iter().find(|column| column.name() == name)
    }

    /// The column of a name (`TableMetadata.getExistingColumn`).
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn existing(&self, name: &Identifier) -> QueryResult<&Arc<TableColumn>> {
        self.find(name.as_str()).ok_or_else(|| {
            let known = self.columns.iter().map(|column| column.name());
            let table = QualifiedName::new(&*self.keyspace, &*self.table);
            QueryError::invalid(format!("Undefined column name {name} in table {table}"))
                .suggest(name.as_str(), known)
        })
    }

    /// What a value is wanted for that is no column's: `[limit]`, say.
    pub(crate) fn pseudo_column(&self, name: &str, cql_type: CqlType) -> ColumnSpec {
        ColumnSpec {
            keyspace: Arc::clone(&self.keyspace),
            table: Arc::clone(&self.table),
            name: name.into(),
            cql_type,
            is_descending: false,
        }
    }
}
