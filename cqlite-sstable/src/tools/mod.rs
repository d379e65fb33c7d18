//! What the command line does with SSTables. Each tool streams.

pub mod blockers;
pub mod diff;
pub mod dump;
pub mod filter;
pub mod import;
mod json_text;
pub mod key_place;
mod line;
pub mod listing;
pub mod lossless;
pub mod metadata;
pub mod partitions;
pub mod rewrite;
pub mod salvage;
pub mod set;
mod text;
mod text_table;
pub mod trace;
pub mod verify;
