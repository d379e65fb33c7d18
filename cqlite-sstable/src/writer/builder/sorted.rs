//! What a builder shows in the end.

use std::fmt;

use super::row_buffer::RowBuffer;
use super::run::RunReader;
use super::sorted_rows::SortedRows;
use crate::component::statistics::SerializationHeader;
use crate::error::Result;
use crate::merge::Merge;
use crate::row::{Partition, RowItem, Unfiltered, UnfilteredPartitions};

/// The updates of a [`SstableBuilder`](super::SstableBuilder), sorted and merged.
#[derive(Debug)]
pub struct SortedPartitions {
    header: SerializationHeader,
    size: Size,
    source: Source,
}

/// How much there is to write.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) partitions: u64,
    pub(super) bytes: u64,
}

enum Source {
    Memory(Box<SortedRows<RowBuffer>>),
    Runs(Box<Merge<'static, RunReader>>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory(_) => "Memory",
            Self::Runs(_) => "Runs",
        })
    }
}

impl SortedPartitions {
    pub(super) fn in_memory(header: SerializationHeader, size: Size, rows: SortedRows<RowBuffer>) -> Self {
        Self { header, size, source: Source::Memory(Box::new(rows)) }
    }

    pub(super) fn merged(header: SerializationHeader, size: Size, merge: Merge<'static, RunReader>) -> Self {
        Self { header, size, source: Source::Runs(Box::new(merge)) }
    }

    /// The header of the rows, with the bases of their times.
    pub fn header(&self) -> &SerializationHeader {
        &self.header
    }

    /// How many partitions there are, for the size of the bloom filter. Where some may be in several runs it is
    /// estimated, to a few hundredths.
    pub fn estimated_partitions(&self) -> u64 {
        self.size.partitions
    }

    /// How many bytes the updates have, which is about what Data.db has without compression.
    pub fn bytes(&self) -> u64 {
        self.size.bytes
    }

    fn source(&self) -> &dyn UnfilteredPartitions {
        match &self.source {
            Source::Memory(rows) => rows.as_ref(),
            Source::Runs(merge) => merge.as_ref(),
        }
    }

    fn source_mut(&mut self) -> &mut dyn UnfilteredPartitions {
        match &mut self.source {
            Source::Memory(rows) => rows.as_mut(),
            Source::Runs(merge) => merge.as_mut(),
        }
    }
}

impl UnfilteredPartitions for SortedPartitions {
    fn advance_partition(&mut self) -> Result<bool> {
        self.source_mut().advance_partition()
    }

    fn partition(&self) -> Partition<'_> {
        self.source().partition()
    }

    fn advance_unfiltered(&mut self) -> Result<bool> {
        self.source_mut().advance_unfiltered()
    }

    fn unfiltered(&self) -> Unfiltered<'_> {
        self.source().unfiltered()
    }

    fn advance_item(&mut self) -> Result<bool> {
        self.source_mut().advance_item()
    }

    fn item(&self) -> RowItem<'_> {
        self.source().item()
    }
}
