//! What the command line does with SSTables. Each tool streams.

pub mod blockers;
pub mod dump;
pub mod listing;
pub mod lossless;
pub mod metadata;
pub mod partitions;
pub mod salvage;
mod text_table;
pub mod verify;
