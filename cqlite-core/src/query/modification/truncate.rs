//! `TRUNCATE`

use cqlite_cql::query::TruncateStatement;

use crate::catalog::Schema;
use crate::database::Database;
use crate::query::{QueryError, QueryResult, find_table};

/// Empties a table (`cql3.statements.TruncateStatement`).
///
/// # Errors
/// If there is no such table, it is a view, or it cannot be emptied.
pub(crate) fn truncate(
    raw: &TruncateStatement,
    schema: &Schema,
    in_use: Option<&str>,
    db: &Database,
) -> QueryResult<()> {
    let table = find_table(schema, &raw.table, in_use)?;
    if table.is_view() {
        let told = "Cannot TRUNCATE materialized view directly; must truncate base table instead";
        return Err(QueryError::invalid(told));
    }
    Ok(db.truncate(table.id())?)
}
