//! Writes that depend on what is there.

use cqlite_sstable::{Error, Result};

use super::Database;
use crate::storage::TableId;
use crate::storage::mutation::Mutation;
use crate::storage::read::{Page, ReadCommand};
use crate::storage::store::View;

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
        let partitions: Vec<_> = mutation.updates().map(|update| (update.table_id(), update.key())).collect();
        self.decide(&partitions, |view| {
            let page = view.read(read)?;
            if !condition(&page)? {
                return Ok::<_, Error>((None, false));
            }
            let behind_page = newest_timestamp(&page).map_or(i64::MIN, |newest| newest.saturating_add(1));
            Ok((Some(mutation.moved_to(self.next_timestamp().max(behind_page))?), true))
        })
    }

    /// Reads, decides and writes, while nobody else does that in these partitions. Returned is what was decided beside the
    /// mutation, which is acknowledged then; without one nothing is written.
    ///
    /// # Errors
    /// Those of the decision and the write.
    pub(crate) fn decide<T, E: From<Error>>(
        &self,
        partitions: &[(TableId, &[u8])],
        decide: impl FnOnce(&View) -> Result<(Option<Mutation>, T), E>,
    ) -> Result<T, E> {
        self.check_writable()?;
        partitions.iter().try_for_each(|(table, _)| self.refuse_own(*table))?;
        self.forget_indexes_of(partitions.iter().map(|(table, _)| *table))?;
        let (commit, told) = {
            let _locks = self.locks.lock(partitions.iter().copied());
            let (mutation, told) = decide(&self.view())?;
            let Some(mutation) = mutation else { return Ok(told) };
            (self.store.submit_one(&mutation)?, told)
        };
        commit.wait()?;
        Ok(told)
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
