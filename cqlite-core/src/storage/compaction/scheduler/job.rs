//! Compactions that run or are asked for.

use std::sync::Arc;

use cqlite_sstable::SstableId;

use super::super::executor::{CompactionControl, CompactionProgress};
use super::super::{Choice, OverlappingTombstones, Reason, SstableSummary};
use crate::storage::TableId;

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompactionRequest {
    /// All SSTables of a table.
    Major {
        /// Whether size-tiered compaction makes outputs of a half, a quarter and so on of all bytes.
        splits: bool,
    },
    /// These SSTables, as far as they may be compacted together.
    UserDefined(Vec<SstableId>),
    /// Every SSTable by itself, without what others delete (`nodetool garbagecollect`).
    GarbageCollection(OverlappingTombstones),
}

/// A compaction that runs.
#[derive(Debug, Clone)]
pub struct RunningCompaction {
    /// The table.
    pub table: TableId,
    /// What is compacted.
    pub inputs: Vec<SstableId>,
    /// What for.
    pub reason: Reason,
    /// How far it is.
    pub progress: CompactionProgress,
}

/// A choice whose inputs are marked.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) number: u64,
    pub(super) table: TableId,
    pub(super) choice: Choice,
    /// All live SSTables when it was chosen.
    pub(super) live: Vec<SstableSummary>,
    pub(super) garbage: Option<OverlappingTombstones>,
    pub(super) control: Arc<CompactionControl>,
    /// How many bytes its outputs may take.
    pub(super) wanted_bytes: u64,
}

impl Job {
    pub(super) fn running(&self) -> RunningCompaction {
        RunningCompaction {
            table: self.table,
            inputs: self.choice.inputs.clone(),
            reason: self.choice.reason.clone(),
            progress: self.control.progress(),
        }
    }
}
