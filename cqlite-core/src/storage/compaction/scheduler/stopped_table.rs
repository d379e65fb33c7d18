//! A table in which nothing is compacted.

use super::Scheduler;
use crate::storage::TableId;

/// While this is held, nothing in a table is compacted: for truncating, dropping or altering it.
#[must_use = "compactions go on when it is dropped"]
pub struct StoppedTable<'a> {
    pub(super) scheduler: &'a Scheduler,
    pub(super) table: TableId,
}

impl Drop for StoppedTable<'_> {
    fn drop(&mut self) {
        self.scheduler.go_on(self.table);
    }
}
