//! Removes the files of SSTables that were replaced and that nobody reads any more.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use super::Store;
use crate::storage::compaction::executor::Replaced;

/// When what failed is tried again.
const RETRY: Duration = Duration::from_secs(10);

/// Works until nobody can send anything any more.
pub(super) fn clean_up(store: &Arc<Store>, sent: &Receiver<Replaced>) {
    let mut failed: Vec<Replaced> = Vec::new();
    loop {
        let next = if failed.is_empty() {
            sent.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            sent.recv_timeout(RETRY)
        };
        let pending = match next {
            Ok(replaced) => vec![replaced],
            Err(RecvTimeoutError::Timeout) => std::mem::take(&mut failed),
            Err(RecvTimeoutError::Disconnected) => return,
        };
        for replaced in pending {
            if let Err(error) = replaced.delete() {
                // The log says what is to be removed: at the latest, the next opening does it.
                store.health.note_error(&error);
            }
        }
        if store.is_stopping() {
            return;
        }
    }
}
