//! What the command line does with SSTables. Each tool streams.

pub mod dump;
pub mod lossless;
pub mod metadata;
pub mod salvage;
pub mod verify;
