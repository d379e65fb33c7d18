//! Statistics.db: what is known about an SSTable without reading its rows, and the serialization header,
//! without which its rows cannot be read (`io.sstable.metadata.MetadataSerializer`).
//!
//! # Layout
//! ```text
//! i32 count, [u32 crc], count x (i32 type, i32 offset), [u32 crc], count x (body, [u32 crc])
//! ```
//! The checksums exist where [`Version::has_metadata_checksum`] says so. There is no version inside the file:
//! it comes from the file's name.

mod bias;
mod cardinality;
mod collector;
mod commit_log_position;
mod compaction;
mod covered_clusterings;
mod covered_range;
mod drop_times;
mod estimated_histogram;
mod field_offsets;
mod frame;
mod header;
mod key_sketch;
mod key_union;
mod mutable_state;
mod row_layout;
mod settings;
mod stats;
mod tombstone_histogram;
mod validation;

pub use cardinality::CardinalityEstimator;
pub use collector::StatisticsCollector;
pub use commit_log_position::{CommitLogInterval, CommitLogPosition, IntervalSet};
pub use compaction::CompactionMetadata;
pub use covered_clusterings::{CoveredBound, CoveredClusterings};
pub use estimated_histogram::EstimatedHistogram;
pub use field_offsets::FieldOffsets;
pub use header::{HeaderColumn, SerializationHeader};
pub use key_union::KeyUnion;
pub use mutable_state::MutableState;
pub use settings::StatisticsSettings;
pub use stats::StatsMetadata;
pub use tombstone_histogram::{TombstoneBin, TombstoneHistogram};
pub use validation::ValidationMetadata;

pub(crate) use key_sketch::KeySketch;

use self::frame::{ComponentType, Frame};
use super::field_writer::FieldWriter;
use crate::error::Result;
use crate::version::Version;

/// All of a Statistics.db.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    /// The version by the name of the file, corrected by what the file itself tells.
    pub version: Version,
    /// The partitioner, and what the bloom filter was built for.
    pub validation: ValidationMetadata,
    /// What compaction uses to estimate the size of its output.
    pub compaction: CompactionMetadata,
    /// What is known about the content.
    pub stats: StatsMetadata,
    /// Where in the file [`Self::stats`] begin.
    pub stats_offset: u64,
    /// Where in the file the fields of [`Self::stats`] begin.
    pub stats_fields: FieldOffsets,
    /// The types and columns of the rows, and the bases of their encoded numbers.
    pub header: SerializationHeader,
    /// Where in the file [`Self::header`] begins.
    pub header_offset: u64,
}

impl Statistics {
    /// Reads a whole Statistics.db.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Corrupt`] with offset and field if a checksum fails, a component is missing or the
    /// bytes contradict the format; [`crate::ErrorKind::Unsupported`] if there is a component that only a newer
    /// version can have written.
    ///
    /// # Example
    /// ```
    /// use cqlite_sstable::component::statistics::Statistics;
    /// use cqlite_sstable::{Format, Version};
    /// let oa = Version::parse("oa", Format::Big)?;
    /// let error = Statistics::parse(&[0, 0, 0, 4], oa).unwrap_err();
    /// assert_eq!(error.byte_offset(), Some(4));
    /// # Ok::<(), cqlite_sstable::Error>(())
    /// ```
    pub fn parse(bytes: &[u8], version: Version) -> Result<Self> {
        let frame = Frame::parse(bytes, version)?;
        let mut reader = frame.component(ComponentType::Stats)?.recording();
        let stats_offset = reader.offset();
        let (stats, version) = StatsMetadata::parse(&mut reader, version)?;
        let mut header = frame.component(ComponentType::Header)?;
        let header_offset = header.offset();
        Ok(Self {
            version,
            stats_offset,
            stats_fields: FieldOffsets { fields: reader.into_recorded(), start: stats_offset },
            validation: ValidationMetadata::parse(&mut frame.component(ComponentType::Validation)?)?,
            compaction: CompactionMetadata::parse(&mut frame.component(ComponentType::Compaction)?)?,
            stats,
            header: SerializationHeader::parse(&mut header, version)?,
            header_offset,
        })
    }

    /// The bytes of the Statistics.db of an SSTable of `version`, which is a file's own if it is to be written as it was
    /// read. What that version does not record is left out; where clusterings are recorded with types and
    /// [`StatsMetadata::clustering_types`] has none, those of the header serve.
    ///
    /// # Errors
    /// If something is too long for the format: a clustering value over 65,535 bytes before `oa`.
    pub fn write(&self, version: Version) -> Result<Vec<u8>> {
        let mut validation = FieldWriter::default();
        self.validation.write(&mut validation)?;
        let mut compaction = FieldWriter::default();
        self.compaction.write(&mut compaction)?;
        let mut stats = FieldWriter::default();
        self.stats.write(&mut stats, version, &self.header.clustering_types)?;
        let bodies = [
            (ComponentType::Validation, validation.into_bytes()),
            (ComponentType::Compaction, compaction.into_bytes()),
            (ComponentType::Stats, stats.into_bytes()),
            (ComponentType::Header, self.header.write(version)),
        ];
        frame::write(&bodies, version)
    }
}
