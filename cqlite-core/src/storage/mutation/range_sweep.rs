//! The range tombstone markers of a partition, while its rows are gone through.

use cqlite_sstable::merge::RangeMarker;
use cqlite_sstable::row::{ClusteringBuffer, ClusteringOrder, ClusteringPrefix, DeletionTime, Marker};

/// Markers in order, and which deletion is open behind those that were passed.
#[derive(Debug, Default)]
pub(in crate::storage) struct RangeSweep {
    markers: Vec<RangeMarker>,
    next: usize,
    open: DeletionTime,
}

impl RangeSweep {
    /// In front of the first of these markers.
    pub(in crate::storage) fn new(markers: Vec<RangeMarker>) -> Self {
        Self { markers, next: 0, open: DeletionTime::LIVE }
    }

    /// The marker that comes next, if it stands in front of a place; or at all, if there is none.
    pub(in crate::storage) fn next_before(
        &self,
        place: Option<ClusteringPrefix<'_>>,
        order: &ClusteringOrder,
    ) -> Option<Marker<'_>> {
        let marker = self.markers.get(self.next)?.as_marker();
        let is_before =
            place.is_none_or(|place| order.compare((marker.kind, marker.clustering), place).is_lt());
        is_before.then_some(marker)
    }

    /// Passes the marker that comes next.
    pub(in crate::storage) fn advance(&mut self) {
        if let Some(marker) = self.markers.get(self.next) {
            self.open = marker.as_marker().open_behind();
        }
        self.next = self.next.saturating_add(1);
    }

    /// The marker that was passed last.
    pub(in crate::storage) fn last(&self) -> Option<Marker<'_>> {
        self.next.checked_sub(1).and_then(|last| self.markers.get(last)).map(RangeMarker::as_marker)
    }

    /// What is open; live if nothing is.
    pub(in crate::storage) fn open(&self) -> DeletionTime {
        self.open
    }

    /// Leaves only what is between the bounds of a slice: what is open at its start is opened there, and what is open at
    /// its end is closed there.
    pub(in crate::storage) fn cut(
        &mut self,
        start: ClusteringPrefix<'_>,
        end: ClusteringPrefix<'_>,
        order: &ClusteringOrder,
    ) {
        let bound = |(kind, clustering): ClusteringPrefix<'_>, deletion: DeletionTime| {
            let mut values = ClusteringBuffer::default();
            values.copy_from(clustering);
            RangeMarker::bound(kind, values, deletion)
        };
        let (mut open, mut is_inside, mut kept) = (DeletionTime::LIVE, false, Vec::new());
        for marker in std::mem::take(&mut self.markers) {
            let place = (marker.kind, marker.values.as_clustering());
            if order.compare(place, end).is_ge() {
                break;
            }
            if !is_inside && order.compare(place, start).is_gt() {
                is_inside = true;
                if !open.is_live() {
                    kept.push(bound(start, open));
                }
            }
            open = marker.as_marker().open_behind();
            if is_inside {
                kept.push(marker);
            }
        }
        if !open.is_live() {
            if !is_inside {
                kept.push(bound(start, open));
            }
            kept.push(bound(end, open));
        }
        *self = Self::new(kept);
    }
}
