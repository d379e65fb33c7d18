//! A table while the statements of a script are executed.

use cqlite_cql::{
    AlterTableChange, ColumnDefinition, CreateIndex, CreateTable, Identifier, Order, Property, TableOption,
    TypeName, Uuid,
};

use super::script::replace_properties;
use super::type_resolver::TypeResolver;
use super::{ClusteringColumn, Column, ColumnKind, DroppedColumn, TableSchema};
use crate::error::{Error, Result};
use crate::types::CqlType;

/// A table with the names of its columns' types: what they stand for is known at the end of the script.
#[derive(Debug)]
pub(super) struct ScriptTable {
    pub(super) id: Option<Uuid>,
    pub(super) indexes: Vec<CreateIndex>,
    columns: Vec<ScriptColumn>,
    partition_key: Vec<String>,
    clustering: Vec<(String, Order)>,
    dropped: Vec<DroppedColumn>,
    options: Vec<Property>,
    is_compact: bool,
}

#[derive(Debug)]
struct ScriptColumn {
    name: String,
    type_name: TypeName,
    is_static: bool,
}

impl ScriptTable {
    pub(super) fn create(create: CreateTable) -> Result<Self> {
        let name = |of: &Identifier| of.as_str().to_owned();
        let order_of = |column: &Identifier| {
            let mut given = create.clustering_order().iter();
            given.find(|order| order.column == *column).map_or(Order::Ascending, |order| order.order)
        };
        let clustering = &create.primary_key.clustering;
        let mut table = Self {
            id: create.id(),
            indexes: Vec::new(),
            columns: create.columns.iter().map(ScriptColumn::new).collect(),
            partition_key: create.primary_key.partition.iter().map(name).collect(),
            clustering: clustering.iter().map(|column| (name(column), order_of(column))).collect(),
            dropped: Vec::new(),
            options: Vec::new(),
            is_compact: create.is_compact(),
        };
        for key in create.primary_key.partition.iter().chain(clustering) {
            let column = table.column_mut(key)?;
            if column.is_static {
                return Err(Error::invalid_input(format!("the key column {key} cannot be static")));
            }
        }
        for option in create.options {
            if let TableOption::Property(property) = option {
                table.options.push(property);
            }
        }
        Ok(table)
    }

    pub(super) fn alter(&mut self, change: AlterTableChange, types: &mut TypeResolver<'_>) -> Result<()> {
        match change {
            AlterTableChange::Add { if_not_exists, columns } => {
                for column in columns {
                    if self.columns.iter().all(|known| column.name != known.name.as_str()) {
                        self.columns.push(ScriptColumn::new(&column));
                    } else if !if_not_exists {
                        let name = column.name;
                        return Err(Error::invalid_input(format!("the column {name} is there already")));
                    }
                }
            }
            AlterTableChange::Drop { if_exists, columns, timestamp_micros } => {
                for column in columns {
                    self.drop_column(&column, if_exists, timestamp_micros, types)?;
                }
            }
            AlterTableChange::Rename { if_exists, columns } => {
                for rename in columns {
                    self.rename(&rename.from, &rename.to, if_exists)?;
                }
            }
            AlterTableChange::With(properties) => replace_properties(&mut self.options, properties),
            AlterTableChange::AlterColumn { column, type_name } => {
                self.column_mut(&column)?.type_name = type_name;
            }
            AlterTableChange::DropCompactStorage => self.is_compact = false,
            AlterTableChange::Mask { .. } => {}
        }
        Ok(())
    }

    fn column_mut(&mut self, name: &Identifier) -> Result<&mut ScriptColumn> {
        let found = self.columns.iter_mut().find(|column| *name == column.name.as_str());
        found.ok_or_else(|| Error::invalid_input(format!("there is no column {name}")))
    }

    fn is_key(&self, name: &str) -> bool {
        self.partition_key.iter().any(|key| key == name) || self.clustering.iter().any(|(key, _)| key == name)
    }

    fn drop_column(
        &mut self,
        name: &Identifier,
        if_exists: bool,
        dropped_at_micros: Option<i64>,
        types: &mut TypeResolver<'_>,
    ) -> Result<()> {
        if self.is_key(name.as_str()) {
            return Err(Error::invalid_input(format!("the key column {name} cannot be dropped")));
        }
        let Some(index) = self.columns.iter().position(|column| *name == column.name.as_str()) else {
            return match if_exists {
                true => Ok(()),
                false => Err(Error::invalid_input(format!("there is no column {name}"))),
            };
        };
        let column = self.columns.remove(index);
        let kind = if column.is_static { ColumnKind::Static } else { ColumnKind::Regular };
        let column_type = types.resolve(&column.type_name)?.with_tuples_for_user_types();
        self.dropped.retain(|dropped| dropped.name != column.name);
        self.dropped.push(DroppedColumn { name: column.name, column_type, kind, dropped_at_micros });
        Ok(())
    }

    fn rename(&mut self, from: &Identifier, to: &Identifier, if_exists: bool) -> Result<()> {
        match self.column_mut(from) {
            Ok(column) => to.as_str().clone_into(&mut column.name),
            Err(_) if if_exists => return Ok(()),
            Err(error) => return Err(error),
        }
        let clustering = self.clustering.iter_mut().map(|(key, _)| key);
        for key in self.partition_key.iter_mut().chain(clustering).filter(|key| *from == key.as_str()) {
            to.as_str().clone_into(key);
        }
        Ok(())
    }

    /// Puts the columns into `schema`.
    pub(super) fn fill(&self, schema: &mut TableSchema, types: &mut TypeResolver<'_>) -> Result<()> {
        let mut resolved = Vec::new();
        for ScriptColumn { name, type_name, is_static } in &self.columns {
            let column = Column::new(name, types.resolve(type_name).map_err(|error| of_column(error, name))?);
            if self.is_key(name) {
                resolved.push(column);
            } else {
                schema.columns_mut(*is_static).push(column);
            }
        }
        let type_of = |name: &str| resolved.iter().find(|column| column.name == name);
        schema.partition_key = self.partition_key.iter().filter_map(|name| type_of(name).cloned()).collect();
        for (name, order) in &self.clustering {
            let column_type = type_of(name).map(|column| column.column_type.without_reversed().clone());
            schema.clustering.extend(column_type.map(|column_type| ClusteringColumn {
                name: name.clone(),
                column_type,
                order: *order,
            }));
        }
        schema.id = self.id;
        schema.options.clone_from(&self.options);
        schema.indexes.clone_from(&self.indexes);
        schema.dropped_columns.clone_from(&self.dropped);
        schema.dropped_columns.sort_by(|a, b| a.name.cmp(&b.name));
        schema.is_compact = self.is_compact;
        if self.is_compact {
            add_hidden_columns(schema);
        }
        schema.sort_columns();
        Ok(())
    }
}

impl ScriptColumn {
    fn new(definition: &ColumnDefinition) -> Self {
        Self {
            name: definition.name.as_str().to_owned(),
            type_name: definition.type_name.clone(),
            is_static: definition.is_static,
        }
    }
}

/// The columns that Cassandra stores for a compact table and CQL does not show: without clustering columns all
/// cells are static ones, beside rows of a `column1` and a `value`; and there always is a value.
fn add_hidden_columns(schema: &mut TableSchema) {
    if schema.clustering.is_empty() {
        schema.static_columns.append(&mut schema.regular_columns);
        schema.clustering.push(ClusteringColumn::from_header("column1", &CqlType::Text));
        schema.regular_columns.push(Column::new("value", CqlType::Blob));
    } else if schema.regular_columns.is_empty() {
        schema.regular_columns.push(Column::new("value", CqlType::Empty));
    }
}

fn of_column(error: Error, name: &str) -> Error {
    let name = Identifier::quote_if_needed(name);
    Error::invalid_input(format!("the column {name}: {}", error.message()))
}
