//! The files of an SSTable, one module each.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use std::fmt;

mod compression_info;
mod cut_block;
pub mod digest;
mod field_reader;
mod field_writer;
mod filter;
mod index;
mod partitions;
mod rows;
pub mod statistics;
mod summary;
pub mod toc;
mod trie;

pub use compression_info::{ChunkOffsets, CompressionInfo};
pub(crate) use cut_block::CutBlock;
pub use filter::{BloomFilter, FilterLayout};
pub use index::{EntrySearch, IndexBlock, IndexEntries, IndexEntry, PromotedIndex};
pub(crate) use index::{PromotedIndexWriter, write_entry_head};
pub(crate) use partitions::PartitionsWriter;
pub use partitions::{PartitionEntries, PartitionEntry, PartitionPosition, Partitions};
pub(crate) use rows::RowsWriter;
pub use rows::{RowBlock, RowBlocks, RowBlocksBackward, Rows, RowsEntry};
pub(crate) use summary::SummarySampler;
pub use summary::{Summary, SummaryEntry};

use crate::version::Format;

/// One of the files that make up an SSTable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Component {
    /// The rows.
    Data,
    /// The partition index of the BIG format.
    Index,
    /// The sample of Index.db.
    Summary,
    /// The partition trie of the BTI format.
    Partitions,
    /// The row trie of the BTI format.
    Rows,
    /// The bloom filter.
    Filter,
    /// Metadata, the serialization header among them.
    Statistics,
    /// Where the compressed chunks of Data.db lie.
    CompressionInfo,
    /// The checksums of an uncompressed Data.db.
    Crc,
    /// The checksum of the whole Data.db.
    Digest,
    /// The list of the components.
    Toc,
}

impl Component {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Data,
        Self::Index,
        Self::Summary,
        Self::Partitions,
        Self::Rows,
        Self::Filter,
        Self::Statistics,
        Self::CompressionInfo,
        Self::Crc,
        Self::Digest,
        Self::Toc,
    ];

    /// Whether SSTables of this format have it.
    ///
    /// # Example
    /// ```
    /// use cqlite_sstable::{Component, Format};
    /// assert!(Component::Partitions.is_of(Format::Bti) && !Component::Partitions.is_of(Format::Big));
    /// assert!(Component::Data.is_of(Format::Bti) && Component::Data.is_of(Format::Big));
    /// ```
    pub fn is_of(self, format: Format) -> bool {
        match self {
            Self::Index | Self::Summary => format == Format::Big,
            Self::Partitions | Self::Rows => format == Format::Bti,
            _ => true,
        }
    }

    /// The end of the file name.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Data => "Data.db",
            Self::Index => "Index.db",
            Self::Summary => "Summary.db",
            Self::Partitions => "Partitions.db",
            Self::Rows => "Rows.db",
            Self::Filter => "Filter.db",
            Self::Statistics => "Statistics.db",
            Self::CompressionInfo => "CompressionInfo.db",
            Self::Crc => "CRC.db",
            Self::Digest => "Digest.crc32",
            Self::Toc => "TOC.txt",
        }
    }

    /// Whether a file of an SSTable can have this end of its name: that of a component, or of a file that a node attaches to
    /// it for an index, as `SAI+ba+by_name+Meta.db`.
    ///
    /// # Example
    /// ```
    /// use cqlite_sstable::Component;
    /// assert!(["Data.db", "TOC.txt", "SI_by_name.db"].into_iter().all(Component::is_end_of_name));
    /// assert!(!["Data.db.bak", "notes.txt"].into_iter().any(Component::is_end_of_name));
    /// ```
    pub fn is_end_of_name(name: &str) -> bool {
        Self::from_file_name(name).is_some() || name.ends_with(".db")
    }

    /// The component with this end of a file name.
    pub fn from_file_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|component| component.file_name() == name)
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.file_name())
    }
}
