//! What is left to do for SSTables that are no part of a table any more.

use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};

use super::janitor::{Chore, Told};
use crate::storage::TableId;

/// SSTables that are no part of a table any more and may still be read. When the last of them is closed, the janitor
/// removes their files and then the transaction's log.
#[derive(Debug)]
pub struct Removal {
    table: TableId,
    chore: Mutex<Option<Chore>>,
    janitor: Sender<Told>,
}

impl Removal {
    pub(super) fn new(table: TableId, chore: Chore, janitor: Sender<Told>) -> Self {
        Self { table, chore: Mutex::new(Some(chore)), janitor }
    }
}

impl Drop for Removal {
    fn drop(&mut self) {
        let chore = self.chore.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(chore) = chore {
            // Without a janitor the database is closed: the next opening removes what the log names.
            let _ = self.janitor.send(Some((self.table, chore)));
        }
    }
}
