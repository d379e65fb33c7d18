//! Removes the files of SSTables that were replaced and that nobody reads any more.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use cqlite_sstable::writer::Committed;

use super::Store;

/// When what failed is tried again.
const RETRY: Duration = Duration::from_secs(10);

/// Works until nobody can send anything any more.
pub(super) fn clean_up(store: &Arc<Store>, replaced: &Receiver<Committed>) {
    let mut failed: Vec<Committed> = Vec::new();
    loop {
        let next = if failed.is_empty() {
            replaced.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            replaced.recv_timeout(RETRY)
        };
        let pending = match next {
            Ok(committed) => vec![committed],
            Err(RecvTimeoutError::Timeout) => std::mem::take(&mut failed),
            Err(RecvTimeoutError::Disconnected) => return,
        };
        for committed in pending {
            if let Err(error) = committed.finish() {
                // The log says what is to be removed: at the latest, the next opening does it.
                store.health.note_error(&error);
            }
        }
        if store.is_stopping() {
            return;
        }
    }
}
