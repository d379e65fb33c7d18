//! How the SSTables of a table are written and compacted.

use std::sync::Arc;
use std::time::Duration;

use crate::storage::compaction::CompactionParameters;
use crate::storage::compaction::executor::CompactedTable;

/// What of a table's parameters the storage goes by (`schema.TableParams`).
#[derive(Debug, Clone)]
pub struct TableSettings {
    /// How its SSTables are written, and by what compactions go.
    pub compacted: Arc<CompactedTable>,
    /// How SSTables are chosen to be compacted.
    pub compaction: Arc<CompactionParameters>,
    /// How old a memtable becomes before it is flushed (`memtable_flush_period_in_ms`); none if its age does not matter.
    pub flush_period: Option<Duration>,
    /// How many partitions there are from one entry of the summary to the next.
    pub min_index_interval: u32,
    /// Whether each flushed SSTable is linked into `backups`.
    pub incremental_backups: bool,
    /// Whether it is a view or has views: nothing is written to it then, as nobody would write it to the other one.
    pub is_of_view: bool,
}
