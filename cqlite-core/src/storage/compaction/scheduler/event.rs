//! What a scheduler tells.

use cqlite_sstable::{Error, SstableId};

use super::super::Choice;
use crate::storage::TableId;

/// What has happened to a compaction.
#[derive(Debug)]
pub enum CompactionEvent<'a> {
    /// One begins.
    Started {
        /// The table.
        table: TableId,
        /// What is compacted, and why.
        choice: &'a Choice,
    },
    /// One has taken its place in the table.
    Completed {
        /// The table.
        table: TableId,
        /// What was compacted, and why.
        choice: &'a Choice,
        /// What there is instead.
        outputs: &'a [SstableId],
    },
    /// One was told to stop, and has left nothing.
    Cancelled {
        /// The table.
        table: TableId,
    },
    /// One has failed, and has left nothing, or none could be begun.
    Failed {
        /// The table.
        table: TableId,
        /// Why.
        error: &'a Error,
        /// The SSTables that are left out from now on, as they are damaged.
        suspects: &'a [SstableId],
    },
}
