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
    partitions: u64,
    source: Source,
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
    pub(super) fn in_memory(
        header: SerializationHeader,
        partitions: u64,
        rows: SortedRows<RowBuffer>,
    ) -> Self {
        Self { header, partitions, source: Source::Memory(Box::new(rows)) }
    }

    pub(super) fn merged(
        header: SerializationHeader,
        partitions: u64,
        merge: Merge<'static, RunReader>,
    ) -> Self {
        Self { header, partitions, source: Source::Runs(Box::new(merge)) }
    }

    /// The header of the rows, with the bases of their times.
    pub fn header(&self) -> &SerializationHeader {
        &self.header
    }

    /// How many partitions there are at most, for the size of the bloom filter. One that is in several runs is
    /// counted in each.
    pub fn most_partitions(&self) -> u64 {
        self.partitions
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
