//! Cassandra's SSTables: bytes and rows.

pub mod component;
pub mod encoding;
mod error;
pub mod row;
pub mod types;
mod version;

pub use component::Component;
pub use error::{Error, ErrorKind, Result};
pub use version::{Format, Version};
