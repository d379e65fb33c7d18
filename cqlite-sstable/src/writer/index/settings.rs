//! What is chosen for an index.

use crate::error::{Error, Result};
use crate::version::{Format, Version};

const KIBIBYTE: u32 = 1024;

/// What is chosen for an index, and recorded in it at most in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexSettings {
    /// A block of rows and markers ends with the one that makes it so long (`column_index_size`).
    pub block_bytes: u32,
    /// Summary.db has one of so many keys (`min_index_interval` of the table). BTI has no use for it.
    pub min_index_interval: u32,
}

impl IndexSettings {
    /// What Cassandra takes where nothing is set: blocks of 64 KiB in BIG and 16 KiB in BTI, one of 128 keys.
    pub fn of_version(version: Version) -> Self {
        let block_kibibytes = match version.format() {
            Format::Big => 64,
            Format::Bti => 16,
        };
        Self { block_bytes: block_kibibytes * KIBIBYTE, min_index_interval: 128 }
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.block_bytes == 0 || self.min_index_interval == 0 {
            let told = "the size of index blocks and the interval of the summary have to be greater than 0";
            return Err(Error::invalid_input(told).advise("correct the setting"));
        }
        Ok(())
    }
}
