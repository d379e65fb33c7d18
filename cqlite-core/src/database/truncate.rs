//! Emptying tables.

use std::sync::PoisonError;

use cqlite_sstable::{Error, Result};

use super::Database;
use super::indexes::is_of_view;
use crate::catalog::{TruncationRecord, truncation_mutation};
use crate::storage::TableId;

impl Database {
    /// Empties a table: all that was written before is gone, as a whole, also after a power cut.
    ///
    /// # Errors
    /// If there is no such table, it is one of the database itself, or it cannot be written: then all of it is there.
    pub fn truncate(&self, table: TableId) -> Result<()> {
        self.check_writable()?;
        let _change = self.schema_change.lock().unwrap_or_else(PoisonError::into_inner);
        self.refuse_own(table)?;
        let stopped = self.store.scheduler().map(|scheduler| scheduler.stop_table(table));
        // First all is in SSTables, so that they alone tell whether the table is emptied: what the log has is passed over
        // from then on.
        let (position, sstables) = self.store.flush_up_to_now(table)?;
        let truncated_at_millis = self.store.now_micros().div_euclid(1_000);
        let record = TruncationRecord { position, truncated_at_millis };
        let schema = self.schema.load();
        let mutation = truncation_mutation(schema.system(), table, Some(record), self.next_timestamp())?;
        self.store.submit_one(&mutation)?.wait()?;
        self.store.flush(schema.system().local().id())?;
        self.store.discard_sstables(table, &sstables)?;
        drop(stopped);
        Ok(())
    }

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

    /// Forgets that tables were emptied: what they had before was restored (`SystemKeyspace.removeTruncationRecord`).
    pub(super) fn forget_truncations(&self, tables: impl Iterator<Item = TableId>) -> Result<()> {
        let schema = self.schema.load();
        let system = schema.system();
        let mut tables = tables.peekable();
        if tables.peek().is_none() {
            return Ok(());
        }
        for table in tables {
            let mutation = truncation_mutation(system, table, None, self.next_timestamp())?;
            self.store.submit_one(&mutation)?.wait()?;
        }
        self.store.flush(system.local().id())
    }
}
