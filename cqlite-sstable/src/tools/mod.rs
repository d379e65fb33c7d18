//! What the command line does with SSTables. Each tool streams.

pub mod blockers;
pub mod diff;
pub mod dump;
pub mod filter;
pub mod key_place;
pub mod listing;
pub mod lossless;
pub mod metadata;
pub mod partitions;
pub mod rewrite;
pub mod salvage;
mod text;
mod text_table;
pub mod trace;
pub mod verify;
