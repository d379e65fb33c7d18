//! The deletions of a partition and of ranges of its rows.

use cqlite_sstable::merge::{RangeEnd, RangeMarker, range_markers};
use cqlite_sstable::row::{ClusteringBuffer, ClusteringOrder, DeletionTime, Marker};

/// So many ends there are at least before ranges are put together.
const FOLDED_ENDS: usize = 64;

/// What deletes rows of a partition, with the sequence numbers of the writes.
#[derive(Debug, Default)]
pub(super) struct Deletions {
    /// Deletions of the partition; each later one is greater.
    partition: Vec<(u64, DeletionTime)>,
    /// The ends of ranges.
    ends: Vec<(u64, RangeEnd)>,
    /// How many ends were left when ranges were put together last.
    folded: usize,
    values_bytes: usize,
}

impl Deletions {
    /// Adds a deletion of the partition.
    pub(super) fn delete_partition(&mut self, sequence: u64, deletion: DeletionTime, oldest: u64) {
        let at = self.partition.partition_point(|(known, _)| *known <= sequence);
        self.partition.insert(at, (sequence, deletion));
        let everybody_sees = self.partition.partition_point(|(known, _)| *known <= oldest);
        if everybody_sees > 1 {
            let greatest = self.partition.drain(..everybody_sees).map(|(_, deletion)| deletion).max();
            self.partition.insert(0, (0, greatest.unwrap_or_default()));
        }
    }

    /// Adds a marker of an update: the ends of the ranges that it closes and opens.
    pub(super) fn add_marker(&mut self, sequence: u64, marker: &Marker<'_>) {
        let mut add = |kind, deletion| {
            let mut values = ClusteringBuffer::default();
            values.copy_from(marker.clustering);
            let bytes: usize = marker.clustering.iter().map(|one| one.bytes().map_or(0, <[u8]>::len)).sum();
            self.values_bytes = self.values_bytes.saturating_add(bytes);
            self.ends.push((sequence, RangeEnd { kind, values, deletion }));
        };
        let closes = marker.kind.close().or_else(|| marker.kind.is_end().then_some(marker.kind));
        let opens = marker.kind.open().or_else(|| marker.kind.is_start().then_some(marker.kind));
        if let Some(kind) = closes {
            add(kind, marker.deletion);
        }
        if let Some(kind) = opens {
            add(kind, marker.opened.unwrap_or(marker.deletion));
        }
    }

    /// Puts the ranges together that every reader sees, once they are twice as many as they were.
    pub(super) fn fold(&mut self, oldest: u64, order: &ClusteringOrder) {
        if self.ends.len() < FOLDED_ENDS.max(self.folded.saturating_mul(2)) {
            return;
        }
        let (seen, recent): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.ends).into_iter().partition(|(sequence, _)| *sequence <= oldest);
        let markers = range_markers(seen.into_iter().map(|(_, end)| end).collect(), order);
        self.values_bytes = 0;
        markers.iter().for_each(|marker| self.add_marker(0, &marker.as_marker()));
        for (sequence, end) in recent {
            let marker = RangeMarker::bound(end.kind, end.values, end.deletion);
            self.add_marker(sequence, &marker.as_marker());
        }
        self.folded = self.ends.len();
    }

    /// The deletion of the partition that a reader sees; live if there is none.
    pub(super) fn partition(&self, visible: u64) -> DeletionTime {
        let seen = self.partition.iter().filter(|(sequence, _)| *sequence <= visible);
        seen.map(|(_, deletion)| *deletion).max().unwrap_or_default()
    }

    /// The ends of the ranges that a reader sees, but those that the partition's deletion covers.
    pub(super) fn ends(&self, visible: u64, partition: DeletionTime) -> Vec<RangeEnd> {
        let seen =
            self.ends.iter().filter(|(sequence, end)| *sequence <= visible && end.deletion > partition);
        seen.map(|(_, end)| end.clone()).collect()
    }

    /// About the memory that they take.
    pub(super) fn held_bytes(&self) -> usize {
        const END_BYTES: usize = size_of::<(u64, RangeEnd)>() + 48;
        size_of::<Self>()
            .saturating_add(self.partition.capacity().saturating_mul(size_of::<(u64, DeletionTime)>()))
            .saturating_add(self.ends.len().saturating_mul(END_BYTES))
            .saturating_add(self.values_bytes)
    }
}
