//! The rows of `system_schema` in memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cqlite_cql::Uuid;

use super::definitions::{Definitions, KeyspaceRows};
use super::merged_partition::MergedPartition;
use super::{SCHEMA_KEYSPACE, SchemaRow, SchemaTable};
use crate::component::statistics::HeaderColumn;
use crate::error::{Error, Result};
use crate::row::UnfilteredPartitions;
use crate::schema::TableSchema;
use crate::types::UserType;

/// What is live in the tables of `system_schema`, of all keyspaces or some: from SSTables, memtables or whatever else
/// shows their rows.
///
/// # Example
/// ```no_run
/// use cqlite_sstable::component::statistics::HeaderColumn;
/// use cqlite_sstable::row::UnfilteredPartitions;
/// use cqlite_sstable::schema::{SchemaRows, SchemaTable};
/// # fn read(mut merged: impl UnfilteredPartitions, columns: &[HeaderColumn]) -> cqlite_sstable::Result<()> {
/// let mut rows = SchemaRows::default();
/// rows.read(SchemaTable::Tables, &mut merged, columns, 1_700_000_000)?;
/// for name in rows.table_names("shop")? {
///     println!("shop.{name}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct SchemaRows {
    /// By table and keyspace.
    rows: BTreeMap<(SchemaTable, Vec<u8>), RowsByName>,
}

/// The rows of a keyspace in one table by their first clustering value, which is empty where there is none.
type RowsByName = BTreeMap<Vec<u8>, Vec<SchemaRow>>;

impl SchemaRows {
    /// Takes in what is live at `now_seconds` in the partitions of `source`, which shows all there is of each: where
    /// there are several sources, their merge. `columns` are the regular columns that its cells name; of a column that
    /// nobody knows nothing is asked.
    ///
    /// # Errors
    /// Those of the source; and if the columns are none of a table of `system_schema`.
    pub fn read(
        &mut self,
        of: SchemaTable,
        source: &mut impl UnfilteredPartitions,
        columns: &[HeaderColumn],
        now_seconds: i64,
    ) -> Result<()> {
        let place = place(of);
        while source.advance_partition()? {
            let keyspace = source.partition().key.to_vec();
            let mut merged = MergedPartition::at(now_seconds);
            merged.add(source, columns, None).map_err(|error| error.at(&place))?;
            self.set(of, keyspace, merged.into_live_rows(&place));
        }
        Ok(())
    }

    /// These are the live rows of a keyspace, whatever was known of it before.
    pub(super) fn set(&mut self, of: SchemaTable, keyspace: Vec<u8>, rows: Vec<SchemaRow>) {
        let mut by_first = RowsByName::new();
        for row in rows {
            let first = row.clustering().first().cloned().unwrap_or_default();
            by_first.entry(first).or_default().push(row);
        }
        match by_first.is_empty() {
            true => self.rows.remove(&(of, keyspace)),
            false => self.rows.insert((of, keyspace), by_first),
        };
    }

    /// Puts a row in, in the place of one with the same clustering.
    pub fn insert(&mut self, of: SchemaTable, keyspace: &str, row: SchemaRow) {
        let first = row.clustering().first().cloned().unwrap_or_default();
        let rows = self.rows.entry((of, keyspace.as_bytes().to_vec())).or_default().entry(first).or_default();
        rows.retain(|known| known.clustering() != row.clustering());
        rows.push(row);
    }

    /// The names of the keyspaces.
    ///
    /// # Errors
    /// If one is not UTF-8.
    pub fn keyspace_names(&self) -> Result<Vec<String>> {
        let keys = self.rows.keys().filter(|(of, _)| *of == SchemaTable::Keyspaces);
        keys.map(|(of, name)| utf8(*of, name)).collect()
    }

    /// The names of the tables of a keyspace.
    ///
    /// # Errors
    /// If one is not UTF-8.
    pub fn table_names(&self, keyspace: &str) -> Result<Vec<String>> {
        self.first_values(SchemaTable::Tables, keyspace)
    }

    /// The names of the views of a keyspace.
    ///
    /// # Errors
    /// If one is not UTF-8.
    pub fn view_names(&self, keyspace: &str) -> Result<Vec<String>> {
        self.first_values(SchemaTable::Views, keyspace)
    }

    fn first_values(&self, of: SchemaTable, keyspace: &str) -> Result<Vec<String>> {
        let Some(rows) = self.rows.get(&(of, keyspace.as_bytes().to_vec())) else { return Ok(Vec::new()) };
        rows.keys().map(|name| utf8(of, name)).collect()
    }

    /// The rows of a keyspace, or those of one table, type or view in it.
    pub fn rows_of<'a>(
        &'a self,
        of: SchemaTable,
        keyspace: &str,
        name: Option<&'a str>,
    ) -> impl Iterator<Item = &'a SchemaRow> {
        let rows = self.rows.get(&(of, keyspace.as_bytes().to_vec())).into_iter().flatten();
        let wanted =
            rows.filter(move |(first, _)| name.is_none_or(|name| first.as_slice() == name.as_bytes()));
        wanted.flat_map(|(_, rows)| rows)
    }

    /// The tables and views of a keyspace.
    ///
    /// # Errors
    /// If what is there is no schema. A table whose columns are missing is one of them, columns without their table
    /// are not.
    pub fn tables(&self, keyspace: &str) -> Result<Vec<TableSchema>> {
        let definitions = Definitions(self);
        let types = definitions.types(keyspace)?;
        let names = self.table_names(keyspace)?.into_iter().chain(self.view_names(keyspace)?);
        let tables = names.map(|name| definitions.table(keyspace, &name, &types));
        tables.filter_map(Result::transpose).collect()
    }

    /// A table or view, if there is one of this name.
    ///
    /// # Errors
    /// If what is there is no schema.
    pub fn table(&self, keyspace: &str, name: &str) -> Result<Option<TableSchema>> {
        let definitions = Definitions(self);
        definitions.table(keyspace, name, &definitions.types(keyspace)?)
    }

    /// The user-defined types of a keyspace, each behind those that it needs itself.
    ///
    /// # Errors
    /// If what is there is no type, or types need each other in a circle.
    pub fn types(&self, keyspace: &str) -> Result<Vec<UserType>> {
        Definitions(self).user_types(keyspace)
    }

    /// The id of a table or view, if there is one of this name.
    ///
    /// # Errors
    /// If the id is none.
    pub fn table_id(&self, keyspace: &str, name: &str) -> Result<Option<Uuid>> {
        Definitions(self).table_id(keyspace, name)
    }
}

impl KeyspaceRows for SchemaRows {
    fn rows(&self, of: SchemaTable, keyspace: &str, name: Option<&str>) -> Result<Vec<SchemaRow>> {
        let Some(rows) = self.rows.get(&(of, keyspace.as_bytes().to_vec())) else { return Ok(Vec::new()) };
        Ok(match name {
            Some(name) => rows.get(name.as_bytes()).cloned().unwrap_or_default(),
            None => rows.values().flatten().cloned().collect(),
        })
    }

    fn place(&self, of: SchemaTable) -> PathBuf {
        place(of)
    }
}

/// How messages call a table.
fn place(of: SchemaTable) -> PathBuf {
    Path::new(SCHEMA_KEYSPACE).join(of.name())
}

fn utf8(of: SchemaTable, name: &[u8]) -> Result<String> {
    let text = String::from_utf8(name.to_vec());
    text.map_err(|_| {
        let name = String::from_utf8_lossy(name);
        Error::corrupt(format!("the name {name} is not UTF-8")).at(place(of))
    })
}
