//! Tables with `COMPACT STORAGE`.

use std::collections::{BTreeMap, BTreeSet};

use cqlite_cql::{Order, PrimaryKey};
use cqlite_sstable::schema::{ClusteringColumn, Column, TableSchema};
use cqlite_sstable::types::CqlType;

use super::super::{QueryError, QueryResult};

/// Refuses what such a table cannot have (`CreateTableStatement.validateCompactTable`). `values` are the columns that are
/// none of the key.
pub(super) fn check(
    key: &PrimaryKey,
    values: &BTreeMap<String, CqlType>,
    statics: &BTreeSet<&str>,
) -> QueryResult<()> {
    let refused = |message: &str| Err(QueryError::invalid(message));
    if values.values().any(CqlType::is_multi_cell) {
        return refused("Non-frozen collections and UDTs are not supported with COMPACT STORAGE");
    }
    if !statics.is_empty() {
        return refused("Static columns are not supported in COMPACT STORAGE tables");
    }
    if key.clustering.is_empty() {
        return match values.is_empty() {
            true => refused("No definition found that is not part of the PRIMARY KEY"),
            false => Ok(()),
        };
    }
    if values.len() > 1 {
        let names: Vec<&str> = values.keys().map(String::as_str).collect();
        return Err(QueryError::invalid(format!(
            "COMPACT STORAGE with composite PRIMARY KEY allows no more than one column not part of the PRIMARY KEY (got: {})",
            names.join(", ")
        )));
    }
    Ok(())
}

/// Puts in the columns that are stored and that statements do not know (`CreateTableStatement.fixupCompactTable`): without
/// clustering columns all cells are static ones, beside rows that old clients may have made; and there always is a value.
pub(super) fn complete(schema: &mut TableSchema, is_counter: bool) {
    if schema.clustering.is_empty() {
        schema.static_columns.append(&mut schema.regular_columns);
        let name = free_name(schema, |number| format!("column{number}"), 1);
        schema.clustering.push(ClusteringColumn {
            name,
            column_type: CqlType::Text,
            order: Order::Ascending,
        });
        let of = if is_counter { CqlType::Counter } else { CqlType::Blob };
        schema.regular_columns.push(Column::new(value_name(schema), of));
    } else if schema.regular_columns.is_empty() {
        schema.regular_columns.push(Column::new(value_name(schema), CqlType::Empty));
    }
}

fn value_name(schema: &TableSchema) -> String {
    let name = |number: usize| if number == 0 { "value".to_owned() } else { format!("value{number}") };
    free_name(schema, name, 0)
}

fn free_name(schema: &TableSchema, name: impl Fn(usize) -> String, first: usize) -> String {
    let is_free = |candidate: &String| schema.column_names().all(|known| known != candidate);
    let mut names = (first..).map(name);
    names.find(is_free).unwrap_or_default()
}
