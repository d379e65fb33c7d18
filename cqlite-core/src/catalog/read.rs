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
    let mut keyspace = match rows.rows_of(SchemaTable::Keyspaces, name, None).next() {
        Some(row) => {
            let map = row.text_map("replication")?.into_iter().collect();
            let replication = Replication::stored(map).ok_or_else(|| {
                row.broken("replication", &format!("names no class for the keyspace {name}"))
            })?;
            Keyspace::empty(name, replication, row.boolean("durable_writes")?.unwrap_or(true))
        }
        None => {
            return Err(Error::corrupt(format!("the keyspace {name} has no row in system_schema.keyspaces")));
        }
    };
    let tables = rows.tables(name)?.into_iter().map(|schema| read_table(system, rows, schema));
    let tables = tables.collect::<Result<Vec<_>>>()?;
    let functions = [SchemaTable::Functions, SchemaTable::Aggregates];
    let functions = functions.into_iter().flat_map(|of| rows.rows_of(of, name, None)).cloned().collect();
    keyspace.fill(rows.types(name)?, tables, functions);
    Ok(keyspace)
}

fn read_table(system: &SystemTables, rows: &SchemaRows, mut schema: TableSchema) -> Result<Table> {
    let name = format!("{}.{}", schema.keyspace, schema.name);
    if schema.is_compact {
        return Err(Error::unsupported(format!("the table {name} has COMPACT STORAGE")).advise(
            "have a node of Cassandra 3 execute ALTER TABLE ... DROP COMPACT STORAGE; later releases refuse such tables, too",
        ));
    }
    if schema.id.is_none() {
        return Err(Error::corrupt(format!("the table {name} has no id")));
    }
    let parameters = TableParameters::stored(&schema.options)
        .map_err(|error| Error::corrupt(format!("the table {name}: {}", error.message())))?;
    let mut attached: Vec<(SchemaTable, SchemaRow)> = Vec::new();
    let kinds = ATTACHED.iter().chain((schema.kind == TableKind::View).then_some(&SchemaTable::Views));
    for of in kinds {
        let found = rows.rows_of(*of, &schema.keyspace, Some(&schema.name));
        attached.extend(found.map(|row| (*of, row.clone())));
    }
    schema.keyspace_options.clear();
    let partitioner = partitioner_of(system, &schema);
    Table::stored(schema, parameters, attached, &partitioner)
}

/// Nearly all tables have the node's partitioner.
fn partitioner_of(system: &SystemTables, schema: &TableSchema) -> Partitioner {
    if schema.keyspace == SYSTEM_KEYSPACE && schema.name == "batches" {
        return Partitioner::Local(Arc::new(CqlType::TimeUuid));
    }
    system.partitioner().clone()
}
