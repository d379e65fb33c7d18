//! What becomes of a transaction that is committed, or cannot be.

use cqlite_sstable::writer::{CommitFailure, Committed, Transaction};
use cqlite_sstable::{Error, Result};

use super::troubles::Work;
use super::{Health, Store};
use crate::storage::TableId;

impl Store {
    /// Commits a transaction.
    ///
    /// # Errors
    /// If it is not committed, or nobody knows.
    pub(super) fn commit(&self, transaction: Transaction) -> Result<Committed> {
        Ok(transaction.commit().map_err(|failure| self.judge(failure))?)
    }

    /// Commits a transaction of a table that replaces nothing, and does what is left to do of it. Whether the latter fails does not
    /// matter to the tables: the log of the transaction says the same, and the next opening goes on with it.
    ///
    /// # Errors
    /// If it is not committed, or nobody knows.
    pub(super) fn commit_new(&self, table: TableId, transaction: Transaction) -> Result<()> {
        let finished = self.commit(transaction)?.finish();
        self.note_outcome(Work::Removal, table, &finished);
        Ok(())
    }

    /// Notes whether work in the background went well.
    pub fn note_outcome(&self, work: Work, table: impl Into<Option<TableId>>, outcome: &Result<()>) {
        match outcome {
            Ok(()) => self.troubles.went_well(work, table),
            Err(error) => self.note_error(work, table, error),
        }
    }

    /// Refuses writes for a while if something failed for want of room.
    pub(super) fn note_room(&self, error: &Error) {
        if error.is_full_disk() {
            self.set_health(Health::DiskFull { cause: error.to_string() });
        }
    }

    /// Where nobody knows which SSTables the next opening finds, nothing may be written any more that would depend on it.
    pub(super) fn judge(&self, failure: CommitFailure) -> CommitFailure {
        if let CommitFailure::Undecided(error) = &failure {
            self.set_health(Health::ReadOnly { cause: error.to_string() });
        }
        failure
    }
}
