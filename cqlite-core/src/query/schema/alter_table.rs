//! `ALTER TABLE` and `DROP TABLE`.

use cqlite_cql::{
    AlterTable, AlterTableChange, ColumnDefinition, ColumnMask, Identifier, Property, QualifiedName, Rename,
};
use cqlite_sstable::schema::{Column, TableSchema};

use super::super::{QueryError, QueryResult};
use super::create_table::{is_nested, table_id};
use super::masks::{MaskedColumn, type_of};
use super::raw_type::prepare_type;
use super::{Applied, ChangeKind, SchemaChange, altered, nothing};
use crate::catalog::{Keyspace, Schema, Table, TableParameters, check_counters, hash_order, identifier_hash};

/// `AlterTableStatement`
pub(super) fn apply(
    alter: &AlterTable,
    schema: &Schema,
    keyspace: Option<&Keyspace>,
    keyspace_name: &str,
    drop_timestamp: &dyn Fn() -> i64,
) -> Applied {
    let name = alter.name.name.as_str();
    let change = SchemaChange::of_table(ChangeKind::Updated, keyspace_name, name);
    let known = keyspace.and_then(|keyspace| Some((keyspace, keyspace.table(name)?)));
    let Some((keyspace, table)) = known else {
        return if alter.if_exists { nothing(change) } else { Err(no_table(keyspace_name, name)) };
    };
    if table.is_view() {
        return Err(QueryError::invalid(
            "Cannot use ALTER TABLE on a materialized view; use ALTER MATERIALIZED VIEW instead",
        ));
    }
    let after = match &alter.change {
        AlterTableChange::AlterColumn { .. } => {
            Err(QueryError::invalid("Altering column types is no longer supported"))
        }
        AlterTableChange::Add { if_not_exists, columns } => {
            add(schema, keyspace, table, columns, *if_not_exists)
        }
        AlterTableChange::Drop { if_exists, columns, timestamp_micros } => {
            let at = timestamp_micros.map_or_else(drop_timestamp, |timestamp| timestamp);
            drop_columns(keyspace, table, columns, *if_exists, at)
        }
        AlterTableChange::Rename { columns, .. } => rename(table, columns),
        AlterTableChange::With(options) => with_options(keyspace, table, options),
        AlterTableChange::Mask { if_exists, column, mask } => {
            with_mask(schema, table, column, mask.as_ref(), *if_exists)
        }
        AlterTableChange::DropCompactStorage => without_compact_storage(table),
    }?;
    if !table.is_same(&after) && schema.system().get(table.id()).is_some() {
        return Err(QueryError::invalid(format!("{} cannot be changed", table.quoted_name())));
    }
    match table.is_same(&after) {
        true => nothing(change),
        false => altered(keyspace, keyspace.with_altered_table(after)?, change),
    }
}

fn add(
    schema: &Schema,
    keyspace: &Keyspace,
    table: &Table,
    columns: &[ColumnDefinition],
    if_not_exists: bool,
) -> QueryResult<Table> {
    let mut after = table.clone();
    for ColumnDefinition { name, type_name, is_static, mask } in columns {
        let of = prepare_type(keyspace, type_name)?;
        let name = name.as_str();
        let column = MaskedColumn { schema, keyspace: keyspace.name(), table: table.name(), name, of: &of };
        let mask = mask.as_ref().map(|mask| column.prepare(mask)).transpose()?;
        if after.schema().column_names().any(|known| known == name) {
            if if_not_exists {
                continue;
            }
            return Err(QueryError::invalid(format!("Column with name '{name}' already exists")));
        }
        let has_no_rows = *is_static && table.schema().clustering.is_empty();
        if !has_no_rows && !table.schema().is_compact && is_nested(keyspace, &of) {
            return Err(QueryError::invalid(format!(
                "Non-frozen UDTs with nested non-frozen collections are not supported for column {name}"
            )));
        }
        after = after.with_new_column(Column::new(name, of.clone()), *is_static)?;
        if mask.is_some() {
            after = after.with_mask(name, mask.as_ref())?;
        }
    }
    check_counters(after.schema(), table.is_counter())?;
    Ok(after)
}

fn drop_columns(
    keyspace: &Keyspace,
    table: &Table,
    columns: &[Identifier],
    if_exists: bool,
    at_micros: i64,
) -> QueryResult<Table> {
    let mut after = table.clone();
    let first =
        |(place, column): &(usize, &Identifier)| !columns.iter().take(*place).any(|one| one == *column);
    let named = columns.iter().enumerate().filter(first).map(|(_, column)| column);
    for column in hash_order(named, |column| identifier_hash(column.as_str())) {
        let name = column.as_str();
        if if_exists && after.schema().column_names().all(|known| known != name) {
            continue;
        }
        let dropped = after.without_old_column(name, at_micros)?;
        if !keyspace.views_of(table.name()).is_empty() {
            let table = table.name();
            return Err(QueryError::invalid(format!(
                "Cannot drop column {name} on base table {table} with materialized views"
            )));
        }
        after = dropped;
    }
    Ok(after)
}

/// A column that is not there is refused whether `IF EXISTS` is given or not, as Cassandra does.
fn rename(table: &Table, renames: &[Rename]) -> QueryResult<Table> {
    let mut after = table.clone();
    let last = |index: usize, rename: &Rename| {
        renames.iter().skip(index.saturating_add(1)).all(|other| other.from != rename.from)
    };
    let counting = renames.iter().enumerate().filter(|(index, rename)| last(*index, rename));
    for (_, rename) in hash_order(counting, |(_, rename)| identifier_hash(rename.from.as_str())) {
        let (from, to) = (rename.from.as_str(), rename.to.as_str());
        // Names are looked up in the table as it was.
        table.with_other_name(from, to)?;
        after = after.with_other_name(from, to)?;
    }
    Ok(after)
}

fn with_options(keyspace: &Keyspace, table: &Table, options: &[Property]) -> QueryResult<Table> {
    TableParameters::check_names(options)?;
    TableParameters::default().with_options(options, true)?.check()?;
    if let Some(id) = options.iter().find(|option| option.name.as_str() == "id") {
        table_id(&id.value)?;
        return Err(QueryError::configuration("Cannot alter table id."));
    }
    let parameters = table.parameters().clone().with_options(options, false)?;
    if table.is_counter() && parameters.default_time_to_live_seconds > 0 {
        return Err(QueryError::invalid("Cannot set default_time_to_live on a table with counters"));
    }
    if parameters.gc_grace_seconds == 0 && !keyspace.views_of(table.name()).is_empty() {
        return Err(QueryError::invalid(
            "Cannot alter gc_grace_seconds of the base table of a materialized view to 0, since this value is used to TTL \
             undelivered updates. Setting gc_grace_seconds too low might cause undelivered updates to expire before being \
             replayed.",
        ));
    }
    // Whether what changes goes with what stays is not looked at, as by Cassandra.
    Ok(table.with_schema(TableSchema::clone(table.schema()), parameters)?)
}

fn with_mask(
    schema: &Schema,
    table: &Table,
    column: &Identifier,
    mask: Option<&ColumnMask>,
    if_exists: bool,
) -> QueryResult<Table> {
    let name = column.as_str();
    let Some(of) = type_of(table.schema(), name) else {
        return match if_exists {
            true => Ok(table.clone()),
            false => Err(QueryError::invalid(format!(
                "Column with name '{name}' doesn't exist on table '{}'",
                table.name()
            ))),
        };
    };
    let column = MaskedColumn { schema, keyspace: table.keyspace(), table: table.name(), name, of: &of };
    let mask = mask.map(|mask| column.prepare(mask)).transpose()?;
    Ok(table.with_mask(name, mask.as_ref())?)
}

fn without_compact_storage(table: &Table) -> QueryResult<Table> {
    if !table.schema().is_compact {
        return Err(QueryError::invalid("Cannot DROP COMPACT STORAGE on table without COMPACT STORAGE"));
    }
    let schema = TableSchema { is_compact: false, ..TableSchema::clone(table.schema()) };
    Ok(table.with_schema(schema, table.parameters().clone())?)
}

/// `DropTableStatement`
pub(super) fn drop_table(
    name: &QualifiedName,
    if_exists: bool,
    keyspace: Option<&Keyspace>,
    keyspace_name: &str,
) -> Applied {
    let name = name.name.as_str();
    let change = SchemaChange::of_table(ChangeKind::Dropped, keyspace_name, name);
    match keyspace.filter(|keyspace| keyspace.table(name).is_some()) {
        Some(keyspace) => {
            if !keyspace.views_of(name).is_empty() {
                // Cassandra tells the keyspace in the place of the views.
                return Err(QueryError::invalid(format!(
                    "Cannot drop a table when materialized views still depend on it ({keyspace_name})"
                )));
            }
            altered(keyspace, keyspace.without_table(name)?, change)
        }
        None if if_exists => nothing(change),
        None => Err(no_table(keyspace_name, name)),
    }
}

fn no_table(keyspace: &str, name: &str) -> QueryError {
    QueryError::invalid(format!("Table '{keyspace}.{name}' doesn't exist"))
}
