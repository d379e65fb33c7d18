//! Cassandra's SSTables: bytes and rows.

pub mod encoding;
mod error;
pub mod types;

pub use error::{Error, ErrorKind, Result};
