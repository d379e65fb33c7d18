//! Cassandra's SSTables: bytes and rows.

pub mod component;
pub mod compress;
mod descriptor;
pub mod encoding;
mod error;
pub mod find;
pub mod io;
pub mod merge;
pub mod partitioner;
pub mod reader;
pub mod row;
pub mod schema;
pub mod tools;
pub mod types;
mod version;
pub mod writer;

pub use component::Component;
pub use descriptor::{Descriptor, SstableId};
pub use error::{Error, ErrorKind, Result};
pub use partitioner::{DecoratedKey, Partitioner, Token};
pub use version::{Format, Version};
