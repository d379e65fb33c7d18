//! What a node has in the tables that the steps make.

use std::collections::BTreeMap;

use cqlite_tests::cassandra::{Connection, CqlError};

use super::state::{KEYSPACE, State, TableState};

/// The tables of the keyspace with their columns by name; none as long as there is no keyspace.
pub type Columns = Option<BTreeMap<String, Vec<String>>>;

type Texts = Vec<Vec<Option<String>>>;

/// All that it shows, by the schema that it works with.
pub fn shown(connection: &mut Connection) -> Result<State, CqlError> {
    if names(connection, "KEYSPACES")?.is_empty() {
        return Ok(None);
    }
    let mut tables = BTreeMap::new();
    for name in names(connection, "TABLES")? {
        let (columns, found) = texts(connection, &format!("SELECT * FROM {KEYSPACE}.{name}"))?;
        let rows = found.into_iter().map(|row| (row[0].clone().unwrap(), row[1..].to_vec())).collect();
        tables.insert(name, TableState { columns: columns[1..].to_vec(), rows });
    }
    Ok(Some(tables))
}

/// The schema that a node works with when it has this state.
pub fn columns_of(state: &State) -> Columns {
    let columns = |(name, table): (&String, &TableState)| (name.clone(), table.columns.clone());
    state.as_ref().map(|tables| tables.iter().map(columns).collect())
}

/// The schema that it has stored. It reads that when it starts, and the commit log only then: what the log alone has of a
/// schema, a node works with from its next start on.
pub fn stored(connection: &mut Connection) -> Result<Columns, CqlError> {
    let mut of_schema = |what: &str| {
        let statement = format!("SELECT {what} WHERE keyspace_name = '{KEYSPACE}'");
        texts(connection, &statement).map(|(_, rows)| rows)
    };
    if of_schema("keyspace_name FROM system_schema.keyspaces")?.is_empty() {
        return Ok(None);
    }
    let tables = of_schema("table_name FROM system_schema.tables")?;
    let mut stored: BTreeMap<String, Vec<String>> =
        tables.into_iter().map(|row| (row[0].clone().unwrap(), Vec::new())).collect();
    for row in of_schema("table_name, column_name, kind FROM system_schema.columns")? {
        if row[2].as_deref() == Some("regular") {
            stored.get_mut(row[0].as_ref().unwrap()).unwrap().push(row[1].clone().unwrap());
        }
    }
    Ok(Some(stored))
}

/// The names in the keyspace of what `DESCRIBE` lists: the keyspace's own, or its tables.
fn names(connection: &mut Connection, what: &str) -> Result<Vec<String>, CqlError> {
    let (_, rows) = texts(connection, &format!("DESCRIBE {what}"))?;
    let ours = rows.into_iter().filter(|row| row[0].as_deref() == Some(KEYSPACE));
    Ok(ours.map(|row| row[2].clone().unwrap()).collect())
}

/// The names of the columns, and the rows.
fn texts(connection: &mut Connection, statement: &str) -> Result<(Vec<String>, Texts), CqlError> {
    let text = |value: Option<Vec<u8>>| value.map(|bytes| String::from_utf8(bytes).unwrap());
    let answer = connection.execute(statement)?;
    let columns = answer.columns.into_iter().map(|column| column.name).collect();
    Ok((columns, answer.rows.into_iter().map(|row| row.into_iter().map(text).collect()).collect()))
}
