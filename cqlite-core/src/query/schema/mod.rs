//! Statements that change the schema (`cql3.statements.schema`).
//!
//! Each is checked in Cassandra's order: what the names are of is looked up when it is prepared; who may change what, and
//! options that cannot be understood, come next; and all that depends on the schema is checked by who holds it, so that
//! nobody else changes it meanwhile.
//!
//! Where Cassandra's answer depends on its configuration, it is that of a node that has the `cassandra.yaml` it comes with,
//! and masks, SASI indexes and `DROP COMPACT STORAGE` allowed. It differs on purpose:
//! * where Cassandra fails with an exception of Java, the statement is refused with a sentence;
//! * the time of a drop of columns is kept in whole milliseconds, as it is stored, at once and not only after a restart;
//! * a user-defined type that is called as a native one, or stands in a vector, keeps its name and is not dropped while it is
//!   used: Cassandra takes it for the native one, and lets it be dropped;
//! * views, user-defined functions, triggers, roles and permissions are refused by name.

mod alter_table;
mod alter_type;
mod authorization;
mod compact_table;
mod create_index;
mod create_table;
mod create_type;
mod keyspaces;
mod masks;
mod others;
mod raw_type;
mod sai_options;
mod sasi_options;
mod schema_change;
#[cfg(test)]
mod tests;

use cqlite_cql::query::CqlStatement;
use cqlite_cql::{DropTarget, Identifier, QualifiedName, Statement};

pub(crate) use self::authorization::is_system_keyspace;
use self::authorization::{Permission, Resource, authorize, check_modifiable};
use self::create_index::NewIndex;
use self::create_table::NewTable;
pub(crate) use self::raw_type::{prepare_type, raw_text};
pub use self::schema_change::{ChangeKind, ChangeTarget, SchemaChange};
use super::{QueryError, QueryResult};
use crate::Database;
use crate::catalog::{Keyspace, Schema, TableParameters, check_keyspace_name};
use crate::database::SchemaEffect;

/// What becomes of the schema, and what is told of it.
type Applied = QueryResult<(SchemaEffect, SchemaChange)>;

/// A statement that changes the schema, or would in Cassandra (`AlterSchemaStatement`).
#[derive(Debug, Clone)]
pub(crate) struct PreparedSchemaStatement {
    keyspace: String,
    action: Action,
}

#[derive(Debug, Clone)]
enum Action {
    Statement(Statement),
    CreateTable(Box<NewTable>),
    CreateIndex(Box<NewIndex>),
    Other(Box<CqlStatement>),
}

impl PreparedSchemaStatement {
    /// Finds out which keyspace a statement is about; none of its own means that in use.
    ///
    /// # Errors
    /// If it names no keyspace and none is in use, and what can be told of the statement alone.
    pub(crate) fn prepare(statement: &CqlStatement, in_use: Option<&str>) -> QueryResult<Self> {
        let CqlStatement::Schema(statement) = statement else {
            let keyspace = others::keyspace_of(statement, in_use)?;
            return Ok(Self { keyspace, action: Action::Other(Box::new(statement.clone())) });
        };
        let of = |name: &QualifiedName| keyspace_of(name.keyspace.as_ref(), in_use);
        let keyspace = match statement {
            Statement::CreateKeyspace(create) => create.name.as_str().to_owned(),
            Statement::AlterKeyspace(alter) => alter.name.as_str().to_owned(),
            Statement::CreateType(create) => of(&create.name)?,
            Statement::AlterType(alter) => of(&alter.name)?,
            Statement::AlterTable(alter) => of(&alter.name)?,
            Statement::Drop(drop) => match &drop.target {
                DropTarget::Keyspace(name) => name.as_str().to_owned(),
                DropTarget::Type(name) | DropTarget::Table(name) | DropTarget::Index(name) => of(name)?,
            },
            Statement::CreateTable(create) => {
                let keyspace = of(&create.name)?;
                let action = Action::CreateTable(Box::new(NewTable::prepare(create)?));
                return Ok(Self { keyspace, action });
            }
            Statement::CreateIndex(create) => {
                let keyspace = of(&create.table)?;
                let action = Action::CreateIndex(Box::new(NewIndex::prepare(create)));
                return Ok(Self { keyspace, action });
            }
            Statement::Use(_) | Statement::Other(_) => {
                return Err(QueryError::unsupported("the statement does not change the schema"));
            }
        };
        Ok(Self { keyspace, action: Action::Statement(statement.clone()) })
    }

    /// Carries it out: what it changes lasts when this returns.
    ///
    /// # Errors
    /// With Cassandra's own message for what it would refuse, what only Cassandra can do by its name, and if the change
    /// cannot be written.
    pub(crate) fn execute(&self, db: &Database) -> QueryResult<SchemaChange> {
        self.authorize(&db.schema())?;
        self.validate()?;
        if let Action::Other(statement) = &self.action {
            return others::execute(statement, &self.keyspace, &db.schema());
        }
        check_modifiable(&self.keyspace)?;
        check_keyspace_name(&self.keyspace)?;
        db.transform_schema(&self.keyspace, |schema| self.apply(schema, &|| db.drop_timestamp()))
    }

    fn authorize(&self, schema: &Schema) -> QueryResult<()> {
        let (permission, resource) = match &self.action {
            Action::CreateTable(_) => (Permission::Create, Resource::AllTables),
            Action::CreateIndex(index) => (Permission::Alter, Resource::Table(index.table())),
            Action::Statement(statement) => match statement {
                Statement::AlterKeyspace(_) => (Permission::Alter, Resource::Keyspace),
                Statement::CreateType(_) => (Permission::Create, Resource::AllTables),
                Statement::AlterType(_) => (Permission::Alter, Resource::AllTables),
                Statement::AlterTable(alter) => {
                    (Permission::Alter, Resource::Table(alter.name.name.as_str()))
                }
                Statement::Drop(drop) => match &drop.target {
                    DropTarget::Keyspace(_) => (Permission::Drop, Resource::Keyspace),
                    DropTarget::Type(_) => (Permission::Drop, Resource::AllTables),
                    DropTarget::Table(name) => (Permission::Drop, Resource::Table(name.name.as_str())),
                    DropTarget::Index(index) => {
                        let keyspace = schema.keyspace(&self.keyspace);
                        let table = keyspace.and_then(|one| one.indexed_table(index.name.as_str()));
                        let Some(table) = table else { return Ok(()) };
                        return authorize(&self.keyspace, Permission::Alter, Resource::Table(table.name()));
                    }
                },
                _ => return Ok(()),
            },
            Action::Other(_) => return Ok(()),
        };
        authorize(&self.keyspace, permission, resource)
    }

    /// Refuses options that cannot be understood, whatever the schema is (`CQLStatement.validate`).
    fn validate(&self) -> QueryResult<()> {
        let options = match &self.action {
            Action::CreateTable(table) => table.options(),
            Action::Statement(Statement::AlterTable(alter)) => match &alter.change {
                cqlite_cql::AlterTableChange::With(options) => options,
                _ => return Ok(()),
            },
            _ => return Ok(()),
        };
        TableParameters::default().with_options(options, true).map(drop)
    }

    fn apply(&self, schema: &Schema, drop_timestamp: &dyn Fn() -> i64) -> Applied {
        let keyspace = schema.keyspace(&self.keyspace).map(|keyspace| &**keyspace);
        let name = self.keyspace.as_str();
        match &self.action {
            Action::CreateTable(table) => table.apply(schema, existing(keyspace, name)?),
            Action::CreateIndex(index) => index.apply(keyspace, name),
            Action::Statement(statement) => match statement {
                Statement::CreateKeyspace(create) => keyspaces::create(create, schema),
                Statement::AlterKeyspace(alter) => keyspaces::alter(alter, schema),
                Statement::CreateType(create) => create_type::apply(create, existing(keyspace, name)?),
                Statement::AlterType(alter) => alter_type::apply(alter, keyspace, name),
                Statement::AlterTable(alter) => {
                    alter_table::apply(alter, schema, keyspace, name, drop_timestamp)
                }
                Statement::Drop(drop) => match &drop.target {
                    DropTarget::Keyspace(_) => keyspaces::drop_keyspace(name, drop.if_exists, schema),
                    DropTarget::Type(of) => create_type::drop_type(of, drop.if_exists, keyspace, name),
                    DropTarget::Table(table) => {
                        alter_table::drop_table(table, drop.if_exists, keyspace, name)
                    }
                    DropTarget::Index(index) => {
                        create_index::drop_index(index, drop.if_exists, keyspace, name)
                    }
                },
                _ => Err(QueryError::unsupported("the statement does not change the schema")),
            },
            Action::Other(_) => Err(QueryError::unsupported("the statement does not change the schema")),
        }
    }
}

/// Refuses a keyspace that cannot be used, as there is none (`ClientState.setKeyspace`).
pub(crate) fn check_use(keyspace: &str, schema: &Schema) -> QueryResult<()> {
    match schema.keyspace(keyspace) {
        Some(_) => Ok(()),
        None => Err(QueryError::invalid(format!("Keyspace '{keyspace}' does not exist"))),
    }
}

fn keyspace_of(name: Option<&Identifier>, in_use: Option<&str>) -> QueryResult<String> {
    name.map(Identifier::as_str).or(in_use).map(str::to_owned).ok_or_else(|| {
        QueryError::invalid(
            "No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename",
        )
    })
}

fn existing<'k>(keyspace: Option<&'k Keyspace>, name: &str) -> QueryResult<&'k Keyspace> {
    keyspace.ok_or_else(|| no_keyspace(name))
}

fn no_keyspace(name: &str) -> QueryError {
    QueryError::invalid(format!("Keyspace '{name}' doesn't exist"))
}

/// A keyspace in the place of the one before, unless it is the same.
fn altered(before: &Keyspace, after: Keyspace, change: SchemaChange) -> Applied {
    Ok(match before.is_same(&after) {
        true => (SchemaEffect::Nothing, change.without_effect()),
        false => (SchemaEffect::Keyspace(Box::new(after)), change),
    })
}

/// What `IF EXISTS` and `IF NOT EXISTS` make of a statement that would be refused.
fn nothing(change: SchemaChange) -> Applied {
    Ok((SchemaEffect::Nothing, change.without_effect()))
}
