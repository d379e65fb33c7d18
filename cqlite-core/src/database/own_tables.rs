//! Tables that nobody changes but the database itself, and a node.

use cqlite_sstable::schema::SCHEMA_KEYSPACE;
use cqlite_sstable::{Error, Result};

use super::Database;
use super::indexes::is_of_view;
use crate::catalog::SYSTEM_KEYSPACE;
use crate::storage::TableId;
use crate::storage::mutation::Mutation;

impl Database {
    /// Refuses to change as a whole what the database itself is kept in.
    pub(super) fn refuse_own(&self, table: TableId) -> Result<()> {
        let schema = self.schema.load();
        if let Some(known) = schema.table_by_id(table)
            && is_of_view(&schema, known)
        {
            let told = format!(
                "{}.{} is a view or has views, which only a node writes",
                known.keyspace(),
                known.name()
            );
            return Err(Error::unsupported(told));
        }
        match schema.system().get(table) {
            None => Ok(()),
            Some(own) => {
                let told = format!("{}.{} is a table of the database itself", own.keyspace(), own.name());
                Err(Error::invalid_input(told).advise("change the schema by the methods of the database"))
            }
        }
    }

    /// What has to be done before writes of users: see [`Self::refuse_own_writes`] and [`Self::forget_indexes_of`].
    pub(super) fn prepare_writes(&self, mutations: &[Mutation]) -> Result<()> {
        self.refuse_own_writes(mutations)?;
        self.forget_indexes_of(mutations.iter().flat_map(Mutation::updates).map(|update| update.table_id()))
    }

    /// Refuses writes to what the database itself is kept in: a row there that is none of its own keeps it from opening, or is
    /// overwritten without a word.
    fn refuse_own_writes(&self, mutations: &[Mutation]) -> Result<()> {
        mutations.iter().try_for_each(|mutation| match mutation.keyspace() {
            SYSTEM_KEYSPACE | SCHEMA_KEYSPACE => {
                mutation.updates().try_for_each(|update| self.refuse_own(update.table_id()))
            }
            _ => Ok(()),
        })
    }
}
