//! Statements that change a schema, carried out by the catalogue.

use std::sync::Arc;

use cqlite_core::Database;
use cqlite_core::catalog::{Keyspace, Replication, Schema, SchemaWriter, SystemTables, Table};
use cqlite_cql::{
    AlterTableChange, AlterTypeChange, ColumnDefinition, DropTarget, Identifier, Statement, parse_statement,
};
use cqlite_sstable::partitioner::Partitioner;
use cqlite_sstable::schema::Column;
use cqlite_sstable::types::{Field, UserType};
use cqlite_sstable::{Error, Result};

use crate::catalogued::Catalogued;

/// A second between two statements.
const STEP_MICROS: i64 = 1_000_000;

/// A catalogue that statements are carried out on. All names have their keyspaces.
#[derive(Debug)]
pub struct Ddl {
    /// The tables that it is kept in.
    pub system: Arc<SystemTables>,
    /// What it is.
    pub schema: Schema,
    /// What was written for it.
    pub written: Catalogued,
    now_micros: i64,
}

impl Ddl {
    /// A new catalogue, whose first change has this time.
    ///
    /// # Panics
    /// Never: there is nothing in it.
    pub fn new(now_micros: i64) -> Self {
        let system = Arc::new(SystemTables::new(&Partitioner::Murmur3).expect("fixed tables"));
        let schema = Schema::new(Arc::clone(&system)).expect("fixed tables");
        let written = Catalogued::new(&system);
        Self { system, schema, written, now_micros }
    }

    /// Carries out a statement.
    ///
    /// # Errors
    /// If it is none, or it is refused.
    pub fn execute(&mut self, text: &str) -> Result<()> {
        self.now_micros += STEP_MICROS;
        let (name, after) = changed(&self.schema, text, self.now_micros)?;
        let before = self.schema.keyspace(&name).cloned();
        let writer = SchemaWriter::new(&self.system, self.now_micros);
        self.written.apply(&writer.change(before.as_deref(), after.as_ref())?);
        self.schema = match after {
            Some(keyspace) => self.schema.with_keyspace(keyspace),
            None => self.schema.without_keyspace(&name),
        };
        Ok(())
    }
}

/// Carries out a statement on a database.
///
/// # Errors
/// If it is none, it is refused, or the change cannot be written.
pub fn execute_on(db: &Database, text: &str) -> Result<()> {
    let (name, after) = changed(&db.schema(), text, db.next_timestamp())?;
    match after {
        Some(after) if db.schema().keyspace(&name).is_none() => db.create_keyspace(after),
        Some(after) => db.alter_keyspace(&name, |_| Ok(after)),
        None => db.drop_keyspace(&name),
    }
}

/// The name of the keyspace that a statement changes, and what becomes of it; none if it is dropped.
fn changed(schema: &Schema, text: &str, now_micros: i64) -> Result<(String, Option<Keyspace>)> {
    let statement = parse_statement(text).map_err(|error| Error::invalid_input(error.to_string()))?;
    let keyspace = |name: Option<&Identifier>| {
        let name = name.expect("a name with its keyspace").as_str();
        schema.keyspace(name).ok_or_else(|| Error::invalid_input(format!("no keyspace {name}")))
    };
    let after = match statement {
        Statement::CreateKeyspace(create) => {
            let (replication, durable) =
                Replication::parse(create.name.as_str(), &create.properties, "datacenter1")?;
            Keyspace::new(create.name.as_str(), replication, durable)?
        }
        Statement::CreateTable(create) => {
            let keyspace = keyspace(create.name.keyspace.as_ref())?;
            keyspace.with_table(keyspace.table_from_cql(text, &Partitioner::Murmur3)?)?
        }
        Statement::AlterTable(alter) => {
            let keyspace = keyspace(alter.name.keyspace.as_ref())?;
            let table = keyspace.tables().get(alter.name.name.as_str());
            let table = table.ok_or_else(|| Error::invalid_input(format!("no table {}", alter.name)))?;
            keyspace.with_altered_table(altered(keyspace, table, alter.change, now_micros)?)?
        }
        Statement::CreateType(create) => {
            let keyspace = keyspace(create.name.keyspace.as_ref())?;
            keyspace.with_type(keyspace.declare_type(&create)?)?
        }
        Statement::AlterType(alter) => {
            let keyspace = keyspace(alter.name.keyspace.as_ref())?;
            let known = keyspace.types().get(alter.name.name.as_str());
            let known = known.ok_or_else(|| Error::invalid_input(format!("no type {}", alter.name)))?;
            keyspace.with_altered_type(&altered_type(keyspace, known, alter.change)?)?
        }
        Statement::Drop(drop) => match drop.target {
            DropTarget::Keyspace(name) => return Ok((name.as_str().to_owned(), None)),
            DropTarget::Type(name) => keyspace(name.keyspace.as_ref())?.without_type(name.name.as_str())?,
            DropTarget::Table(name) => keyspace(name.keyspace.as_ref())?.without_table(name.name.as_str())?,
            DropTarget::Index(_) => return Err(Error::unsupported("indexes are not dropped")),
        },
        _ => return Err(Error::unsupported(format!("{text} is no change of a schema"))),
    };
    Ok((after.name().to_owned(), Some(after)))
}

fn altered(keyspace: &Keyspace, table: &Table, change: AlterTableChange, now_micros: i64) -> Result<Table> {
    let mut altered = table.clone();
    match change {
        AlterTableChange::Add { columns, .. } => {
            for ColumnDefinition { name, type_name, is_static, .. } in columns {
                let column = Column::new(name.as_str(), keyspace.resolve_type(&type_name)?);
                altered = altered.with_column(column, is_static)?;
            }
        }
        AlterTableChange::Drop { columns, timestamp_micros, .. } => {
            let at = timestamp_micros.unwrap_or(now_micros);
            for column in columns {
                altered = altered.without_column(column.as_str(), at)?;
            }
        }
        AlterTableChange::Rename { columns, .. } => {
            for rename in columns {
                altered = altered.with_renamed_column(rename.from.as_str(), rename.to.as_str())?;
            }
        }
        AlterTableChange::With(properties) => altered = altered.with_options(&properties)?,
        _ => return Err(Error::unsupported("no such change is made here")),
    }
    Ok(altered)
}

fn altered_type(keyspace: &Keyspace, known: &UserType, change: AlterTypeChange) -> Result<UserType> {
    let mut altered = known.clone();
    match change {
        AlterTypeChange::Add { field, .. } => {
            let field_type = keyspace.resolve_type(&field.type_name)?;
            altered.fields.push(Field { name: field.name.as_str().to_owned(), field_type });
        }
        AlterTypeChange::Rename { fields, .. } => {
            for rename in fields {
                for field in altered.fields.iter_mut().filter(|field| rename.from == field.name.as_str()) {
                    rename.to.as_str().clone_into(&mut field.name);
                }
            }
        }
        AlterTypeChange::AlterField(_) => return Err(Error::unsupported("types of fields do not change")),
    }
    Ok(altered)
}
