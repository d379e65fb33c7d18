//! What is known of a table.

use std::sync::Arc;

use cqlite_cql::{CreateIndex, Literal, Order, Property, PropertyValue, Uuid};

use super::column::name_text;
use super::user_types::needed_types;
use super::{ClusteringColumn, Column, ColumnKind, DroppedColumn};
use crate::component::statistics::HeaderColumn;
use crate::types::{CqlType, UserType};

/// The keyspace of tables whose keyspace nothing tells.
pub const UNKNOWN_KEYSPACE: &str = "unknown_keyspace";

/// The name of tables whose name nothing tells.
pub const UNKNOWN_TABLE: &str = "unknown_table";

/// A table by its columns and options (`schema.TableMetadata`), from an SSTable's header, from CQL or from
/// `system_schema`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSchema {
    /// The keyspace; [`UNKNOWN_KEYSPACE`] if nothing tells it.
    pub keyspace: String,
    /// The name; [`UNKNOWN_TABLE`] if nothing tells it.
    pub name: String,
    /// The id, which is part of the name of the table's directory.
    pub id: Option<Uuid>,
    /// A table, or what Cassandra keeps in the form of one.
    pub kind: TableKind,
    /// The columns of the partition key; at least one.
    pub partition_key: Vec<Column>,
    /// The clustering columns.
    pub clustering: Vec<ClusteringColumn>,
    /// The static columns, in the order in which rows have them.
    pub static_columns: Vec<Column>,
    /// The other columns, in the order in which rows have them.
    pub regular_columns: Vec<Column>,
    /// Columns that were dropped, by name.
    pub dropped_columns: Vec<DroppedColumn>,
    /// The user-defined types that the columns need, each behind those that it needs itself.
    pub user_types: Vec<UserType>,
    /// The table's options, `compaction` and the like; empty where they are not known.
    pub options: Vec<Property>,
    /// The keyspace's options, `replication` and `durable_writes`; empty where they are not known.
    pub keyspace_options: Vec<Property>,
    /// The secondary indexes; empty where they are not known.
    pub indexes: Vec<CreateIndex>,
    /// Whether it is known to be declared `WITH COMPACT STORAGE`, which Cassandra refuses since 4.0.
    pub is_compact: bool,
    /// Whether it is known to be a view with a column in its key that is none of its base table's key: a row is there
    /// only while its liveness is (`TableMetadata.enforceStrictLiveness`).
    pub enforces_strict_liveness: bool,
}

/// What a table is to Cassandra.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TableKind {
    /// A table that somebody created.
    Table,
    /// A materialized view. If a regular column of the base table is in its key, a row is there only while its
    /// liveness is, whatever cells it has (`TableMetadata.enforceStrictLiveness`). Headers alone do not tell a view
    /// from a table.
    View,
    /// The hidden table of a built-in secondary index.
    Index,
}

impl TableSchema {
    /// A table without columns.
    pub(super) fn empty(keyspace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            keyspace: keyspace.into(),
            name: name.into(),
            id: None,
            kind: TableKind::Table,
            partition_key: Vec::new(),
            clustering: Vec::new(),
            static_columns: Vec::new(),
            regular_columns: Vec::new(),
            dropped_columns: Vec::new(),
            user_types: Vec::new(),
            options: Vec::new(),
            keyspace_options: Vec::new(),
            indexes: Vec::new(),
            is_compact: false,
            enforces_strict_liveness: false,
        }
    }

    /// Whether the table's values are counters, or were before they were dropped.
    pub fn is_counter(&self) -> bool {
        let columns =
            self.static_columns.iter().chain(&self.regular_columns).map(|column| &column.column_type);
        let dropped = self.dropped_columns.iter().map(|column| &column.column_type);
        columns.chain(dropped).any(|of| *of == CqlType::Counter)
    }

    /// For how long tombstones have to be kept, where the options are known and say so.
    pub fn gc_grace_seconds(&self) -> Option<i64> {
        self.integer_option("gc_grace_seconds")
    }

    /// The time to live of rows that are written without one; 0 if they stay. Unknown where the options are.
    pub fn default_time_to_live_seconds(&self) -> Option<i32> {
        self.integer_option("default_time_to_live")
    }

    fn integer_option<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        let option = self.options.iter().find(|option| option.name.as_str() == name)?;
        match &option.value {
            PropertyValue::Literal(Literal::Integer(number)) => number.parse().ok(),
            _ => None,
        }
    }

    /// Whether only repaired tombstones may be purged (`only_purge_repaired_tombstones` of the compaction), where the
    /// options are known.
    pub fn purges_repaired_only(&self) -> bool {
        let option = self.options.iter().find(|option| option.name.as_str() == "compaction");
        match option.map(|option| &option.value) {
            Some(PropertyValue::Map(map)) => map
                .get("only_purge_repaired_tombstones")
                .is_some_and(|value| value.eq_ignore_ascii_case("true")),
            _ => false,
        }
    }

    /// The static or the regular columns; none of the keys'.
    pub fn columns(&self, kind: ColumnKind) -> &[Column] {
        match kind {
            ColumnKind::Static => &self.static_columns,
            ColumnKind::Regular => &self.regular_columns,
            ColumnKind::PartitionKey | ColumnKind::Clustering => &[],
        }
    }

    /// As [`Self::columns`].
    pub(super) fn columns_mut(&mut self, is_static: bool) -> &mut Vec<Column> {
        if is_static { &mut self.static_columns } else { &mut self.regular_columns }
    }

    /// The names of all columns, keys first.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        (self.partition_key.iter().map(|column| column.name.as_str()))
            .chain(self.clustering.iter().map(|column| column.name.as_str()))
            .chain(self.static_columns.iter().map(|column| column.name.as_str()))
            .chain(self.regular_columns.iter().map(|column| column.name.as_str()))
    }

    /// Up to which time in microseconds cells of a header's column are gone, as it was dropped; none if it was not. Where
    /// nobody wrote down when, it was after all that was written, unless the table has a column of its name again.
    pub fn dropped_until_micros(&self, column: &HeaderColumn, kind: ColumnKind) -> Option<i64> {
        let name = name_text(&column.name);
        let dropped_at = self.dropped_column(&name, kind)?.dropped_at_micros;
        let is_there = self.columns(kind).iter().any(|column| column.name == name);
        dropped_at.or((!is_there).then_some(i64::MAX))
    }

    /// The dropped column of a name, that was of the same kind.
    pub fn dropped_column(&self, name: &str, kind: ColumnKind) -> Option<&DroppedColumn> {
        self.dropped_columns.iter().find(|column| column.name == name && column.kind == kind)
    }

    /// The user-defined types inside the columns' types as they stand there, so with fields of one cell, each behind those
    /// that it needs itself.
    pub fn types_of_columns(&self) -> Vec<UserType> {
        needed_types(self.column_types())
    }

    /// The type of serialized partition keys: that of the only column, or a [`CqlType::Composite`].
    pub fn key_type(&self) -> CqlType {
        match self.partition_key.as_slice() {
            [only] => only.column_type.clone(),
            columns => CqlType::Composite(columns.iter().map(|column| column.column_type.clone()).collect()),
        }
    }

    /// The types of the clustering columns; [`CqlType::Reversed`] where the order is descending.
    pub fn clustering_types(&self) -> Vec<CqlType> {
        let header_type = |column: &ClusteringColumn| match column.order {
            Order::Ascending => column.column_type.clone(),
            Order::Descending => CqlType::Reversed(Arc::new(column.column_type.clone())),
        };
        self.clustering.iter().map(header_type).collect()
    }

    /// Puts the columns into the order in which rows have them.
    pub(super) fn sort_columns(&mut self) {
        self.static_columns.sort_by(Column::comparison_order);
        self.regular_columns.sort_by(Column::comparison_order);
    }
}
