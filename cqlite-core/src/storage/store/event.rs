//! What a database tells of.

use std::fmt::Debug;

use super::Health;
use crate::storage::TableId;
use crate::storage::replay::{ReplayProgress, ReplayReport};

/// What happens in a database.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// The commit log that was found at the opening is being replayed. It is told of some of its steps, by several threads, and
    /// may begin anew where the log has changes of the schema.
    Replaying(ReplayProgress),
    /// The commit log that was found at the opening was replayed.
    Replayed(ReplayReport),
    /// A table of the schema had no directory: the table is empty. Who opens to write makes the directory.
    MissingDirectory {
        /// The table.
        table: TableId,
        /// The directory.
        directory: std::path::PathBuf,
    },
    /// A memtable was written to an SSTable.
    Flushed {
        /// The table.
        table: TableId,
    },
    /// A compaction has taken its place.
    Compacted {
        /// The table.
        table: TableId,
    },
    /// A checkpoint was made.
    Checkpointed {
        /// The directory, which is that of another database.
        directory: std::path::PathBuf,
    },
    /// Something failed in the background.
    Failed {
        /// What failed, as a sentence.
        error: String,
    },
    /// Whether writes are taken has changed.
    HealthChanged(Health),
}

/// Is told of what happens, on the thread on which it happens: it should not take long. Locks may be held there, so that it must not call the
/// database, nor drop the last handle of it: who wants to do something about an event has another thread do it.
pub trait EventListener: Debug + Send + Sync {
    /// Something happened.
    fn tell(&self, event: &Event);
}
