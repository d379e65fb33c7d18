//! What goes wrong in the background.

use std::sync::{Mutex, PoisonError};

use cqlite_sstable::Error;

use crate::storage::TableId;

/// What is done in the background, for a table or for all, and can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A memtable is written.
    Flush,
    /// SSTables are compacted.
    Compaction,
    /// New SSTables are linked into `backups`.
    Backup,
    /// What a transaction replaced is removed.
    Removal,
    /// An SSTable is read.
    Reading,
    /// A segment of the commit log is archived.
    Archive,
    /// A checkpoint is made.
    Checkpoint,
}

/// What failed and did not go well since, for each table and kind of work: a flush of one table that goes well says nothing
/// of another.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    /// The last one is that which was noted last.
    noted: Mutex<Vec<Trouble>>,
}

#[derive(Debug)]
struct Trouble {
    work: Work,
    table: Option<TableId>,
    error: String,
}

impl Troubles {
    /// Notes what failed, in place of what failed before of the kind. Whether that was something else.
    pub(super) fn note(&self, work: Work, table: Option<TableId>, error: &Error) -> bool {
        let error = error.to_string();
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |one: &Trouble| (one.work, one.table) == (work, table);
        let is_new = !noted.iter().any(|one| is_same(one) && one.error == error);
        noted.retain(|one| !is_same(one));
        noted.push(Trouble { work, table, error });
        is_new
    }

    /// Forgets what failed of a kind.
    pub(super) fn went_well(&self, work: Work, table: impl Into<Option<TableId>>) {
        let table = table.into();
        self.forget(|one| (one.work, one.table) == (work, table));
    }

    /// Forgets all of a table that is gone.
    pub(super) fn forget_table(&self, table: TableId) {
        self.forget(|one| one.table == Some(table));
    }

    /// Forgets all: it is tried again.
    pub(super) fn forget_all(&self) {
        self.forget(|_| true);
    }

    fn forget(&self, is_over: impl Fn(&Trouble) -> bool) {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).retain(|one| !is_over(one));
    }

    /// What failed last.
    pub(super) fn last(&self) -> Option<String> {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.last().map(|one| one.error.clone())
    }

    /// Why work of a kind fails for a table; none if it does not.
    pub(super) fn of(&self, work: Work, table: TableId) -> Option<String> {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.iter().find(|one| (one.work, one.table) == (work, Some(table))).map(|one| one.error.clone())
    }
}
