//! The tables in which the catalogue is kept.

use std::sync::Arc;

use cqlite_sstable::schema::{
    ColumnKind, DroppedColumn, SCHEMA_KEYSPACE, SchemaTable, TableHint, TableSchema, system_table_id,
};
use cqlite_sstable::types::CqlType;
use cqlite_sstable::{Partitioner, Result};

use super::definitions::{INDEX_INFO, LOCAL, schema_table};
use super::{Table, TableParameters};
use crate::storage::TableId;

/// The keyspace of what a node keeps of itself.
pub const SYSTEM_KEYSPACE: &str = "system";

const LOCAL_NAME: &str = "local";
const WEEK_SECONDS: i32 = 7 * 24 * 60 * 60;
const HOUR_MILLIS: i32 = 60 * 60 * 1000;

/// The tables of `system_schema`, `system.local`, and `system."IndexInfo"`, as Cassandra 5.0 has them on every node (`schema.SchemaKeyspace`,
/// `db.SystemKeyspace`).
///
/// # Example
/// ```
/// use cqlite_core::catalog::SystemTables;
/// use cqlite_sstable::{Partitioner, schema::SchemaTable};
/// let system = SystemTables::new(&Partitioner::Murmur3)?;
/// let tables = system.schema_table(SchemaTable::Tables);
/// assert_eq!(tables.id().to_string(), "afddfb9d-bc1e-3068-8056-eed6c302ba09");
/// # Ok::<(), cqlite_sstable::Error>(())
/// ```
#[derive(Debug)]
pub struct SystemTables {
    partitioner: Partitioner,
    keyspaces: Arc<Table>,
    tables: Arc<Table>,
    columns: Arc<Table>,
    column_masks: Arc<Table>,
    triggers: Arc<Table>,
    dropped_columns: Arc<Table>,
    views: Arc<Table>,
    types: Arc<Table>,
    functions: Arc<Table>,
    aggregates: Arc<Table>,
    indexes: Arc<Table>,
    local: Arc<Table>,
    index_info: Arc<Table>,
}

impl SystemTables {
    /// Those of a node whose keys this partitioner orders.
    ///
    /// # Errors
    /// None, as all of them are fixed; the type is that of what they are made by.
    pub fn new(partitioner: &Partitioner) -> Result<Self> {
        let table = |table: SchemaTable| {
            let definition = schema_table(table);
            make(SCHEMA_KEYSPACE, table.name(), definition, WEEK_SECONDS, partitioner).map(Arc::new)
        };
        Ok(Self {
            partitioner: partitioner.clone(),
            keyspaces: table(SchemaTable::Keyspaces)?,
            tables: table(SchemaTable::Tables)?,
            columns: table(SchemaTable::Columns)?,
            column_masks: table(SchemaTable::ColumnMasks)?,
            triggers: table(SchemaTable::Triggers)?,
            dropped_columns: table(SchemaTable::DroppedColumns)?,
            views: table(SchemaTable::Views)?,
            types: table(SchemaTable::Types)?,
            functions: table(SchemaTable::Functions)?,
            aggregates: table(SchemaTable::Aggregates)?,
            indexes: table(SchemaTable::Indexes)?,
            local: Arc::new(make(SYSTEM_KEYSPACE, LOCAL_NAME, LOCAL, 0, partitioner)?),
            index_info: Arc::new(make(SYSTEM_KEYSPACE, "IndexInfo", INDEX_INFO, 0, partitioner)?),
        })
    }

    /// How keys of tables are ordered, where a table has no order of its own.
    pub fn partitioner(&self) -> &Partitioner {
        &self.partitioner
    }

    /// A table of `system_schema`.
    pub fn schema_table(&self, table: SchemaTable) -> &Arc<Table> {
        match table {
            SchemaTable::Keyspaces => &self.keyspaces,
            SchemaTable::Tables => &self.tables,
            SchemaTable::Columns => &self.columns,
            SchemaTable::ColumnMasks => &self.column_masks,
            SchemaTable::Triggers => &self.triggers,
            SchemaTable::DroppedColumns => &self.dropped_columns,
            SchemaTable::Views => &self.views,
            SchemaTable::Types => &self.types,
            SchemaTable::Functions => &self.functions,
            SchemaTable::Aggregates => &self.aggregates,
            SchemaTable::Indexes => &self.indexes,
        }
    }

    /// `system.local`
    pub fn local(&self) -> &Arc<Table> {
        &self.local
    }

    /// `system."IndexInfo"`: the secondary indexes that are whole.
    pub fn index_info(&self) -> &Arc<Table> {
        &self.index_info
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Table>> {
        let of_schema = SchemaTable::ALL.into_iter().map(|table| self.schema_table(table));
        of_schema.chain([&self.local, &self.index_info])
    }

    /// The one of this id.
    pub fn get(&self, id: TableId) -> Option<&Arc<Table>> {
        self.all().find(|table| table.id() == id)
    }
}

fn make(
    keyspace: &str,
    name: &str,
    (comment, columns): (&str, &str),
    gc_grace_seconds: i32,
    partitioner: &Partitioner,
) -> Result<Table> {
    let hint = TableHint { keyspace: Some(keyspace), ..TableHint::default() };
    let mut schema = TableSchema::from_cql(&format!("CREATE TABLE \"{name}\" ({columns})"), hint)?;
    schema.id = Some(system_table_id(keyspace, name));
    if name == LOCAL_NAME {
        schema.dropped_columns.push(thrift_version());
    }
    let parameters = TableParameters {
        comment: comment.to_owned(),
        gc_grace_seconds,
        memtable_flush_period_millis: HOUR_MILLIS,
        ..TableParameters::default()
    };
    Table::stored(schema, parameters, Vec::new(), partitioner)
}

/// A column that `system.local` had before 4.0, and old SSTables of it still have.
fn thrift_version() -> DroppedColumn {
    DroppedColumn {
        name: "thrift_version".to_owned(),
        column_type: CqlType::Text,
        kind: ColumnKind::Regular,
        dropped_at_micros: Some(i64::MAX),
    }
}
