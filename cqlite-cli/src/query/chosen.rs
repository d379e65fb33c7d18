//! The table that is meant.

use cqlite_core::query::{QueryError, QueryResult, Session};
use cqlite_cql::{Identifier, QualifiedName};

use super::opened::{Opened, title};

/// So many tables are named where none is meant.
const SHOWN_TABLES: usize = 10;

/// Uses the keyspace of a table that is named without one, where there is one table of its name.
///
/// # Errors
/// If there are several, or none.
pub fn use_keyspace_of(table: &QualifiedName, opened: &Opened, session: &mut Session<'_>) -> QueryResult<()> {
    let is_it = |known: &&QualifiedName| {
        known.name == table.name && (table.keyspace.is_none() || known.keyspace == table.keyspace)
    };
    let found: Vec<&QualifiedName> = opened.tables.iter().filter(is_it).collect();
    match found.as_slice() {
        [one] => {
            let keyspace = one.keyspace.as_ref().map_or("", Identifier::as_str);
            session.execute(&format!("USE {}", Identifier::new(keyspace)), &[])?;
            Ok(())
        }
        // Those of the system itself are known without being listed.
        [] if table.keyspace.as_ref().is_some_and(|keyspace| keyspace.as_str().starts_with("system")) => {
            Ok(())
        }
        [] => Err(unknown(table, &opened.left_out)),
        several => {
            let names: Vec<String> = several.iter().map(ToString::to_string).collect();
            let message = format!("there are several tables of this name: {}", names.join(", "));
            Err(QueryError::invalid(message))
        }
    }
}

fn unknown(table: &QualifiedName, known: &[String]) -> QueryError {
    let message = match known {
        [] => format!("there is no table {table} here"),
        names if names.len() <= SHOWN_TABLES => {
            format!("there is no table {table} here; there is {}", names.join(", "))
        }
        names => format!("there is no table {table} here, but {} others", names.len()),
    };
    // Without a keyspace in front, names are compared without theirs.
    let named = known.iter().filter_map(|known| match &table.keyspace {
        Some(_) => Some(known.as_str()),
        None => known.split_once('.').map(|(_, name)| name),
    });
    QueryError::invalid(message).suggest(&title(table), named)
}
