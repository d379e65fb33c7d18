//! One SSTable that is rewritten.

use crate::component::statistics::Statistics;
use crate::compress::CompressionParameters;
use crate::descriptor::Descriptor;
use crate::error::Result;
use crate::reader::Sstable;

/// What the rules look at of an input.
#[derive(Debug, Clone)]
pub struct RewriteInput<'a> {
    /// Where it lies, for messages.
    pub descriptor: &'a Descriptor,
    /// Its metadata.
    pub statistics: &'a Statistics,
    /// How it is compressed, if it is.
    pub compression: Option<CompressionParameters>,
    /// How many partitions it has.
    pub partitions: u64,
}

impl<'a> RewriteInput<'a> {
    /// Of an open SSTable.
    ///
    /// # Errors
    /// If its compressor has options that are not known.
    pub fn of(descriptor: &'a Descriptor, sstable: &'a Sstable) -> Result<Self> {
        let compression = sstable.compression().map(CompressionParameters::from_info).transpose()?;
        let statistics = sstable.statistics();
        let counted = statistics.stats.estimated_partition_size_bytes.count();
        let partitions = u64::try_from(counted).unwrap_or(0);
        Ok(Self { descriptor, statistics, compression, partitions })
    }
}
