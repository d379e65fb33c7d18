//! Running a choice: the inputs are merged, purged and written anew, and take their places in one step.
//!
//! [`CompactionTask::run`] writes all outputs under a transaction log of Cassandra's and leaves it open.
//! [`CompactedOutputs::commit`] is the point of no return: from then on the outputs are part of the table, on disk. Who
//! keeps a view of the table puts them into it, and when nobody reads the inputs any more, [`Replaced::delete`] removes
//! those. A crash at any moment leaves the inputs or the outputs; what is left over is removed by
//! [`crate::storage::lifecycle::clean_orphans`].
//!
//! # What is never brought back
//! A tombstone goes only if nothing that it deletes can be anywhere else. That is asked when its partition is reached,
//! of [`Surroundings`] as they are then: first of memtables and then of SSTables, as rows move from the former to the
//! latter. So what is flushed or compacted meanwhile is never overlooked.

mod compacted;
mod control;
mod controlled;
mod cutter;
mod failure;
mod live_overlaps;
mod live_sstable;
mod outputs;
mod room;
mod shadow;
mod shadow_source;
mod surroundings;
mod table;
mod task;
#[cfg(test)]
mod tests;

pub use compacted::{CompactedOutputs, Replaced};
pub use control::{CompactionControl, CompactionProgress};
pub use failure::FailedCompaction;
pub use live_overlaps::LiveOverlaps;
pub use live_sstable::LiveSstable;
pub use room::fit_into_room;
pub use surroundings::Surroundings;
pub use table::CompactedTable;
pub use task::{CompactionTask, NextId};
