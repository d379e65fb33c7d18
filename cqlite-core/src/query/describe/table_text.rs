//! Tables as Cassandra describes them (`TableMetadata.appendCqlTo`).

use std::fmt::Write as _;

use cqlite_cql::{ColumnDefinition, ColumnMask, CreateTable, QualifiedName, Statement};
use cqlite_sstable::schema::{TableSchema, describe_table};

use crate::catalog::{Table, copied_hash_order, identifier_hash};

/// The statement that makes the table; with internals also those that drop what was dropped.
pub(super) fn describe(table: &Table, with_internals: bool) -> String {
    let mut schema = TableSchema::clone(table.schema());
    // What was dropped is in the order of a hash table.
    schema.dropped_columns = copied_hash_order(std::mem::take(&mut schema.dropped_columns), |dropped| {
        identifier_hash(&dropped.name)
    });
    let mut statements = describe_table(&schema, with_internals);
    for statement in &mut statements {
        match statement {
            Statement::CreateTable(create) => mask(&mut create.columns, table),
            Statement::AlterTable(alter) => {
                if let cqlite_cql::AlterTableChange::Add { columns, .. } = &mut alter.change {
                    mask(columns, table);
                }
            }
            _ => {}
        }
    }
    let mut text = String::new();
    for statement in &statements {
        let separator = if text.is_empty() { "" } else { "\n" };
        let _ = match statement {
            Statement::CreateTable(create) if table.schema().is_compact => {
                write!(text, "{separator}{}", compact_text(create, table.schema()))
            }
            other => write!(text, "{separator}{other}"),
        };
    }
    match table.schema().is_compact {
        true => commented(&text, table),
        false => text,
    }
}

fn mask(columns: &mut [ColumnDefinition], table: &Table) {
    for (name, function, arguments) in table.masks() {
        let Some((keyspace, function)) = function.split_once('.') else { continue };
        for column in columns.iter_mut().filter(|column| column.name == *name) {
            let function = QualifiedName::new(keyspace, function);
            column.mask = Some(ColumnMask { function, arguments: arguments.clone() });
        }
    }
}

/// The columns of a table with compact storage that statements know, and its key without the clustering column that none
/// knows.
fn compact_text(create: &CreateTable, schema: &TableSchema) -> String {
    let mut create = create.clone();
    let is_static = !schema.static_columns.is_empty();
    let hidden = schema.clustering.first().map(|column| column.name.as_str()).filter(|_| is_static);
    let is_value = |name: &str| {
        let mut values = schema.regular_columns.iter();
        values.any(|column| {
            column.name == name && (is_static || column.column_type == cqlite_sstable::types::CqlType::Empty)
        })
    };
    create.columns.retain(|column| {
        let name = column.name.as_str();
        hidden != Some(name) && !is_value(name)
    });
    create.columns.iter_mut().for_each(|column| column.is_static = false);
    let text = create.to_string();
    match hidden {
        Some(name) => text.replacen(&format!(", {})\n)", cqlite_cql::Identifier::new(name)), ")\n)", 1),
        None => text,
    }
}

/// Cassandra does not want it executed.
fn commented(text: &str, table: &Table) -> String {
    format!(
        "/*\nWarning: Table {} omitted because it has constructs not compatible with CQL (was created via legacy API).\n\
         Approximate structure, for reference:\n(this should not be used to reproduce this schema)\n\n{text}\n*/",
        table.quoted_name()
    )
}
