//! Schemas as a node keeps them: in the SSTables of the keyspace `system_schema`.

mod definitions;
mod merged_partition;
mod options;
mod schema_row;
mod schema_rows;
mod schema_table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cqlite_cql::Uuid;

use self::definitions::{Definitions, KeyspaceRows};
use self::merged_partition::MergedPartition;
use super::TableSchema;
use crate::descriptor::Descriptor;
use crate::error::Result;
use crate::find::{OpenTable, descriptor_budget, table_in};
use crate::reader::{Access, ScanOptions};

pub use schema_row::SchemaRow;
pub use schema_rows::SchemaRows;
pub use schema_table::{SchemaTable, system_table_id};

/// The keyspace of the schema itself.
pub const SCHEMA_KEYSPACE: &str = "system_schema";

/// A time at which everything that ever expires has. Nodes write no schema that does.
const END_OF_TIME_SECONDS: i64 = i64::MAX;

/// The schema of all tables of a data directory. Nothing is kept in memory: each question reads the few SSTables
/// it needs, and of them one keyspace.
///
/// A running node has its last changes in memtables and commit log only if it is being changed at this moment:
/// Cassandra flushes these tables after each change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemSchema {
    root: PathBuf,
}

impl SystemSchema {
    /// That of the data directory `root`, the one that has keyspaces in it, if it has `system_schema`.
    pub fn find(root: &Path) -> Option<Self> {
        SchemaTable::Tables.directory(root).is_dir().then(|| Self { root: root.to_owned() })
    }

    /// That of the data directory in which the table of an SSTable lies.
    pub fn beside(descriptor: &Descriptor) -> Option<Self> {
        let table = descriptor.table_directory()?;
        Self::find(table.parent()?.parent()?)
    }

    /// The data directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The id that a table or view has, if there is one of this name. Directories of another id are of a table
    /// that was dropped.
    ///
    /// # Errors
    /// If an SSTable of `system_schema` cannot be read.
    pub fn table_id(&self, keyspace: &str, name: &str) -> Result<Option<Uuid>> {
        Definitions(self).table_id(keyspace, name)
    }

    /// A table or view, if there is one of this name.
    ///
    /// # Errors
    /// If an SSTable of `system_schema` cannot be read, or what is in there is no schema.
    pub fn table(&self, keyspace: &str, name: &str) -> Result<Option<TableSchema>> {
        let definitions = Definitions(self);
        definitions.table(keyspace, name, &definitions.types(keyspace)?)
    }

    /// All there is, for many questions: of some thousand tables some megabytes.
    ///
    /// # Errors
    /// If an SSTable of `system_schema` cannot be read.
    pub fn rows(&self) -> Result<SchemaRows> {
        let mut rows = SchemaRows::default();
        for of in SchemaTable::ALL {
            let directory = of.directory(&self.root);
            if !directory.is_dir() {
                continue;
            }
            let mut merged: BTreeMap<Vec<u8>, MergedPartition> = BTreeMap::new();
            let opened = OpenTable::open(table_in(&directory)?, Access::default(), descriptor_budget())?;
            for sstable in opened.sstables {
                let mut cursor = sstable.scan(ScanOptions::default())?;
                while cursor.advance_partition()? {
                    let keyspace = cursor.partition().key.to_vec();
                    let partition =
                        merged.entry(keyspace).or_insert_with(|| MergedPartition::at(END_OF_TIME_SECONDS));
                    partition.add(&mut cursor, &sstable.header().regular_columns, None)?;
                }
            }
            for (keyspace, partition) in merged {
                rows.set(of, keyspace, partition.into_live_rows(&directory));
            }
        }
        Ok(rows)
    }
}

impl KeyspaceRows for SystemSchema {
    fn rows(&self, of: SchemaTable, keyspace: &str, table: Option<&str>) -> Result<Vec<SchemaRow>> {
        let directory = of.directory(&self.root);
        if !directory.is_dir() {
            return Ok(Vec::new());
        }
        let mut merged = MergedPartition::at(END_OF_TIME_SECONDS);
        let opened = OpenTable::open(table_in(&directory)?, Access::default(), descriptor_budget())?;
        for sstable in opened.sstables {
            let mut cursor = sstable.scan(ScanOptions::default())?;
            while cursor.advance_partition()? {
                if cursor.partition().key == keyspace.as_bytes() {
                    merged.add(&mut cursor, &sstable.header().regular_columns, table.map(str::as_bytes))?;
                }
            }
        }
        Ok(merged.into_live_rows(&directory))
    }

    fn place(&self, of: SchemaTable) -> PathBuf {
        of.directory(&self.root)
    }
}
