//! What a scheduler needs of the engine.

use std::sync::Arc;

use cqlite_sstable::Result;
use cqlite_sstable::writer::CommitFailure;

use super::super::executor::{CompactedOutputs, CompactionTask};
use super::super::{
    Choice, CompactionParameters, Context, OverlappingTombstones, ShardSpace, SstableSummary, spread_evenly,
};
use super::CompactionEvent;
use crate::storage::TableId;

/// What a scheduler needs of who keeps the tables. It is called on any thread, and never with a lock of the scheduler
/// held. A scheduler keeps its host alive: who keeps the scheduler should not be the host itself.
pub trait CompactionHost: Send + Sync + 'static {
    /// All tables.
    fn tables(&self) -> Vec<TableId>;

    /// What choices in a table are made by; none if there is no such table any more.
    fn table(&self, table: TableId) -> Option<HostedTable>;

    /// What a choice means: the task with its inputs held, so that nobody deletes them. `garbage` is what a garbage
    /// collection asks for; none to take what the table says.
    ///
    /// # Errors
    /// If there is no such table any more, or an input is no part of it.
    fn start(
        &self,
        table: TableId,
        choice: &Choice,
        garbage: Option<OverlappingTombstones>,
    ) -> Result<CompactionTask>;

    /// Commits outputs, puts them into the view of the table in the place of their inputs, and deletes those once nobody
    /// reads them. Gives what there is instead.
    ///
    /// # Errors
    /// As [`CompactedOutputs::commit`].
    fn install(
        &self,
        table: TableId,
        outputs: CompactedOutputs,
    ) -> Result<Vec<SstableSummary>, CommitFailure>;

    /// How many bytes may be written; none if nobody knows.
    fn free_bytes(&self) -> Option<u64>;

    /// The time, in milliseconds since 1970.
    fn now_millis(&self) -> i64;

    /// Is told of what happens.
    fn tell(&self, event: CompactionEvent<'_>);
}

/// What choices in a table are made by, at the moment when it is asked for.
#[derive(Debug, Clone)]
pub struct HostedTable {
    /// How it is compacted.
    pub parameters: Arc<CompactionParameters>,
    /// All live SSTables, the oldest first. Which of them are being compacted and which are damaged is added by the
    /// scheduler to what is known here.
    pub live: Vec<SstableSummary>,
    /// Tombstones older than this may go.
    pub gc_before_seconds: i64,
    /// The least timestamp in all memtables that are not empty.
    pub memtable_min_timestamp: Option<i64>,
    /// The mean length of Data.db of what was flushed so far, 0 if nothing was.
    pub flushed_bytes: f64,
    /// The token space that the table's keys are in.
    pub shard_space: Arc<ShardSpace>,
}

impl HostedTable {
    pub(super) fn context(&self, now_millis: i64, random: u64) -> Context<'_> {
        Context {
            now_millis,
            gc_before_seconds: self.gc_before_seconds,
            memtable_min_timestamp: self.memtable_min_timestamp,
            partitions_in_ranges: &spread_evenly,
            flushed_bytes: self.flushed_bytes,
            shard_space: &self.shard_space,
            random,
        }
    }
}
