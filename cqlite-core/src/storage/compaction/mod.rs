//! Compaction: which SSTables become one, and how fast.
//!
//! A choice is a function of data: of what is known of the live SSTables ([`SstableSummary`]), of the table's
//! parameters ([`CompactionParameters`]), of what was remembered from choices before ([`CompactionMemory`]),
//! and of the time and some estimates ([`Context`]). Nothing is read or written for it, so that each strategy
//! can be compared with Cassandra's own on any set of SSTables.
//!
//! Repaired and unrepaired SSTables, and those of different repairs under way, are never in one choice
//! ([`RepairGroup`]), nor are those that a compaction already has or that were found damaged.

mod candidates;
mod choice;
mod context;
pub mod executor;
mod expired;
mod leveled;
mod parameters;
mod pending;
pub mod scheduler;
mod size_tiered;
mod strategies;
mod summary;
mod throttle;
mod time_window;
mod tombstones;
mod unified;

#[cfg(test)]
pub(in crate::storage) mod test_table;
#[cfg(test)]
mod tests;

pub use choice::{Choice, Cut, Reason};
pub use context::{Context, PartitionsInRanges, spread_evenly};
pub use expired::{Expiry, fully_expired};
pub use leveled::LeveledMemory;
pub use parameters::{
    CompactionParameters, LeveledParameters, OverlapInclusion, OverlappingTombstones, SizeTieredParameters,
    Strategy, TimeWindowParameters, TimestampResolution, TombstoneParameters, UnifiedParameters, WindowUnit,
};
pub use pending::Pending;
pub use strategies::{CompactionMemory, GroupMemory};
pub use summary::{Place, RepairGroup, SstableFiles, SstableSummary};
pub use throttle::{Clock, SystemClock, Throttle};
pub use time_window::TimeWindowMemory;
pub use unified::{DensityLevel, ShardSpace, Shards, UnifiedMemory, flush_shards};
