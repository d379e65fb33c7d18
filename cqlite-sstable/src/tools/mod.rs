//! What the command line does with SSTables. Each tool streams.

pub mod diff;
pub mod dump;
pub mod key_place;
pub mod metadata;
mod text;
pub mod trace;
