//! Cassandra's SSTables: bytes and rows.

pub mod component;
pub mod compress;
pub mod encoding;
mod error;
pub mod io;
pub mod row;
pub mod types;
mod version;

pub use component::Component;
pub use error::{Error, ErrorKind, Result};
pub use version::{Format, Version};
