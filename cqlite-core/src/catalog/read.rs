//! The schema out of what is stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use cqlite_sstable::schema::{SchemaRow, SchemaRows, SchemaTable, TableKind, TableSchema};
use cqlite_sstable::types::CqlType;
use cqlite_sstable::{Error, Partitioner, Result};

use super::{Keyspace, Replication, SYSTEM_KEYSPACE, Schema, SystemTables, Table, TableParameters};

/// What is attached to a table by rows that begin with its name.
const ATTACHED: [SchemaTable; 3] = [SchemaTable::Indexes, SchemaTable::Triggers, SchemaTable::ColumnMasks];

impl Schema {
    /// The schema that these rows tell. The tables of `system_schema` and `system.local` are those of `system`, whatever
    /// the rows say of them. Columns of a table that is not there are passed over, as Cassandra does.
    ///
    /// # Errors
    /// If the rows are no schema: a table without partition key, a position that is missing, a type that is not known, a
    /// value that is none of its column; with the table of `system_schema` and what is wrong.
    pub fn read(system: &Arc<SystemTables>, rows: &SchemaRows) -> Result<Self> {
        let mut keyspaces = BTreeMap::new();
        for name in rows.keyspace_names()? {
            let keyspace = read_keyspace(system, rows, &name)?;
            keyspaces.insert(name, keyspace);
        }
        Ok(Self::of(Arc::clone(system), keyspaces))
    }
}

fn read_keyspace(system: &SystemTables, rows: &SchemaRows, name: &str) -> Result<Keyspace> {
    let mut keyspace = empty_keyspace(rows, name)?.ok_or_else(|| {
        Error::corrupt(format!("the keyspace {name} has no row in system_schema.keyspaces"))
    })?;
    let tables = rows.tables(name)?.into_iter().map(|schema| read_table(system, rows, schema));
    let tables = tables.collect::<Result<Vec<_>>>()?;
    let functions = [SchemaTable::Functions, SchemaTable::Aggregates];
    let functions = functions.into_iter().flat_map(|of| rows.rows_of(of, name, None)).cloned().collect();
    keyspace.fill(rows.types(name)?, tables, functions);
    Ok(keyspace)
}

/// A keyspace without what is in it; none if it has no row.
pub(super) fn empty_keyspace(rows: &SchemaRows, name: &str) -> Result<Option<Keyspace>> {
    let Some(row) = rows.rows_of(SchemaTable::Keyspaces, name, None).next() else { return Ok(None) };
    let map = row.text_map("replication")?.into_iter().collect();
    let replication = Replication::stored(map)
        .ok_or_else(|| row.broken("replication", &format!("names no class for the keyspace {name}")))?;
    Ok(Some(Keyspace::empty(name, replication, row.boolean("durable_writes")?.unwrap_or(true))))
}

fn read_table(system: &SystemTables, rows: &SchemaRows, mut schema: TableSchema) -> Result<Table> {
    let name = format!("{}.{}", schema.keyspace, schema.name);
    if schema.is_compact && !is_known_layout(rows, &schema)? {
        return Err(Error::unsupported(format!(
            "the table {name} has COMPACT STORAGE, of a kind that only clients of Thrift could make"
        ))
        .advise("have a node of Cassandra execute ALTER TABLE ... DROP COMPACT STORAGE"));
    }
    if schema.id.is_none() {
        return Err(Error::corrupt(format!("the table {name} has no id")));
    }
    let parameters = TableParameters::stored(&schema.options)
        .map_err(|error| Error::corrupt(format!("the table {name}: {}", error.message())))?;
    let attached = attached_to(rows, &schema);
    schema.keyspace_options.clear();
    let partitioner = partitioner_of(system, &schema);
    Table::stored(schema, parameters, attached, &partitioner)
}

/// Whether a table with compact storage is one that statements make: without clustering columns of static columns, with such
/// of one value.
fn is_known_layout(rows: &SchemaRows, schema: &TableSchema) -> Result<bool> {
    let row = rows.rows_of(SchemaTable::Tables, &schema.keyspace, Some(&schema.name)).next();
    let flags = row.map(|row| row.text_list("flags")).transpose()?.unwrap_or_default();
    let has = |flag: &str| flags.iter().any(|known| known == flag);
    let has_statics = !schema.static_columns.is_empty();
    let is_of_one_value = has("dense") && !has_statics;
    let is_static = !has("dense") && !has("compound") && has_statics && schema.clustering.len() == 1;
    Ok(!has("super") && schema.regular_columns.len() == 1 && (is_of_one_value || is_static))
}

/// The rows of what is attached to a table.
pub(super) fn attached_to(rows: &SchemaRows, schema: &TableSchema) -> Vec<(SchemaTable, SchemaRow)> {
    let kinds = ATTACHED.iter().chain((schema.kind == TableKind::View).then_some(&SchemaTable::Views));
    let of_kind = |of: &SchemaTable| {
        let of = *of;
        rows.rows_of(of, &schema.keyspace, Some(&schema.name)).map(move |row| (of, row.clone()))
    };
    kinds.flat_map(of_kind).collect()
}

/// Nearly all tables have the node's partitioner.
fn partitioner_of(system: &SystemTables, schema: &TableSchema) -> Partitioner {
    if schema.keyspace == SYSTEM_KEYSPACE && schema.name == "batches" {
        return Partitioner::Local(Arc::new(CqlType::TimeUuid));
    }
    system.partitioner().clone()
}
