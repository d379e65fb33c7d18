//! One SSTable that is rewritten.

use crate::component::Component;
use crate::component::statistics::Statistics;
use crate::compress::CompressionParameters;
use crate::descriptor::Descriptor;
use crate::error::Result;
use crate::reader::Sstable;
use crate::version::Format;

/// The length of a key, its deletion as a flag, and the end of the partition.
const LEAST_PARTITION_BYTES: u64 = 4;

/// The length of a key, a position and the length of a promoted index.
const LEAST_INDEX_ENTRY_BYTES: u64 = 4;

/// A node with a hash and a position, of which a byte says how long it is.
const LEAST_TRIE_ENTRY_BYTES: u64 = 2;

/// What the rules look at of an input.
#[derive(Debug, Clone)]
pub struct RewriteInput<'a> {
    /// Where it lies, for messages.
    pub descriptor: &'a Descriptor,
    /// Its metadata.
    pub statistics: &'a Statistics,
    /// How it is compressed, if it is.
    pub compression: Option<CompressionParameters>,
    /// How many partitions it has, as far as its files can hold so many.
    pub partitions: u64,
}

impl<'a> RewriteInput<'a> {
    /// Of an open SSTable.
    ///
    /// # Errors
    /// If its compressor has options that are not known, or its index is there and cannot be opened.
    pub fn of(descriptor: &'a Descriptor, sstable: &'a Sstable) -> Result<Self> {
        Self::with_limit(descriptor, sstable, partition_limit(sstable)?)
    }

    /// Of one that is salvaged: its index may be cut off, and tells nothing of how many partitions there are.
    ///
    /// # Errors
    /// If its compressor has options that are not known.
    pub fn of_damaged(descriptor: &'a Descriptor, sstable: &'a Sstable) -> Result<Self> {
        Self::with_limit(descriptor, sstable, data_limit(sstable))
    }

    fn with_limit(descriptor: &'a Descriptor, sstable: &'a Sstable, limit: u64) -> Result<Self> {
        let compression = sstable.compression().map(CompressionParameters::from_info).transpose()?;
        let statistics = sstable.statistics();
        let counted = statistics.stats.estimated_partition_size_bytes.count();
        let partitions = u64::try_from(counted).unwrap_or(0).min(limit);
        Ok(Self { descriptor, statistics, compression, partitions })
    }
}

/// How many partitions the files of an SSTable can hold at most. What its metadata tells may be damaged.
///
/// # Errors
/// If the index is there and cannot be opened.
pub(super) fn partition_limit(sstable: &Sstable) -> Result<u64> {
    let (index, least_entry) = match sstable.version().format() {
        Format::Big => (Component::Index, LEAST_INDEX_ENTRY_BYTES),
        Format::Bti => (Component::Partitions, LEAST_TRIE_ENTRY_BYTES),
    };
    let of_data = data_limit(sstable);
    let index = sstable.files().open_if_there(index)?;
    Ok(index.map_or(of_data, |index| of_data.min(index.len() / least_entry)))
}

/// How many partitions its data can hold at most.
fn data_limit(sstable: &Sstable) -> u64 {
    sstable.data_length() / LEAST_PARTITION_BYTES
}
