//! Schemas as a node keeps them: in the SSTables of the keyspace `system_schema`.

mod merged_partition;
mod options;
mod schema_row;
mod schema_table;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cqlite_cql::{CreateIndex, Identifier, MapLiteral, Order, QualifiedName, Statement, Uuid};

use self::merged_partition::MergedPartition;
use self::options::{keyspace_options, table_options};
use self::schema_row::SchemaRow;
use self::schema_table::SchemaTable;
use super::column::name_text;
use super::type_resolver::{TypeDefinitions, TypeResolver, parse_type};
use super::{ClusteringColumn, Column, ColumnKind, DroppedColumn, TableKind, TableSchema};
use crate::descriptor::Descriptor;
use crate::error::{Error, Result};
use crate::find::{OpenTable, descriptor_budget, table_in};
use crate::reader::{Access, ScanOptions};
use crate::types::CqlType;

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
        match self.definition(keyspace, name)? {
            Some((row, _)) => row.uuid("id"),
            None => Ok(None),
        }
    }

    /// A table or view, if there is one of this name.
    ///
    /// # Errors
    /// If an SSTable of `system_schema` cannot be read, or what is in there is no schema.
    pub fn table(&self, keyspace: &str, name: &str) -> Result<Option<TableSchema>> {
        let Some((definition, kind)) = self.definition(keyspace, name)? else { return Ok(None) };
        let mut schema = TableSchema::empty(keyspace, name);
        schema.kind = kind;
        schema.id = definition.uuid("id")?;
        schema.options = table_options(&definition)?;
        schema.is_compact = kind == TableKind::Table && is_compact(&definition)?;
        if let Some(row) = self.rows(SchemaTable::Keyspaces, keyspace, None)?.first() {
            schema.keyspace_options = keyspace_options(row)?;
        }
        let definitions = self.types(keyspace)?;
        let mut types = TypeResolver::new(keyspace, &definitions);
        self.add_columns(&mut schema, &mut types)?;
        schema.enforces_strict_liveness =
            kind == TableKind::View && self.has_base_value_in_key(&definition, &schema)?;
        self.add_dropped_columns(&mut schema, &mut types)?;
        for row in self.rows(SchemaTable::Indexes, keyspace, Some(name))? {
            schema.indexes.extend(index(&row, &schema)?);
        }
        schema.find_user_types(&mut types)?;
        Ok(Some(schema))
    }

    /// The row of the table or view.
    fn definition(&self, keyspace: &str, name: &str) -> Result<Option<(SchemaRow, TableKind)>> {
        for (table, kind) in [(SchemaTable::Tables, TableKind::Table), (SchemaTable::Views, TableKind::View)]
        {
            if let Some(row) = self.rows(table, keyspace, Some(name))?.pop() {
                return Ok(Some((row, kind)));
            }
        }
        Ok(None)
    }

    /// The live rows of a keyspace, of those one table's if it is named.
    fn rows(&self, of: SchemaTable, keyspace: &str, table: Option<&str>) -> Result<Vec<SchemaRow>> {
        let directory = of.directory(&self.root);
        if !directory.is_dir() {
            return Ok(Vec::new());
        }
        let mut merged = MergedPartition::default();
        let opened = OpenTable::open(table_in(&directory)?, Access::default(), descriptor_budget())?;
        for sstable in opened.sstables {
            let mut cursor = sstable.scan(ScanOptions::default())?;
            while cursor.advance_partition()? {
                if cursor.partition().key == keyspace.as_bytes() {
                    merged.add(&mut cursor, sstable.header(), table.map(str::as_bytes))?;
                }
            }
        }
        Ok(merged.into_live_rows(&directory))
    }

    fn types(&self, keyspace: &str) -> Result<TypeDefinitions> {
        let mut types = TypeDefinitions::new();
        for row in self.rows(SchemaTable::Types, keyspace, None)? {
            let names = row.text_list("field_names")?;
            let of = row.text_list("field_types")?;
            let of = of.iter().map(|text| parse_type(text)).collect::<Result<Vec<_>>>()?;
            if names.len() != of.len() {
                return Err(row.broken("field_types", "has not as many elements as field_names"));
            }
            types.insert(row.clustering_text(0)?, names.into_iter().zip(of).collect());
        }
        Ok(types)
    }

    fn add_columns(&self, schema: &mut TableSchema, types: &mut TypeResolver<'_>) -> Result<()> {
        let mut keys = Vec::new();
        for row in self.rows(SchemaTable::Columns, &schema.keyspace, Some(&schema.name))? {
            let kind = row.text("kind")?.and_then(|kind| ColumnKind::find(&kind));
            let kind = kind.ok_or_else(|| row.broken("kind", "is of no kind that is known"))?;
            let name = match row.bytes("column_name_bytes") {
                Some(bytes) => name_text(bytes).into_owned(),
                None => row.clustering_text(1)?,
            };
            let column_type = row.text("type")?.ok_or_else(|| row.broken("type", "is missing"))?;
            let column_type = types.resolve_text(&column_type).map_err(|error| row.locate(error))?;
            let column = Column { name, column_type };
            match kind {
                ColumnKind::Static => schema.static_columns.push(column),
                ColumnKind::Regular => schema.regular_columns.push(column),
                ColumnKind::PartitionKey | ColumnKind::Clustering => {
                    let position = row.int("position")?.unwrap_or_default();
                    let order = match row.text("clustering_order")?.as_deref() {
                        Some("desc") => Order::Descending,
                        _ => Order::Ascending,
                    };
                    keys.push((kind, position, order, column));
                }
            }
        }
        keys.sort_by_key(|(kind, position, ..)| (*kind, *position));
        for (kind, _, order, column) in keys {
            let Column { name, column_type } = column;
            match kind {
                ColumnKind::PartitionKey => schema.partition_key.push(Column { name, column_type }),
                _ => schema.clustering.push(ClusteringColumn { name, column_type, order }),
            }
        }
        if schema.partition_key.is_empty() {
            let name = QualifiedName::new(schema.keyspace.as_str(), schema.name.as_str());
            return Err(Error::corrupt(format!("the table {name} has no partition key"))
                .at(SchemaTable::Columns.directory(&self.root)));
        }
        schema.sort_columns();
        Ok(())
    }

    /// Whether the key of a view has a column that is a value in its base table (`View.baseNonPKColumnsInViewPK`). If the
    /// base table is not known, it is taken to have none: rows are kept then.
    fn has_base_value_in_key(&self, definition: &SchemaRow, view: &TableSchema) -> Result<bool> {
        let Some(base) = definition.text("base_table_name")? else { return Ok(false) };
        let mut values = BTreeSet::new();
        for row in self.rows(SchemaTable::Columns, &view.keyspace, Some(&base))? {
            if row.text("kind")?.as_deref() == Some("regular") {
                values.insert(row.clustering_text(1)?);
            }
        }
        let clustering = view.clustering.iter().map(|column| &column.name);
        let mut key = view.partition_key.iter().map(|column| &column.name).chain(clustering);
        Ok(key.any(|name| values.contains(name)))
    }

    fn add_dropped_columns(&self, schema: &mut TableSchema, types: &mut TypeResolver<'_>) -> Result<()> {
        for row in self.rows(SchemaTable::DroppedColumns, &schema.keyspace, Some(&schema.name))? {
            let text = row.text("type")?.unwrap_or_default();
            // A type that is not understood hides its column all the same.
            let column_type = types.resolve_text(&text).unwrap_or(CqlType::Custom(text));
            let kind = row.text("kind")?.and_then(|kind| ColumnKind::find(&kind));
            schema.dropped_columns.push(DroppedColumn {
                name: row.clustering_text(1)?,
                column_type,
                // Releases before 4.0 do not say.
                kind: kind.unwrap_or(ColumnKind::Regular),
                dropped_at_micros: row.long("dropped_time")?.map(|millis| millis.saturating_mul(1000)),
            });
        }
        Ok(())
    }
}

/// Whether the flags of a table are those of compact storage.
fn is_compact(row: &SchemaRow) -> Result<bool> {
    let flags = row.text_list("flags")?;
    let has = |flag: &str| flags.iter().any(|known| known == flag);
    Ok(!has("compound") || has("dense") || has("super"))
}

/// The statement that creates an index; none if its target is not understood.
fn index(row: &SchemaRow, schema: &TableSchema) -> Result<Option<CreateIndex>> {
    let options = row.text_map("options")?;
    let option = |name: &str| options.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let target = option("target").unwrap_or_default();
    let Ok(Statement::CreateIndex(mut create)) =
        cqlite_cql::parse_statement(&format!("CREATE INDEX ON t ({target})"))
    else {
        return Ok(None);
    };
    create.name = Some(Identifier::new(row.clustering_text(1)?));
    create.table = QualifiedName::new(schema.keyspace.as_str(), schema.name.as_str());
    if row.text("kind")?.as_deref() == Some("CUSTOM") {
        create.is_custom = true;
        create.using = option("class_name");
        let others = options.into_iter().filter(|(name, _)| name != "target" && name != "class_name");
        let others: MapLiteral = others.collect();
        create.options = (!others.entries.is_empty()).then_some(others);
    }
    Ok(Some(create))
}
