//! What is left to do for SSTables that were replaced.

use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};

use crate::storage::compaction::executor::Replaced;

/// SSTables that were replaced and may still be read. When the last of them is closed, the janitor removes their files and
/// then the transaction's log.
#[derive(Debug)]
pub struct Removal {
    replaced: Mutex<Option<Replaced>>,
    janitor: Sender<Replaced>,
}

impl Removal {
    pub(super) fn new(replaced: Replaced, janitor: Sender<Replaced>) -> Self {
        Self { replaced: Mutex::new(Some(replaced)), janitor }
    }
}

impl Drop for Removal {
    fn drop(&mut self) {
        let replaced = self.replaced.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(replaced) = replaced {
            // Without a janitor the database is closed: the next opening removes what the log names.
            let _ = self.janitor.send(replaced);
        }
    }
}
