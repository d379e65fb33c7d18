//! What the command line does with SSTables. Each tool streams.

pub mod blockers;
pub mod dump;
pub mod listing;
pub mod metadata;
pub mod partitions;
mod text_table;
