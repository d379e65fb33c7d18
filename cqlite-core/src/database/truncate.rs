//! Emptying tables.

use std::sync::PoisonError;

use cqlite_sstable::Result;

use super::Database;
use super::auto_snapshot::Occasion;
use crate::catalog::{TruncationRecord, truncation_mutation};
use crate::storage::TableId;

impl Database {
    /// Empties a table: all that was written before is gone, as a whole, also after a power cut. With
    /// [`super::DatabaseBuilder::auto_snapshot`] it is kept as a snapshot.
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
        if let Some(known) = self.schema.load().table_by_id(table) {
            self.auto_snapshot(known, &sstables, Occasion::Truncated)?;
        }
        let record = TruncationRecord { position, truncated_at_millis };
        let schema = self.schema.load();
        let mutation = truncation_mutation(schema.system(), table, Some(record), self.next_timestamp())?;
        self.store.submit_one(&mutation)?.wait()?;
        self.store.flush(schema.system().local().id())?;
        self.store.discard_sstables(table, &sstables)?;
        drop(stopped);
        Ok(())
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
