//! Removes the files of SSTables that were replaced and that nobody reads any more.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use super::Store;
use super::removal::Deletion;

/// Works until the store is stopped: then it does what was sent before.
pub(super) fn clean_up(store: &Arc<Store>, sent: &Receiver<Deletion>) {
    while let Ok(delete) = sent.recv() {
        if let Err(error) = delete() {
            // The log says what is to be removed: the next opening does it.
            store.note_error(&error);
        }
        if store.is_stopping() {
            sent.try_iter().for_each(|delete| {
                let _ = delete();
            });
            return;
        }
    }
}
