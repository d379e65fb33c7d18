//! Bytes and their meaning, for SSTables and the commit log alike: checked reading, variable-length
//! integers, deletion times, clusterings, rows and cells.
#![deny(clippy::arithmetic_side_effects)]

mod bytes;

pub use bytes::{Bytes, DecodeError};
