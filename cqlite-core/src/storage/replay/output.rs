//! Where the SSTables of a replay go.

use std::sync::Arc;

use cqlite_sstable::Result;
use cqlite_sstable::component::statistics::{CommitLogInterval, SerializationHeader};
use cqlite_sstable::writer::{SstableWriter, Written};

use crate::storage::mutation::TableLayout;

/// An SSTable that is about to be written.
#[derive(Debug, Clone)]
pub struct NewSstable {
    /// The table.
    pub layout: Arc<TableLayout>,
    /// The columns of the layout, with the bases of the times in the log. Cells come with their places in it.
    pub header: SerializationHeader,
    /// How many partitions there will be, at most about.
    pub estimated_partitions: u64,
    /// How many bytes the updates have: about what Data.db has without compression.
    pub estimated_bytes: u64,
    /// The span of the log that the SSTables of this table hold together. It is to be stated in each of them, and holds only
    /// once all of them are installed: so they are to be installed at once, by one transaction for the table.
    pub interval: CommitLogInterval,
}

/// Who gives a replay the writers of SSTables, and takes what they wrote. Both are called from several threads.
///
/// Nothing may be installed before the replay is over: if it fails or dies, the next one begins anew, and finds
/// the log and the SSTables as this one did.
pub trait ReplayOutput: Sync {
    /// Begins an SSTable. A table may have several, most often of token ranges that do not overlap.
    ///
    /// # Errors
    /// Those of [`SstableWriter::new`], and of the caller.
    fn begin(&self, new: &NewSstable) -> Result<SstableWriter>;

    /// Takes an SSTable that is whole and synced.
    ///
    /// # Errors
    /// Those of the caller.
    fn written(&self, new: &NewSstable, written: Written) -> Result<()>;
}
