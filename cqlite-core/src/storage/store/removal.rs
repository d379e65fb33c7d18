//! What is left to do for SSTables that were replaced.

use std::fmt;
use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};

use cqlite_sstable::Result;

/// Removes files, and then the log of the transaction that replaced them.
pub(super) type Deletion = Box<dyn FnOnce() -> Result<()> + Send>;

/// SSTables that were replaced and may still be read. When the last of them is closed, the janitor removes their files.
pub struct Removal {
    deletion: Mutex<Option<Deletion>>,
    janitor: Sender<Deletion>,
}

impl Removal {
    pub(super) fn new(deletion: Deletion, janitor: Sender<Deletion>) -> Self {
        Self { deletion: Mutex::new(Some(deletion)), janitor }
    }
}

impl Drop for Removal {
    fn drop(&mut self) {
        let deletion = self.deletion.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(deletion) = deletion {
            // Without a janitor the database is closed: the next opening removes what the log names.
            let _ = self.janitor.send(deletion);
        }
    }
}

impl fmt::Debug for Removal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Removal")
    }
}
