//! What a commit log holds, brought into SSTables or shown to a reader (`CommitLogReplayer`).
//!
//! A replay is a bulk job. Threads scan segments and check every byte; updates that are not in SSTables yet are collected, sorted by
//! table and partition, and spilled as sorted runs when the memory that was allowed is full. Then the runs are merged, and
//! SSTables written of what is there of each table, several at a time.
//!
//! A section is applied as a whole or not at all: a batch is one. The tail that a writer leaves that died is told
//! from corruption by [`crate::storage::commitlog::SegmentReader`]; what becomes of corruption is said by a [`ReplayPolicy`].
//!
//! Replaying twice changes nothing: writes have timestamps, and what the log has of counters are totals of shards with
//! clocks, of which the later one wins. So a replay that dies is begun anew.

mod follower;
mod job;
mod load;
mod log_replay;
mod options;
mod output;
mod partition;
mod report;
mod run;
mod run_merge;
mod scanned;
mod scanner;
mod tables;

pub use follower::{Followed, FollowedMutation, LogFollower};
pub use log_replay::Replay;
pub use options::{ProgressListener, ReplayOptions, ReplayPolicy, ReplayProgress, ReplayStage};
pub use output::{NewSstable, ReplayOutput};
pub use report::{ReplayReport, SegmentDamage};
pub use scanned::Scanned;
pub use tables::{ReplayTable, TableSource};
