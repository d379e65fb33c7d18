//! Removes the files of SSTables that were replaced and that nobody reads any more.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use cqlite_sstable::writer::Committed;

use super::Store;
use crate::storage::compaction::executor::Replaced;

/// What the janitor is told.
#[derive(Debug)]
pub(super) enum Chore {
    /// Nobody reads these any more, that a compaction replaced.
    Remove(Replaced),
    /// Nor these, of a table that was emptied or dropped.
    Discard(Committed),
    /// The store is stopped. Views may be there for longer: what they keep is removed at the next opening.
    Stop,
}

/// Works until it is told to stop.
pub(super) fn clean_up(store: &Arc<Store>, told: &Receiver<Chore>) {
    loop {
        let removed = match told.recv() {
            Ok(Chore::Remove(replaced)) => replaced.delete(),
            Ok(Chore::Discard(committed)) => committed.finish(),
            Ok(Chore::Stop) | Err(_) => return,
        };
        if let Err(error) = removed {
            // The log says what is to be removed: at the latest, the next opening does it.
            store.note_error(&error);
        }
    }
}
