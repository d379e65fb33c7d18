//! Changes of the schema.

use std::sync::{Arc, PoisonError};

use cqlite_cql::Property;
use cqlite_sstable::schema::{Column, SchemaTable};
use cqlite_sstable::{Error, Result};

use super::Database;
use super::auto_snapshot::Occasion;
use super::open::settings_of;
use crate::catalog::{Keyspace, Schema, SchemaWriter, Table};

const MILLI_MICROS: i64 = 1_000;

/// What becomes of a keyspace.
pub(crate) enum SchemaEffect {
    /// It stays as it is.
    Nothing,
    /// It becomes this one, or this one is made.
    Keyspace(Box<Keyspace>),
    /// It is gone.
    Dropped,
}

impl Database {
    /// Makes a keyspace.
    ///
    /// # Errors
    /// If there is one of the name, or the change cannot be written.
    pub fn create_keyspace(&self, keyspace: Keyspace) -> Result<()> {
        let name = keyspace.name().to_owned();
        self.change_schema(&name, |before| match before {
            Some(_) => Err(Error::invalid_input(format!("Cannot add existing keyspace \"{name}\""))),
            None => Ok(Some(keyspace)),
        })
    }

    /// Drops a keyspace with all that is in it, table by table as [`Database::drop_table`].
    ///
    /// # Errors
    /// If there is none of the name, it is one of those that the database itself needs, or the change cannot be written.
    pub fn drop_keyspace(&self, name: &str) -> Result<()> {
        self.change_schema(name, |before| before.map(|_| None).ok_or_else(|| no_keyspace(name)))
    }

    /// Changes a keyspace: its parameters, types and tables.
    ///
    /// # Errors
    /// If there is none of the name, those of `change`, and if the change cannot be written.
    pub fn alter_keyspace(
        &self,
        name: &str,
        change: impl FnOnce(&Keyspace) -> Result<Keyspace>,
    ) -> Result<()> {
        self.change_schema(name, |before| change(before.ok_or_else(|| no_keyspace(name))?).map(Some))
    }

    /// Makes a table by a statement `CREATE TABLE`.
    ///
    /// # Errors
    /// If it cannot be parsed, Cassandra would refuse it, there is a table of the name, or the change cannot be written.
    pub fn create_table(&self, keyspace: &str, statement: &str) -> Result<Arc<Table>> {
        let partitioner = self.schema.load().system().partitioner().clone();
        let mut name = String::new();
        self.alter_keyspace(keyspace, |before| {
            let table = before.table_from_cql(statement, &partitioner)?;
            table.name().clone_into(&mut name);
            before.with_table(table)
        })?;
        self.table(keyspace, &name)
    }

    /// Changes a table: its columns or its parameters.
    ///
    /// # Errors
    /// If there is none of the name, those of `change`, and if the change cannot be written.
    pub fn alter_table(
        &self,
        keyspace: &str,
        name: &str,
        change: impl FnOnce(&Table) -> Result<Table>,
    ) -> Result<()> {
        self.alter_keyspace(keyspace, |before| {
            let table = before.table(name).ok_or_else(|| no_table(keyspace, name))?;
            before.with_altered_table(change(table)?)
        })
    }

    /// Adds a column to a table.
    ///
    /// # Errors
    /// As [`Database::alter_table`].
    pub fn add_column(&self, keyspace: &str, table: &str, column: Column, is_static: bool) -> Result<()> {
        self.alter_table(keyspace, table, |before| before.with_column(column, is_static))
    }

    /// Drops a column of a table: what was written to it up to now is gone, also if a column of the name is made again.
    ///
    /// # Errors
    /// As [`Database::alter_table`].
    pub fn drop_column(&self, keyspace: &str, table: &str, column: &str) -> Result<()> {
        let dropped_at = self.drop_timestamp();
        self.alter_table(keyspace, table, |before| before.without_column(column, dropped_at))
    }

    /// The time of a drop of columns that is told none: past all that was written. It is kept in whole milliseconds: what was
    /// written within the last one is gone, too.
    pub(crate) fn drop_timestamp(&self) -> i64 {
        let dropped_at = self.next_timestamp().saturating_add(MILLI_MICROS - 1);
        self.store.pass_timestamp(dropped_at);
        dropped_at
    }

    /// Changes parameters of a table.
    ///
    /// # Errors
    /// As [`Database::alter_table`].
    pub fn set_table_options(&self, keyspace: &str, table: &str, options: &[Property]) -> Result<()> {
        self.alter_table(keyspace, table, |before| before.with_options(options))
    }

    /// Drops a table. With [`super::DatabaseBuilder::auto_snapshot`] what is in it is kept as a snapshot.
    ///
    /// # Errors
    /// If there is none of the name, or the change cannot be written.
    pub fn drop_table(&self, keyspace: &str, name: &str) -> Result<()> {
        self.alter_keyspace(keyspace, |before| before.without_table(name))
    }

    /// Changes a keyspace as a statement asks for it: `change` is told the schema as it is, and what it answers comes into
    /// effect; if that is [`SchemaEffect::Nothing`], nothing does. The second value of its answer comes back.
    ///
    /// # Errors
    /// Those of `change`, and if the change cannot be written.
    pub(crate) fn transform_schema<T, E: From<Error>>(
        &self,
        name: &str,
        change: impl FnOnce(&Schema) -> std::result::Result<(SchemaEffect, T), E>,
    ) -> std::result::Result<T, E> {
        self.check_writable()?;
        let _change = self.schema_change.lock().unwrap_or_else(PoisonError::into_inner);
        let schema = Schema::clone(&self.schema.load());
        let (effect, told) = change(&schema)?;
        match effect {
            SchemaEffect::Nothing => {}
            SchemaEffect::Keyspace(after) => self.replace_keyspace(&schema, name, Some(*after))?,
            SchemaEffect::Dropped => self.replace_keyspace(&schema, name, None)?,
        }
        Ok(told)
    }

    /// Writes a change of a keyspace into the tables of the schema, and puts it into effect once it lasts.
    fn change_schema(
        &self,
        name: &str,
        change: impl FnOnce(Option<&Keyspace>) -> Result<Option<Keyspace>>,
    ) -> Result<()> {
        self.transform_schema(name, |schema| {
            let before = schema.keyspace(name).map(|keyspace| &**keyspace);
            let effect = change(before)?
                .map_or(SchemaEffect::Dropped, |after| SchemaEffect::Keyspace(Box::new(after)));
            Ok::<_, Error>((effect, ()))
        })
    }

    fn replace_keyspace(&self, schema: &Schema, name: &str, after: Option<Keyspace>) -> Result<()> {
        let before = schema.keyspace(name);
        let new = match &after {
            Some(after) => schema.with_keyspace(after.clone()),
            None => schema.without_keyspace(name),
        };
        let (added, dropped, changed) = differences(schema, &new);
        for after in &changed {
            if let Some(before) = schema.table_by_id(after.id()) {
                self.forget_former_values(before, after)?;
            }
        }
        // An index of the name of one that is gone would be taken for whole.
        let loses_index = |after: &&Arc<Table>| {
            let indexes = after.attached_names(SchemaTable::Indexes);
            let before = schema.table_by_id(after.id());
            let before = before.map(|before| before.attached_names(SchemaTable::Indexes));
            before.into_iter().flatten().any(|name| !indexes.contains(&name))
        };
        let without = changed.iter().filter(loses_index).chain(&dropped);
        self.forget_indexes_of(without.map(|table| table.id()))?;
        let settings = |table: &Table| settings_of(table, &new, &self.store);
        let changed: Vec<_> = changed.into_iter().map(|table| (settings(&table), table)).collect();
        let made = added.iter().try_for_each(|table| {
            self.store.wait_until_removed(table.id())?;
            // A directory without a table harms nobody, and a table without a directory does.
            self.places.make_table(&*self.fs, table)?;
            // An id that a table had before that was dropped: a replay would bring back what was written to that one.
            self.store.release_log_of(table.id(), None)?;
            self.store.add_table(Arc::clone(table.layout()), &self.places.table(table), settings(table))
        });
        let left = made.and_then(|()| self.leave(&dropped, new.keyspace(name)));
        let written =
            left.and_then(|()| self.write_schema(schema, (before.map(|one| &**one), after.as_ref())));
        if let Err(error) = written {
            dropped.iter().for_each(|table| drop(self.store.set_leaving(table.id(), false)));
            // Of those that were not made yet it is known that they are not there.
            added.iter().for_each(|table| drop(self.store.drop_table(table.id())));
            return Err(error);
        }
        // The store takes what is made by the table as it was, and could not take yet what is made by it as it will be.
        for (settings, table) in changed {
            self.store.alter_table(Arc::clone(table.layout()), settings)?;
        }
        self.schema.store(Arc::new(new));
        for table in dropped {
            self.store.drop_table(table.id())?;
        }
        Ok(())
    }

    /// Refuses writes to tables that are about to be dropped, and flushes those that stay in the keyspace: of a mutation in the
    /// commit log of which one table is not known, nothing can be read any more.
    fn leave(&self, dropped: &[Arc<Table>], keyspace: Option<&Arc<Keyspace>>) -> Result<()> {
        for table in dropped {
            self.store.set_leaving(table.id(), true)?;
            if self.auto_snapshot {
                let (_, sstables) = self.store.flush_up_to_now(table.id())?;
                self.auto_snapshot(table, &sstables, Occasion::Dropped)?;
            }
        }
        let Some(keyspace) = keyspace.filter(|_| !dropped.is_empty()) else { return Ok(()) };
        keyspace.tables().values().try_for_each(|table| self.store.flush(table.id()))
    }

    /// Writes a change into the tables of the schema: it lasts when this returns, or is taken back.
    fn write_schema(
        &self,
        schema: &Schema,
        (before, after): (Option<&Keyspace>, Option<&Keyspace>),
    ) -> Result<()> {
        let system = schema.system();
        let change = |before, after| SchemaWriter::new(system, self.next_timestamp()).change(before, after);
        self.store.submit_one(&change(before, after)?)?.wait()?;
        let flush = |of: SchemaTable| self.store.flush(system.schema_table(of).id());
        // A node reads the schema before the commit log, and does not start on a table without columns: what has others in
        // it is the last to come and the first to go.
        let mut of_schema = SchemaTable::ALL;
        if !takes_away(before, after) {
            of_schema.reverse();
        }
        let flushed = of_schema.into_iter().try_for_each(flush);
        if flushed.is_err() {
            // Or the next opening would find in the log what nobody was told of.
            self.store.take_back(&change(after, before)?)?.wait()?;
        }
        flushed
    }
}

/// Whether a change drops the keyspace or a table of it.
fn takes_away(before: Option<&Keyspace>, after: Option<&Keyspace>) -> bool {
    let is_left = |name: &String| after.is_some_and(|after| after.table(name).is_some());
    after.is_none() || before.is_some_and(|before| !before.tables().keys().all(is_left))
}

type Tables = Vec<Arc<Table>>;

/// The tables that are new, those that are gone, and those that are other than before.
fn differences(before: &Schema, after: &Schema) -> (Tables, Tables, Tables) {
    let added = after.tables().filter(|table| before.table_by_id(table.id()).is_none());
    let dropped = before.tables().filter(|table| after.table_by_id(table.id()).is_none());
    let is_other = |table: &&Arc<Table>| {
        before.table_by_id(table.id()).is_some_and(|before| !Arc::ptr_eq(before, table))
    };
    let changed = after.tables().filter(is_other);
    (added.cloned().collect(), dropped.cloned().collect(), changed.cloned().collect())
}

fn no_keyspace(name: &str) -> Error {
    Error::invalid_input(format!("Keyspace '{name}' doesn't exist"))
}

fn no_table(keyspace: &str, name: &str) -> Error {
    Error::invalid_input(format!("Table '{keyspace}.{name}' doesn't exist"))
}
