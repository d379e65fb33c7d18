//! How an SSTable is written.

use super::Lossy;
use super::index::IndexSettings;
use crate::component::statistics::StatisticsSettings;
use crate::compress::CompressionParameters;
use crate::partitioner::Partitioner;
use crate::version::Version;

/// How an SSTable is written, its rows apart.
#[derive(Debug, Clone)]
pub struct WriterOptions {
    /// How Data.db is compressed, if it is.
    pub compression: Option<CompressionParameters>,
    /// The blocks of the index, and the sample of it.
    pub index: IndexSettings,
    /// How many partitions there will be, about: the size of Filter.db is chosen for them.
    pub estimated_keys: u64,
    /// What Statistics.db says beside what the rows tell. The chance of false positives is that of Filter.db; there is
    /// none if it is 1. The compression ratio is replaced by what it comes to.
    pub statistics: StatisticsSettings,
    /// What is done with what the version cannot hold.
    pub lossy: Lossy,
    /// Whether another thread compresses and writes Data.db. How much is stored then lags behind what was pushed.
    pub writes_behind: bool,
}

impl WriterOptions {
    /// As Cassandra 5.0 writes a table without options: LZ4 in chunks of 16 KiB, a chance of false positives of 0.01.
    pub fn new(version: Version, partitioner: &Partitioner, estimated_keys: u64) -> Self {
        Self {
            compression: Some(CompressionParameters::default()),
            index: IndexSettings::of_version(version),
            estimated_keys,
            statistics: StatisticsSettings::new(partitioner.class_name(), 0.01),
            lossy: Lossy::Refuse,
            writes_behind: false,
        }
    }
}
