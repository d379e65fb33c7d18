//! The rows by which `system_schema` tells of a keyspace, its types and tables.

use std::collections::BTreeMap;

use cqlite_cql::Order;
use cqlite_sstable::schema::{Column, ColumnKind, DroppedColumn, SchemaRow, SchemaTable, TableSchema};
use cqlite_sstable::types::{CqlType, UserType};

use super::stored_values::{frozen_list, frozen_map};
use super::{Keyspace, Table};

/// What a column has where it is no part of a key.
const NO_POSITION: i32 = -1;

/// A row: where it is, and the values of its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredRow {
    pub(super) of: SchemaTable,
    pub(super) clustering: Vec<Vec<u8>>,
    pub(super) cells: BTreeMap<String, Vec<u8>>,
}

impl StoredRow {
    fn new(of: SchemaTable, clustering: &[&str]) -> Self {
        let clustering = clustering.iter().map(|value| value.as_bytes().to_vec()).collect();
        Self { of, clustering, cells: BTreeMap::new() }
    }

    fn of_row(of: SchemaTable, row: &SchemaRow) -> Self {
        Self { of, clustering: row.clustering().to_vec(), cells: row.cells().clone() }
    }

    fn set(&mut self, column: &str, value: impl Into<Vec<u8>>) {
        self.cells.insert(column.to_owned(), value.into());
    }

    fn with(mut self, column: &str, value: impl Into<Vec<u8>>) -> Self {
        self.set(column, value);
        self
    }
}

pub(super) fn keyspace_row(keyspace: &Keyspace) -> StoredRow {
    StoredRow::new(SchemaTable::Keyspaces, &[])
        .with("durable_writes", [u8::from(keyspace.durable_writes())])
        .with("replication", frozen_map(&keyspace.replication().to_map()))
}

pub(super) fn type_row(of: &UserType) -> StoredRow {
    let names = of.fields.iter().map(|field| &field.name);
    let types = of.fields.iter().map(|field| field.field_type.cql_name().to_string());
    StoredRow::new(SchemaTable::Types, &[&of.name])
        .with("field_names", frozen_list(names))
        .with("field_types", frozen_list(types))
}

/// The row of the table itself.
pub(super) fn table_row(table: &Table) -> StoredRow {
    if let Some((of, row)) = table.attached().iter().find(|(of, _)| *of == SchemaTable::Views) {
        return StoredRow::of_row(*of, row);
    }
    let mut row = StoredRow::new(SchemaTable::Tables, &[table.name()])
        .with("id", *table.id().as_bytes())
        .with("flags", frozen_list(flags(table.schema())));
    set_parameters(table, &mut row);
    row
}

/// What rows of the table are like (`TableMetadata.Flag`), in the order of a set.
fn flags(schema: &TableSchema) -> Vec<&'static str> {
    let is_static = !schema.static_columns.is_empty();
    let is_compound = !schema.is_compact || (!is_static && schema.clustering.len() > 1);
    let flags = [
        (is_compound, "compound"),
        (schema.is_counter(), "counter"),
        (schema.is_compact && !is_static, "dense"),
    ];
    flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name).collect()
}

fn set_parameters(table: &Table, row: &mut StoredRow) {
    let parameters = table.parameters();
    row.set("additional_write_policy", parameters.additional_write_policy.as_bytes());
    row.set("bloom_filter_fp_chance", parameters.bloom_filter_fp_chance.to_be_bytes());
    row.set("caching", frozen_map(&parameters.caching.to_map()));
    row.set("comment", parameters.comment.as_bytes());
    row.set("compaction", frozen_map(&parameters.compaction));
    row.set("compression", frozen_map(&parameters.compression));
    row.set("crc_check_chance", parameters.crc_check_chance.to_be_bytes());
    row.set("dclocal_read_repair_chance", 0.0_f64.to_be_bytes());
    row.set("default_time_to_live", parameters.default_time_to_live_seconds.to_be_bytes());
    row.set("extensions", frozen_map(&parameters.extensions));
    row.set("gc_grace_seconds", parameters.gc_grace_seconds.to_be_bytes());
    row.set("max_index_interval", parameters.max_index_interval.to_be_bytes());
    row.set("memtable_flush_period_in_ms", parameters.memtable_flush_period_millis.to_be_bytes());
    row.set("min_index_interval", parameters.min_index_interval.to_be_bytes());
    row.set("read_repair", parameters.read_repair.as_bytes());
    row.set("read_repair_chance", 0.0_f64.to_be_bytes());
    row.set("speculative_retry", parameters.speculative_retry.as_bytes());
    // Nodes of releases before these do not know the columns: they are there only where they say something.
    if parameters.cdc {
        row.set("cdc", [1]);
    }
    if !parameters.has_default_memtable() {
        row.set("memtable", parameters.memtable.as_bytes());
    }
    if !parameters.allow_auto_snapshot {
        row.set("allow_auto_snapshot", [0]);
    }
    if !parameters.incremental_backups {
        row.set("incremental_backups", [0]);
    }
}

/// The rows of all columns.
pub(super) fn column_rows(table: &Table) -> Vec<StoredRow> {
    let schema = table.schema();
    let row = |name: &str, kind: ColumnKind, position: i32, order: &str, of: &CqlType| {
        StoredRow::new(SchemaTable::Columns, &[table.name(), name])
            .with("clustering_order", order.as_bytes())
            .with("column_name_bytes", name.as_bytes())
            .with("kind", kind.name().as_bytes())
            .with("position", position.to_be_bytes())
            .with("type", of.cql_name().to_string())
    };
    let mut rows = Vec::new();
    for (position, Column { name, column_type }) in (0..).zip(&schema.partition_key) {
        rows.push(row(name, ColumnKind::PartitionKey, position, "none", column_type));
    }
    for (position, column) in (0..).zip(&schema.clustering) {
        let order = match column.order {
            Order::Ascending => "asc",
            Order::Descending => "desc",
        };
        rows.push(row(&column.name, ColumnKind::Clustering, position, order, &column.column_type));
    }
    for kind in [ColumnKind::Static, ColumnKind::Regular] {
        for Column { name, column_type } in schema.columns(kind) {
            rows.push(row(name, kind, NO_POSITION, "none", column_type));
        }
    }
    rows
}

/// The rows of dropped columns whose drop has a time.
pub(super) fn dropped_column_rows(table: &Table) -> Vec<StoredRow> {
    let row = |dropped: &DroppedColumn| {
        let millis = dropped.dropped_at_micros?.div_euclid(1000);
        let row = StoredRow::new(SchemaTable::DroppedColumns, &[table.name(), &dropped.name])
            .with("dropped_time", millis.to_be_bytes())
            .with("kind", dropped.kind.name().as_bytes())
            .with("type", dropped.column_type.cql_name().to_string());
        Some(row)
    };
    table.schema().dropped_columns.iter().filter_map(row).collect()
}

/// The rows of indexes or triggers.
pub(super) fn attached_rows(table: &Table, of: SchemaTable) -> Vec<StoredRow> {
    let rows = table.attached().iter().filter(|(kind, _)| *kind == of);
    rows.map(|(of, row)| StoredRow::of_row(*of, row)).collect()
}
