//! What is in the tables of a database.

use std::collections::BTreeMap;

use cqlite_core::Database;
use cqlite_core::storage::read::ReadCommand;
use cqlite_sstable::Result;

pub const KEYSPACE: &str = "ks";

/// A table: the names of its columns, and each row with its values in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableState {
    pub columns: Vec<String>,
    pub rows: BTreeMap<String, Vec<Option<String>>>,
}

/// The tables of the keyspace by name; none as long as there is no keyspace.
pub type State = Option<BTreeMap<String, TableState>>;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// All that a database has.
pub fn read(db: &Database) -> Result<State> {
    let schema = db.schema();
    let Some(keyspace) = schema.keyspace(KEYSPACE) else { return Ok(None) };
    let mut state = BTreeMap::new();
    for (name, table) in keyspace.tables() {
        let columns = table.layout().header_columns(false);
        let columns: Vec<String> = columns.iter().map(|column| text(&column.name)).collect();
        let page = db.read(&ReadCommand::all(table.id()))?;
        assert!(page.next().is_none(), "all of {name} is in one page");
        let mut rows = BTreeMap::new();
        for partition in page.partitions() {
            for row in partition.rows() {
                let values = (0..columns.len()).map(|column| row.cells().value(column).map(text));
                rows.insert(text(partition.key()), values.collect());
            }
        }
        state.insert(name.clone(), TableState { columns, rows });
    }
    Ok(Some(state))
}

/// Where two states differ, in a line.
pub fn difference(found: &State, expected: &State) -> String {
    let (Some(found), Some(expected)) = (found, expected) else {
        return format!("keyspace {} where {} is expected", found.is_some(), expected.is_some());
    };
    for (name, table) in expected {
        let Some(there) = found.get(name) else { return format!("no table {name}") };
        if there.columns != table.columns {
            return format!("{name} has columns {:?}, not {:?}", there.columns, table.columns);
        }
        let keys = table.rows.keys().chain(there.rows.keys());
        let short = |row: Option<&Vec<Option<String>>>| {
            let cut = |value: &Option<String>| {
                value.as_ref().map(|value| value.chars().take(12).collect::<String>())
            };
            row.map(|row| row.iter().map(cut).collect::<Vec<_>>())
        };
        for key in keys {
            let (is, should) = (there.rows.get(key), table.rows.get(key));
            if is != should {
                return format!("{name}[{key}] is {:?}, not {:?}", short(is), short(should));
            }
        }
    }
    match found.keys().find(|name| !expected.contains_key(*name)) {
        Some(name) => format!("a table {name}"),
        None => "nothing".to_owned(),
    }
}
