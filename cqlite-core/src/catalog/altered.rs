//! Tables with other columns (`AlterTableStatement`).

use std::path::Path;

use cqlite_cql::{Identifier, QualifiedName};
use cqlite_sstable::Result;
use cqlite_sstable::schema::{
    ClusteringColumn, Column, ColumnKind, DroppedColumn, SCHEMA_KEYSPACE, SchemaRow, SchemaTable, TableKind,
    TableSchema,
};
use cqlite_sstable::types::{CqlType, UserType};

use super::Table;
use super::table_rules::{check_columns, check_counters};
use crate::query::{QueryError, QueryResult, is_value_compatible};

const MILLI_MICROS: i64 = 1000;

fn refused(message: String) -> QueryError {
    QueryError::invalid(message)
}

impl Table {
    /// The table with one more column.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] with Cassandra's own message for what it would refuse: a name that is
    /// there, a static column without clustering columns, or a type that cells of a dropped column of this name are none
    /// of.
    pub fn with_column(&self, column: Column, is_static: bool) -> Result<Self> {
        let table = self.with_new_column(column, is_static)?;
        check_columns(table.schema())?;
        check_counters(table.schema(), self.is_counter())?;
        Ok(table)
    }

    /// As [`Self::with_column`], and nothing is said of counters yet.
    pub(crate) fn with_new_column(&self, column: Column, is_static: bool) -> QueryResult<Self> {
        self.check_alterable()?;
        let mut schema = TableSchema::clone(self.schema());
        let name = column.name.as_str();
        if schema.column_names().any(|known| known == name) {
            return Err(refused(format!("Column with name '{name}' already exists")));
        }
        if schema.is_compact {
            return Err(refused("Cannot add new column to a COMPACT STORAGE table".to_owned()));
        }
        if is_static && schema.clustering.is_empty() {
            return Err(refused(
                "Static columns are only useful (and thus allowed) if the table has at least one clustering column"
                    .to_owned(),
            ));
        }
        if let Some(dropped) = schema.dropped_columns.iter().find(|dropped| dropped.name == name) {
            check_return(&schema, &column, is_static, dropped)?;
        }
        let columns = if is_static { &mut schema.static_columns } else { &mut schema.regular_columns };
        columns.push(column);
        columns.sort_by(Column::comparison_order);
        Ok(self.with_schema(schema, self.parameters().clone())?)
    }

    /// Whether its values are counters.
    pub(crate) fn is_counter(&self) -> bool {
        self.schema().is_counter()
    }

    /// How messages call it (`TableMetadata.toString`).
    pub(crate) fn quoted_name(&self) -> String {
        QualifiedName::new(self.keyspace(), self.name()).to_string()
    }

    /// The table without a column. Its cells of this time and older ones are gone, also when there is a column of its name
    /// again; `dropped_at_micros` is kept in whole milliseconds, as Cassandra does.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] with Cassandra's own message for what it would refuse: a column that is
    /// not there, is one of the key, has an index, or cells for each field of a user-defined type.
    pub fn without_column(&self, name: &str, dropped_at_micros: i64) -> Result<Self> {
        Ok(self.without_old_column(name, dropped_at_micros)?)
    }

    pub(crate) fn without_old_column(&self, name: &str, dropped_at_micros: i64) -> QueryResult<Self> {
        self.check_alterable()?;
        let mut schema = TableSchema::clone(self.schema());
        if is_key(&schema, name) {
            return Err(refused(format!("Cannot drop PRIMARY KEY column {name}")));
        }
        let place = |columns: &[Column]| columns.iter().position(|column| column.name == name);
        let (kind, column) = match (place(&schema.static_columns), place(&schema.regular_columns)) {
            (Some(index), _) => (ColumnKind::Static, schema.static_columns.remove(index)),
            (_, Some(index)) => (ColumnKind::Regular, schema.regular_columns.remove(index)),
            _ => {
                let table = self.quoted_name();
                return Err(refused(format!("Column {name} was not found in table '{table}'")));
            }
        };
        if let CqlType::User(user) = &column.column_type
            && !user.frozen
        {
            let of = column.column_type.cql_name();
            return Err(refused(format!("Cannot drop non-frozen column {name} of user type {of}")));
        }
        let dependent = self.indexes_of(name);
        if !dependent.is_empty() {
            let dependent = dependent.join(", ");
            return Err(refused(format!(
                "Cannot drop column {name} because it has dependent secondary indexes ({dependent})"
            )));
        }
        schema.dropped_columns.retain(|dropped| dropped.name != name);
        schema.dropped_columns.push(DroppedColumn {
            name: column.name,
            column_type: column.column_type.with_tuples_for_user_types(),
            kind,
            dropped_at_micros: Some(dropped_at_micros.div_euclid(MILLI_MICROS).saturating_mul(MILLI_MICROS)),
        });
        schema.dropped_columns.sort_by(|a, b| a.name.cmp(&b.name));
        let mut dropped = self.with_schema(schema, self.parameters().clone())?;
        dropped.attached.retain(|(of, row)| !is_mask_of(*of, row, name));
        Ok(dropped)
    }

    /// The table with another name for a column of its key.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] with Cassandra's own message for what it would refuse.
    pub fn with_renamed_column(&self, from: &str, to: &str) -> Result<Self> {
        Ok(self.with_other_name(from, to)?)
    }

    pub(crate) fn with_other_name(&self, from: &str, to: &str) -> QueryResult<Self> {
        self.check_alterable()?;
        let mut schema = TableSchema::clone(self.schema());
        let table = self.quoted_name();
        if self.shown_column_names().all(|name| name != from) {
            let from = Identifier::quote_if_needed(from);
            return Err(refused(format!("Undefined column name {from} in table {table}")));
        }
        if !is_key(&schema, from) {
            return Err(refused(format!("Cannot rename non PRIMARY KEY column {from}")));
        }
        if schema.column_names().any(|name| name == to) {
            return Err(refused(format!(
                "Cannot rename column {from} to {to} in table '{table}'; another column with that name already exists"
            )));
        }
        let dependent = self.indexes_of(from);
        if !dependent.is_empty() {
            let dependent = dependent.join(", ");
            return Err(refused(format!(
                "Can't rename column {from} because it has dependent secondary indexes ({dependent})"
            )));
        }
        let partition = schema.partition_key.iter_mut().map(|column| &mut column.name);
        let clustering = schema.clustering.iter_mut().map(|ClusteringColumn { name, .. }| name);
        for name in partition.chain(clustering).filter(|name| *name == from) {
            to.clone_into(name);
        }
        let mut renamed = self.with_schema(schema, self.parameters().clone())?;
        for (of, row) in &mut renamed.attached {
            if is_mask_of(*of, row, from) {
                let place = Path::new(SCHEMA_KEYSPACE).join(of.name());
                let clustering = vec![self.name().as_bytes().to_vec(), to.as_bytes().to_vec()];
                *row = SchemaRow::new(&place, clustering, row.cells().clone());
            }
        }
        Ok(renamed)
    }

    /// The names of the columns that statements know: of a table with compact storage not all.
    pub(crate) fn shown_column_names(&self) -> impl Iterator<Item = &str> {
        let schema = self.schema();
        let hides = schema.is_compact && !schema.static_columns.is_empty();
        let is_hidden = move |name: &str| {
            hides
                && (schema.clustering.iter().any(|column| column.name == name)
                    || schema.regular_columns.iter().any(|column| column.name == name))
        };
        let is_empty = |name: &str| {
            schema.is_compact
                && schema
                    .regular_columns
                    .iter()
                    .any(|column| column.name == name && column.column_type == CqlType::Empty)
        };
        schema.column_names().filter(move |name| !is_hidden(name) && !is_empty(name))
    }

    /// The table with this definition of a user-defined type in all of its columns.
    pub(super) fn with_user_type(&self, changed: &UserType) -> Result<Self> {
        let mut schema = TableSchema::clone(self.schema());
        let partition = schema.partition_key.iter_mut().map(|column| &mut column.column_type);
        let clustering = schema.clustering.iter_mut().map(|column| &mut column.column_type);
        let columns = schema.static_columns.iter_mut().chain(&mut schema.regular_columns);
        for of in partition.chain(clustering).chain(columns.map(|column| &mut column.column_type)) {
            *of = of.with_user_type(changed)?;
        }
        for of in &mut schema.user_types {
            change_type(of, changed)?;
        }
        self.with_schema(schema, self.parameters().clone())
    }

    fn check_alterable(&self) -> QueryResult<()> {
        match self.schema().kind {
            TableKind::Table => Ok(()),
            _ => Err(refused(
                "Cannot use ALTER TABLE on a materialized view; use ALTER MATERIALIZED VIEW instead"
                    .to_owned(),
            )),
        }
    }

    /// The names of the indexes whose target is this column.
    fn indexes_of(&self, column: &str) -> Vec<String> {
        let dependent = self.indexes().into_iter().filter(|index| index.is_on(column));
        dependent.map(|index| index.name).collect()
    }
}

/// Whether it is the mask of a column.
fn is_mask_of(of: SchemaTable, row: &SchemaRow, column: &str) -> bool {
    of == SchemaTable::ColumnMasks && row.clustering_text(1).is_ok_and(|name| name == column)
}

/// Puts the new fields into the type, if it is the changed one, and into the types of its fields.
pub(super) fn change_type(of: &mut UserType, changed: &UserType) -> Result<()> {
    if of.name == changed.name {
        of.fields.clone_from(&changed.fields);
        return Ok(());
    }
    for field in &mut of.fields {
        field.field_type = field.field_type.with_user_type(changed)?;
    }
    Ok(())
}

fn is_key(schema: &TableSchema, name: &str) -> bool {
    schema.partition_key.iter().any(|column| column.name == name)
        || schema.clustering.iter().any(|column| column.name == name)
}

/// Checks a column that comes back.
fn check_return(
    schema: &TableSchema,
    column: &Column,
    is_static: bool,
    dropped: &DroppedColumn,
) -> QueryResult<()> {
    let Column { name, column_type } = column;
    if !is_compatible(column_type, &dropped.column_type) {
        let (of, was) = (column_type.cql_name(), dropped.column_type.cql_name());
        return Err(refused(format!(
            "Cannot add a column '{name}' of type {of}, incompatible with previously dropped column '{name}' of type {was}"
        )));
    }
    let kind = |is_static: bool| if is_static { "STATIC" } else { "REGULAR" };
    let was_static = dropped.kind == ColumnKind::Static;
    if was_static != is_static {
        let (is, was) = (kind(is_static), kind(was_static));
        return Err(refused(format!(
            "Cannot re-add previously dropped column '{name}' of kind {is}, incompatible with previous kind {was}"
        )));
    }
    if schema.is_counter() {
        return Err(refused(format!("Cannot re-add previously dropped counter column {name}")));
    }
    Ok(())
}

/// Whether values of a type that was are values of the one that is to be, and laid out as these
/// (`AbstractType.isSerializationCompatibleWith`).
fn is_compatible(of: &CqlType, was: &CqlType) -> bool {
    let is_grouped = |of: &CqlType| {
        matches!(of, CqlType::List { .. } | CqlType::Set { .. } | CqlType::Map { .. } | CqlType::User(_))
    };
    if *of == CqlType::Blob && is_grouped(was) {
        return false;
    }
    let is_alike = is_value_compatible(of, was)
        && of.fixed_length() == was.fixed_length()
        && of.is_multi_cell() == was.is_multi_cell();
    is_alike
        && match (value_type(of), value_type(was)) {
            (Some(of), Some(was)) => is_compatible(of, was),
            _ => true,
        }
}

/// The type of the values of a collection.
fn value_type(of: &CqlType) -> Option<&CqlType> {
    match of {
        CqlType::List { element: value, .. } | CqlType::Map { value, .. } => Some(value),
        _ => None,
    }
}
