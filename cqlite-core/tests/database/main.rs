//! The database as its users see it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

mod archives;
mod auto_snapshots;
mod checkpoints;
mod compacted_files;
mod conditional_writes;
mod counters;
mod gone_for_good;
mod reads;
mod reads_left_out;
mod refreshing;
mod refused_writes;
mod reopening;
mod restoring;
mod rows;
mod schema_changes;
mod slow_disks;
mod snapshots;
mod tuning;
