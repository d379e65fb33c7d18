//! What becomes of a transaction that is committed, or cannot be.

use cqlite_sstable::writer::{CommitFailure, Committed, Transaction};
use cqlite_sstable::{Error, Result};

use super::{Health, Store};

impl Store {
    /// Commits a transaction.
    ///
    /// # Errors
    /// If it is not committed, or nobody knows.
    pub(super) fn commit(&self, transaction: Transaction) -> Result<Committed> {
        let committed = transaction.commit().map_err(|failure| self.judge(failure))?;
        self.health.forget_error();
        Ok(committed)
    }

    /// Commits a transaction that replaces nothing, and does what is left to do of it. Whether the latter fails does not
    /// matter to the tables: the log of the transaction says the same, and the next opening goes on with it.
    ///
    /// # Errors
    /// If it is not committed, or nobody knows.
    pub(super) fn commit_new(&self, transaction: Transaction) -> Result<()> {
        if let Err(error) = self.commit(transaction)?.finish() {
            self.note_error(&error);
        }
        Ok(())
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
