//! What the command line does with SSTables. Each tool streams.

pub mod dump;
pub mod metadata;
pub mod verify;
