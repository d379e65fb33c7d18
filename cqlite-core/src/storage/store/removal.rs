//! What is left to do for SSTables that were replaced.

use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};

use cqlite_sstable::writer::Committed;

/// A committed transaction whose old SSTables may still be read. When the last of them is closed, the janitor removes their
/// files and then the transaction's log.
#[derive(Debug)]
pub struct Removal {
    committed: Mutex<Option<Committed>>,
    janitor: Sender<Committed>,
}

impl Removal {
    pub(super) fn new(committed: Committed, janitor: Sender<Committed>) -> Self {
        Self { committed: Mutex::new(Some(committed)), janitor }
    }
}

impl Drop for Removal {
    fn drop(&mut self) {
        let committed = self.committed.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(committed) = committed {
            // Without a janitor the database is closed: the next opening removes what the log names.
            let _ = self.janitor.send(committed);
        }
    }
}
