//! Materialized views as Cassandra describes them (`ViewMetadata.appendCqlTo`).

use cqlite_cql::{Identifier, QualifiedName, Statement};
use cqlite_sstable::schema::{SchemaTable, describe_table};

use crate::catalog::Table;
use crate::query::{QueryError, QueryResult};

/// The options of tables that views do not have.
const WITHOUT: &str = "default_time_to_live";

/// The statement that makes the view.
pub(super) fn describe(view: &Table, with_internals: bool) -> QueryResult<String> {
    let missing = || QueryError::unsupported(format!("the view {} is not understood", view.quoted_name()));
    let row = view.attached_rows(SchemaTable::Views).next().ok_or_else(missing)?;
    let base = row.text("base_table_name")?.ok_or_else(missing)?;
    let where_clause = row.text("where_clause")?.unwrap_or_default();
    let mut statements = describe_table(view.schema(), false).into_iter();
    let Some(Statement::CreateTable(mut create)) = statements.next() else { return Err(missing()) };
    if with_internals {
        create.options.insert(0, cqlite_cql::TableOption::Id(view.id().0));
    }
    let columns: Vec<String> = create.columns.iter().map(|column| column.name.to_string()).collect();
    let columns = match row.boolean("include_all_columns")? {
        Some(true) => "*".to_owned(),
        _ => columns.join(", "),
    };
    let options = create.options.iter().map(ToString::to_string);
    let options: Vec<String> = options.filter(|option| !option.starts_with(WITHOUT)).collect();
    Ok(format!(
        "CREATE MATERIALIZED VIEW {} AS\n    SELECT {columns}\n    FROM {}\n    WHERE {where_clause}\n    {}\n WITH {};",
        QualifiedName::new(view.keyspace(), view.name()),
        QualifiedName { keyspace: Some(Identifier::new(view.keyspace())), name: Identifier::new(base) },
        create.primary_key,
        options.join("\n    AND ")
    ))
}
