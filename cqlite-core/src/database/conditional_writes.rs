//! Writes that depend on what is there.

use cqlite_sstable::Result;

use super::Database;
use crate::storage::mutation::Mutation;
use crate::storage::read::{Page, ReadCommand};

impl Database {
    /// Makes a write if what is read satisfies a condition: nothing else is written to these partitions by [`Self::apply_if`] in
    /// between. Returned is whether it was made.
    ///
    /// It is made at the time at which that is decided, as Cassandra's are: its timestamps become later than that of anything
    /// that was read, and those of one mutation stay as far apart as they are.
    ///
    /// # Errors
    /// Those of the read, the condition and the write.
    pub fn apply_if(
        &self,
        read: &ReadCommand,
        condition: impl FnOnce(&Page) -> Result<bool>,
        mutation: &Mutation,
    ) -> Result<bool> {
        self.check_writable()?;
        self.prepare_writes(std::slice::from_ref(mutation))?;
        let commit = {
            let _locks = self.locks.lock(mutation.updates().map(|update| (update.table_id(), update.key())));
            let page = self.view().read(read)?;
            if !condition(&page)? {
                return Ok(false);
            }
            let behind_page = newest_timestamp(&page).map_or(i64::MIN, |newest| newest.saturating_add(1));
            let mutation = mutation.moved_to(self.next_timestamp().max(behind_page))?;
            self.store.submit_one(&mutation)?
        };
        commit.wait()?;
        Ok(true)
    }
}

/// The greatest timestamp of what is alive in a page.
fn newest_timestamp(page: &Page) -> Option<i64> {
    let of_partition = page.partitions().flat_map(|partition| {
        let of_static = partition.static_cells().iter().map(|cell| cell.timestamp);
        let of_rows = partition.rows().flat_map(|row| {
            let of_cells = row.cells().iter().map(|cell| cell.timestamp);
            of_cells.chain(row.liveness().map(|liveness| liveness.timestamp))
        });
        of_static.chain(of_rows)
    });
    of_partition.max()
}
