//! Tables with other columns (`AlterTableStatement`).

use cqlite_cql::Identifier;
use cqlite_sstable::schema::{
    ClusteringColumn, Column, ColumnKind, DroppedColumn, SchemaTable, TableKind, TableSchema,
};
use cqlite_sstable::types::{CqlType, UserType};
use cqlite_sstable::{Error, Result};

use super::Table;
use super::table_rules::check_columns;

const MILLI_MICROS: i64 = 1000;

fn refused(message: String) -> Error {
    Error::invalid_input(message)
}

impl Table {
    /// The table with one more column.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] with Cassandra's own message for what it would refuse: a name that is
    /// there, a static column without clustering columns, or a type that cells of a dropped column of this name are none
    /// of.
    pub fn with_column(&self, column: Column, is_static: bool) -> Result<Self> {
        self.check_alterable()?;
        let mut schema = TableSchema::clone(self.schema());
        let name = column.name.as_str();
        if schema.column_names().any(|known| known == name) {
            return Err(refused(format!("Column with name '{name}' already exists")));
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
        check_columns(&schema)?;
        self.with_schema(schema, self.parameters().clone())
    }

    /// The table without a column. Its cells of this time and older ones are gone, also when there is a column of its name
    /// again; `dropped_at_micros` is kept in whole milliseconds, as Cassandra does.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] with Cassandra's own message for what it would refuse: a column that is
    /// not there, is one of the key, has an index, or cells for each field of a user-defined type.
    pub fn without_column(&self, name: &str, dropped_at_micros: i64) -> Result<Self> {
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
                let table = format!("{}.{}", self.keyspace(), self.name());
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
        self.with_schema(schema, self.parameters().clone())
    }

    /// The table with another name for a column of its key.
    ///
    /// # Errors
    /// [`cqlite_sstable::ErrorKind::InvalidInput`] with Cassandra's own message for what it would refuse.
    pub fn with_renamed_column(&self, from: &str, to: &str) -> Result<Self> {
        self.check_alterable()?;
        let mut schema = TableSchema::clone(self.schema());
        let table = format!("{}.{}", self.keyspace(), self.name());
        if schema.column_names().all(|name| name != from) {
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
        if self.attached_names(SchemaTable::ColumnMasks).iter().any(|name| name == from) {
            return Err(Error::unsupported(format!("the column {from} is masked, and cannot be renamed")));
        }
        let partition = schema.partition_key.iter_mut().map(|column| &mut column.name);
        let clustering = schema.clustering.iter_mut().map(|ClusteringColumn { name, .. }| name);
        for name in partition.chain(clustering).filter(|name| *name == from) {
            to.clone_into(name);
        }
        self.with_schema(schema, self.parameters().clone())
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

    fn check_alterable(&self) -> Result<()> {
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
        let quoted = Identifier::quote_if_needed(column);
        let of_column = |target: &str| {
            let inside = target.split_once('(').map_or(target, |(_, rest)| rest.trim_end_matches(')'));
            inside == quoted || inside == column
        };
        let indexes = self.attached().iter().filter(|(of, _)| *of == SchemaTable::Indexes);
        let dependent = indexes.filter(|(_, row)| {
            let options = row.text_map("options").unwrap_or_default();
            options.iter().any(|(name, target)| name == "target" && of_column(target))
        });
        dependent.filter_map(|(_, row)| row.clustering_text(1).ok()).collect()
    }
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
) -> Result<()> {
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

/// Whether values of a type that was are values of the one that is to be (`AbstractType.isSerializationCompatibleWith`).
fn is_compatible(of: &CqlType, was: &CqlType) -> bool {
    if of.is_multi_cell() != was.is_multi_cell() {
        return false;
    }
    match (of, was) {
        (CqlType::Blob, was) => *was != CqlType::Counter,
        (CqlType::Text, CqlType::Ascii)
        | (CqlType::Varint, CqlType::Int | CqlType::BigInt)
        | (CqlType::BigInt, CqlType::Timestamp)
        | (CqlType::Uuid, CqlType::TimeUuid) => true,
        _ => of.with_tuples_for_user_types() == was.with_tuples_for_user_types(),
    }
}
