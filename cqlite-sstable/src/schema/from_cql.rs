//! A table out of a script of CQL.

use cqlite_cql::{QualifiedName, Uuid};

use super::script::Script;
use super::type_resolver::{TypeDefinitions, TypeResolver};
use super::user_types::needed_types;
use super::{TableSchema, UNKNOWN_KEYSPACE};
use crate::error::{Error, Result};

/// What is known of a table before its schema is: usually from the directories that its SSTables lie in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TableHint<'a> {
    /// The keyspace.
    pub keyspace: Option<&'a str>,
    /// The table's name.
    pub table: Option<&'a str>,
    /// The table's id.
    pub id: Option<Uuid>,
}

impl TableSchema {
    /// The table that a script of CQL leaves behind: of its `CREATE TABLE`, `CREATE TYPE` and what alters them. Other
    /// statements are passed over. Of several tables it is the one that `hint` tells: by its id, else by keyspace
    /// and name, else by its name; an only one needs no hint. Names without a keyspace belong to the hint's, until
    /// a `USE`.
    ///
    /// # Errors
    /// If the text is not CQL, a statement names what is not there, or the hint leaves open which table is
    /// meant; then with the list of tables.
    ///
    /// # Example
    /// ```
    /// use cqlite_sstable::schema::{TableHint, TableSchema};
    /// let script = "
    ///     CREATE TABLE orders (id uuid, line int, price decimal, PRIMARY KEY (id, line));
    ///     CREATE TABLE stock (item text PRIMARY KEY, amount int);
    ///     ALTER TABLE stock DROP amount USING TIMESTAMP 1700000000000000;";
    /// let hint = TableHint { keyspace: Some("shop"), table: Some("stock"), id: None };
    /// let stock = TableSchema::from_cql(script, hint)?;
    /// assert_eq!(stock.partition_key[0].name, "item");
    /// assert_eq!(stock.dropped_columns[0].dropped_at_micros, Some(1_700_000_000_000_000));
    /// # Ok::<(), cqlite_sstable::Error>(())
    /// ```
    pub fn from_cql(script: &str, hint: TableHint<'_>) -> Result<Self> {
        let script = Script::execute(script, hint.keyspace.unwrap_or(UNKNOWN_KEYSPACE))?;
        let (keyspace, name) = choose(&script, hint)?;
        let mut schema = Self::empty(keyspace, name);
        schema.keyspace_options = script.keyspaces.get(keyspace).cloned().unwrap_or_default();
        let none = TypeDefinitions::new();
        let mut types = TypeResolver::new(keyspace, script.types.get(keyspace).unwrap_or(&none));
        if let Some(table) = script.tables.get(&(keyspace.to_owned(), name.to_owned())) {
            table.fill(&mut schema, &mut types)?;
        }
        schema.find_user_types(&mut types)?;
        Ok(schema)
    }

    /// Lists the user-defined types of the columns as they are declared.
    pub(super) fn find_user_types(&mut self, types: &mut TypeResolver<'_>) -> Result<()> {
        let needed = needed_types(self.column_types());
        self.user_types = needed.iter().map(|user| types.definition(&user.name)).collect::<Result<_>>()?;
        Ok(())
    }
}

/// The keyspace and name of the table that is meant.
fn choose<'a>(script: &'a Script, hint: TableHint<'_>) -> Result<(&'a str, &'a str)> {
    let names = || script.tables.keys().map(|(keyspace, name)| (keyspace.as_str(), name.as_str()));
    let by_id = script.tables.iter().filter(|(_, table)| table.id.is_some() && table.id == hint.id);
    let by_id: Vec<_> = by_id.map(|((keyspace, name), _)| (keyspace.as_str(), name.as_str())).collect();
    let by_name: Vec<_> = names().filter(|(_, name)| hint.table == Some(*name)).collect();
    let by_both: Vec<_> = by_name.iter().copied().filter(|(of, _)| hint.keyspace == Some(*of)).collect();
    let all: Vec<_> = names().collect();
    for candidates in [by_id, by_both, by_name, all.clone()] {
        if let [only] = candidates.as_slice() {
            return Ok(*only);
        }
    }
    if all.is_empty() {
        return Err(Error::invalid_input("the schema creates no table"));
    }
    let listed: Vec<String> =
        all.iter().map(|(keyspace, name)| QualifiedName::new(*keyspace, *name).to_string()).collect();
    let listed = listed.join(", ");
    let message = match (hint.keyspace, hint.table) {
        (Some(keyspace), Some(table)) => {
            format!("the schema has no table {}, but {listed}", QualifiedName::new(keyspace, table))
        }
        (_, Some(table)) => {
            format!("the schema has not one table {}, but {listed}", QualifiedName::unqualified(table))
        }
        _ => format!("the schema has several tables, and nothing tells which of them it is: {listed}"),
    };
    Err(Error::invalid_input(message)
        .advise("give a schema of one table, or lay the files into <keyspace>/<table>-<id>/"))
}
