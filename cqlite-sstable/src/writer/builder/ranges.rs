//! Ranges of deleted rows that may overlap, as markers that do not.

use std::collections::BTreeMap;

use crate::merge::OpenRange;
use crate::row::{ClusteringBuffer, ClusteringKind, ClusteringOrder, DeletionTime, Marker};

/// One end of a range.
#[derive(Debug)]
pub(super) struct RangeEnd {
    pub(super) kind: ClusteringKind,
    pub(super) values: ClusteringBuffer,
    pub(super) deletion: DeletionTime,
}

/// A marker with values of its own.
#[derive(Debug)]
pub(super) struct OwnedMarker {
    pub(super) kind: ClusteringKind,
    pub(super) values: ClusteringBuffer,
    deletion: DeletionTime,
    opened: Option<DeletionTime>,
}

impl OwnedMarker {
    pub(super) fn as_marker(&self) -> Marker<'_> {
        let clustering = self.values.as_clustering();
        Marker { kind: self.kind, clustering, deletion: self.deletion, opened: self.opened }
    }
}

/// The markers that say the same as all ranges together: at each place, the greatest deletion of those that are open
/// there (`db.RangeTombstoneList`), as far as they are later than the deletion of the partition.
pub(super) fn markers(
    mut ends: Vec<RangeEnd>,
    partition: DeletionTime,
    order: &ClusteringOrder,
) -> Vec<OwnedMarker> {
    let compare = |a: &RangeEnd, b: &RangeEnd| {
        order.compare((a.kind, a.values.as_clustering()), (b.kind, b.values.as_clustering()))
    };
    ends.sort_by(compare);
    let mut markers = Vec::new();
    let mut open: BTreeMap<DeletionTime, usize> = BTreeMap::new();
    let mut open_range = OpenRange::new();
    let mut ends = ends.into_iter().peekable();
    while let Some(first) = ends.next() {
        apply(&first, &mut open);
        while let Some(same) = ends.next_if(|next| compare(&first, next).is_eq()) {
            apply(&same, &mut open);
        }
        let latest = open.last_key_value().map_or(DeletionTime::LIVE, |(deletion, _)| *deletion);
        let is_in_front = first.kind.compared_to_clustering().is_lt();
        if open_range.change(latest, partition, is_in_front) {
            let Marker { kind, deletion, opened, .. } = open_range.marker().at(first.values.as_clustering());
            markers.push(OwnedMarker { kind, values: first.values, deletion, opened });
        }
    }
    markers
}

fn apply(end: &RangeEnd, open: &mut BTreeMap<DeletionTime, usize>) {
    if end.kind.is_start() {
        let count = open.entry(end.deletion).or_default();
        *count = count.saturating_add(1);
    } else if let Some(count) = open.get_mut(&end.deletion) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            open.remove(&end.deletion);
        }
    }
}
