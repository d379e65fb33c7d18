//! Removes the files of SSTables that were replaced and that nobody reads any more.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use cqlite_sstable::writer::Committed;

use super::Store;
use super::troubles::Work;
use crate::storage::TableId;
use crate::storage::compaction::executor::Replaced;

/// What the janitor is told.
#[derive(Debug)]
pub(super) enum Chore {
    /// Nobody reads these any more, that a compaction replaced.
    Remove(Replaced),
    /// Nor these, of a table that was emptied or dropped.
    Discard(Committed),
}

/// A chore for a table; none once the store is stopped.
pub(super) type Told = Option<(TableId, Chore)>;

/// Works until it is told that there is no more. Views may be there for longer than the store works: what they keep is removed at
/// the next opening.
pub(super) fn clean_up(store: &Arc<Store>, told: &Receiver<Told>) {
    while let Ok(Some((table, chore))) = told.recv() {
        let removed = match chore {
            Chore::Remove(replaced) => replaced.delete(),
            Chore::Discard(committed) => committed.finish(),
        };
        store.removals.end(table);
        // The log says what is to be removed: at the latest, the next opening does it.
        store.note_outcome(Work::Removal, table, &removed);
    }
}
