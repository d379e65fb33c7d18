//! What became of a new SSTable.

use std::path::PathBuf;

use super::Conversions;
use crate::component::Component;
use crate::component::statistics::Statistics;
use crate::descriptor::SstableId;
use crate::version::Version;

/// An SSTable that is whole and synced.
#[derive(Debug, Clone)]
pub struct Written {
    /// The directory that it is in.
    pub directory: PathBuf,
    /// Its version.
    pub version: Version,
    /// Its id.
    pub id: SstableId,
    /// Its components with their lengths in bytes.
    pub components: Vec<(Component, u64)>,
    /// Partitions.
    pub partitions: u64,
    /// Rows and range tombstone markers, static rows left out.
    pub unfiltereds: u64,
    /// Uncompressed bytes of Data.db.
    pub data_length_bytes: u64,
    /// What its Statistics.db says.
    pub statistics: Statistics,
    /// What the version could not hold and was converted.
    pub conversions: Conversions,
}

impl Written {
    /// The bytes of all files.
    pub fn size_bytes(&self) -> u64 {
        self.components.iter().fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes))
    }
}
