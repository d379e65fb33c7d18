//! What the rows of `system_schema` say.

use std::collections::BTreeSet;
use std::path::PathBuf;

use cqlite_cql::{CreateIndex, Identifier, MapLiteral, Order, QualifiedName, Statement, Uuid};

use super::options::{keyspace_options, table_options};
use super::{SchemaRow, SchemaTable};
use crate::error::{Error, Result};
use crate::schema::column::name_text;
use crate::schema::type_resolver::{TypeDefinitions, TypeResolver, parse_type};
use crate::schema::user_types::needed_types;
use crate::schema::{ClusteringColumn, Column, ColumnKind, DroppedColumn, TableKind, TableSchema};
use crate::types::{CqlType, UserType};

/// Where live rows come from.
pub(super) trait KeyspaceRows {
    /// Those of a keyspace, of one table, type or view in it if it is named.
    fn rows(&self, of: SchemaTable, keyspace: &str, name: Option<&str>) -> Result<Vec<SchemaRow>>;

    /// How messages call a table.
    fn place(&self, of: SchemaTable) -> PathBuf;
}

/// Reads tables and types out of rows.
pub(super) struct Definitions<'a, R: KeyspaceRows>(pub(super) &'a R);

impl<R: KeyspaceRows> Definitions<'_, R> {
    pub(super) fn table_id(&self, keyspace: &str, name: &str) -> Result<Option<Uuid>> {
        match self.definition(keyspace, name)? {
            Some((row, _)) => row.uuid("id"),
            None => Ok(None),
        }
    }

    /// A table or view, if there is one of this name. `definitions` are the types of the keyspace.
    pub(super) fn table(
        &self,
        keyspace: &str,
        name: &str,
        definitions: &TypeDefinitions,
    ) -> Result<Option<TableSchema>> {
        let Some((definition, kind)) = self.definition(keyspace, name)? else { return Ok(None) };
        let mut schema = TableSchema::empty(keyspace, name);
        schema.kind = kind;
        schema.id = definition.uuid("id")?;
        schema.options = table_options(&definition)?;
        schema.is_compact = kind == TableKind::Table && is_compact(&definition)?;
        if let Some(row) = self.0.rows(SchemaTable::Keyspaces, keyspace, None)?.first() {
            schema.keyspace_options = keyspace_options(row)?;
        }
        let mut types = TypeResolver::new(keyspace, definitions);
        self.add_columns(&mut schema, &mut types)?;
        schema.enforces_strict_liveness =
            kind == TableKind::View && self.has_base_value_in_key(&definition, &schema)?;
        self.add_dropped_columns(&mut schema, &mut types)?;
        for row in self.0.rows(SchemaTable::Indexes, keyspace, Some(name))? {
            schema.indexes.extend(index(&row, &schema)?);
        }
        schema.find_user_types(&mut types)?;
        Ok(Some(schema))
    }

    /// The types of a keyspace as declared.
    pub(super) fn types(&self, keyspace: &str) -> Result<TypeDefinitions> {
        let mut types = TypeDefinitions::new();
        for row in self.0.rows(SchemaTable::Types, keyspace, None)? {
            let names = row.text_list("field_names")?;
            let of = row.text_list("field_types")?;
            let of = of.iter().map(|text| parse_type(text)).collect::<Result<Vec<_>>>();
            let of = of.map_err(|error| row.locate(error))?;
            if names.len() != of.len() {
                return Err(row.broken("field_types", "has not as many elements as field_names"));
            }
            types.insert(row.clustering_text(0)?, names.into_iter().zip(of).collect());
        }
        Ok(types)
    }

    /// The types of a keyspace, each behind those that it needs itself.
    pub(super) fn user_types(&self, keyspace: &str) -> Result<Vec<UserType>> {
        let definitions = self.types(keyspace)?;
        let mut types = TypeResolver::new(keyspace, &definitions);
        let declared = definitions.keys().map(|name| types.definition(name)).collect::<Result<Vec<_>>>();
        let declared = declared.map_err(|error| error.at(self.0.place(SchemaTable::Types)))?;
        let fields = declared.iter().flat_map(|of| &of.fields).map(|field| &field.field_type);
        let mut order: Vec<String> = needed_types(fields).into_iter().map(|of| of.name).collect();
        order.extend(declared.iter().map(|of| of.name.clone()));
        let mut seen = BTreeSet::new();
        order.retain(|name| seen.insert(name.clone()));
        order.iter().map(|name| types.definition(name)).collect()
    }

    /// The row of the table or view.
    fn definition(&self, keyspace: &str, name: &str) -> Result<Option<(SchemaRow, TableKind)>> {
        for (table, kind) in [(SchemaTable::Tables, TableKind::Table), (SchemaTable::Views, TableKind::View)]
        {
            if let Some(row) = self.0.rows(table, keyspace, Some(name))?.pop() {
                return Ok(Some((row, kind)));
            }
        }
        Ok(None)
    }

    fn add_columns(&self, schema: &mut TableSchema, types: &mut TypeResolver<'_>) -> Result<()> {
        let mut keys = Vec::new();
        for row in self.0.rows(SchemaTable::Columns, &schema.keyspace, Some(&schema.name))? {
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
        for (kind, position, order, column) in keys {
            let Column { name, column_type } = column;
            let before = match kind {
                ColumnKind::PartitionKey => schema.partition_key.len(),
                _ => schema.clustering.len(),
            };
            if usize::try_from(position) != Ok(before) {
                let told = format!("has the position {position} in its key, where {before} was to come");
                return Err(self.no_table(schema, &format!("the column {name} of the table"), &told));
            }
            match kind {
                ColumnKind::PartitionKey => schema.partition_key.push(Column { name, column_type }),
                _ => schema.clustering.push(ClusteringColumn { name, column_type, order }),
            }
        }
        if schema.partition_key.is_empty() {
            return Err(self.no_table(schema, "the table", "has no partition key"));
        }
        schema.sort_columns();
        Ok(())
    }

    fn no_table(&self, schema: &TableSchema, what: &str, told: &str) -> Error {
        let name = QualifiedName::new(schema.keyspace.as_str(), schema.name.as_str());
        Error::corrupt(format!("{what} {name} {told}")).at(self.0.place(SchemaTable::Columns))
    }

    /// Whether the key of a view has a column that is a value in its base table (`View.baseNonPKColumnsInViewPK`). If the
    /// base table is not known, it is taken to have none: rows are kept then.
    fn has_base_value_in_key(&self, definition: &SchemaRow, view: &TableSchema) -> Result<bool> {
        let Some(base) = definition.text("base_table_name")? else { return Ok(false) };
        let mut values = BTreeSet::new();
        for row in self.0.rows(SchemaTable::Columns, &view.keyspace, Some(&base))? {
            if row.text("kind")?.as_deref() == Some("regular") {
                values.insert(row.clustering_text(1)?);
            }
        }
        let clustering = view.clustering.iter().map(|column| &column.name);
        let mut key = view.partition_key.iter().map(|column| &column.name).chain(clustering);
        Ok(key.any(|name| values.contains(name)))
    }

    fn add_dropped_columns(&self, schema: &mut TableSchema, types: &mut TypeResolver<'_>) -> Result<()> {
        for row in self.0.rows(SchemaTable::DroppedColumns, &schema.keyspace, Some(&schema.name))? {
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
