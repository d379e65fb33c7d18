//! Bytes and their meaning, for SSTables and the commit log alike: checked reading, variable-length
//! integers, deletion times, clusterings, rows and cells.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod bytes;
mod clustering;

pub use bytes::{Bytes, DecodeError};
pub use clustering::{ValueLength, read_bound, read_clustering};
