//! What does not change during a salvage.

use std::ops::Range;
use std::sync::Arc;

use super::SalvageOptions;
use crate::component::{ChunkOffsets, Component};
use crate::error::{Error, ErrorKind, Result};
use crate::partitioner::Partitioner;
use crate::reader::Sstable;
use crate::row::ClusteringOrder;
use crate::types::CqlType;

const CRC_BYTES: u64 = 4;

pub(super) struct Setting<'a> {
    pub(super) sstable: &'a Sstable,
    pub(super) options: &'a SalvageOptions,
    pub(super) order: ClusteringOrder,
    pub(super) partitioner: Partitioner,
    /// Nothing vouches for the bytes: the index is asked where each partition ends.
    pub(super) is_unproven: bool,
    stops_at_damage: bool,
}

impl<'a> Setting<'a> {
    pub(super) fn new(sstable: &'a Sstable, options: &'a SalvageOptions, is_unproven: bool) -> Result<Self> {
        let header = sstable.header();
        let mut columns = header.static_columns.iter().chain(&header.regular_columns);
        let has_counters = columns.any(|column| column.column_type == CqlType::Counter);
        Ok(Self {
            sstable,
            options,
            order: ClusteringOrder::new(header.clustering_types.clone()),
            partitioner: sstable.partitioner()?,
            is_unproven,
            stops_at_damage: has_counters && !options.skips_in_counters,
        })
    }

    /// Fails at damage in a table of counters, unless it is to be passed over.
    pub(super) fn check_counters(&self, error: &Error) -> Result<()> {
        if !self.stops_at_damage {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Corrupt,
            format!(
                "damage in a table of counters, where counts that are lost cannot be told from counts that were never \
                 made: {error}"
            ),
        )
        .at(self.sstable.files().path(Component::Data))
        .advise("repair it from the replicas, or pass over the damage with --counters"))
    }

    /// What is said of a stretch that the survey found.
    pub(super) fn unreadable(&self, bad: &Range<u64>) -> Error {
        let stored = self.stored(bad);
        Error::corrupt(format!(
            "bytes {} to {} cannot be read or fail their checksum",
            stored.start, stored.end
        ))
        .at(self.sstable.files().path(Component::Data))
    }

    /// The chunks of Data.db in which a stretch of the uncompressed data is.
    pub(super) fn stored(&self, data: &Range<u64>) -> Range<u64> {
        let length = self.sstable.data().len();
        let Some(info) = self.sstable.shared_compression() else {
            return data.start.min(length)..data.end.min(length);
        };
        let mut offsets = ChunkOffsets::for_lookups(Arc::clone(info), length);
        let chunk_bytes = u64::from(info.chunk_length_bytes).max(1);
        let first = data.start / chunk_bytes;
        let last = data.end.saturating_sub(1).max(data.start) / chunk_bytes;
        let start = offsets.payload(first).map_or(length, |payload| payload.start);
        let end = offsets.payload(last).map_or(length, |payload| payload.end.saturating_add(CRC_BYTES));
        start.min(end)..end
    }

    /// How many rows a stretch of the uncompressed data has, by their average size.
    pub(super) fn estimated_rows(&self, data: &Range<u64>) -> u64 {
        let rows = u128::try_from(self.sstable.statistics().stats.total_rows).unwrap_or(0);
        let length = u128::from(self.sstable.data_length().max(1));
        let bytes = u128::from(data.end.saturating_sub(data.start));
        u64::try_from((rows * bytes).div_ceil(length)).unwrap_or(u64::MAX)
    }
}
