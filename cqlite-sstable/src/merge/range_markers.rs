//! Ranges of deleted rows that may overlap, as markers that do not.

use std::collections::BTreeMap;

use crate::row::{ClusteringBuffer, ClusteringKind, ClusteringOrder, DeletionTime, Marker};

/// One end of a range of deleted rows: a start or an end, never a boundary.
#[derive(Debug, Clone)]
pub struct RangeEnd {
    /// What it is.
    pub kind: ClusteringKind,
    /// The values of the bound.
    pub values: ClusteringBuffer,
    /// The deletion of the range.
    pub deletion: DeletionTime,
}

/// A range tombstone marker with values of its own.
#[derive(Debug, Clone)]
pub struct RangeMarker {
    /// As [`Marker::kind`].
    pub kind: ClusteringKind,
    /// The values of the bound.
    pub values: ClusteringBuffer,
    deletion: DeletionTime,
    opened: Option<DeletionTime>,
}

impl RangeMarker {
    /// A start or an end.
    pub fn bound(kind: ClusteringKind, values: ClusteringBuffer, deletion: DeletionTime) -> Self {
        Self { kind, values, deletion, opened: None }
    }

    /// It, borrowed.
    pub fn as_marker(&self) -> Marker<'_> {
        let clustering = self.values.as_clustering();
        Marker { kind: self.kind, clustering, deletion: self.deletion, opened: self.opened }
    }
}

/// The markers that say the same as all ranges together: at each place, the greatest deletion of those that are open
/// there (`db.RangeTombstoneList`).
pub fn range_markers(mut ends: Vec<RangeEnd>, order: &ClusteringOrder) -> Vec<RangeMarker> {
    let compare = |a: &RangeEnd, b: &RangeEnd| {
        order.compare((a.kind, a.values.as_clustering()), (b.kind, b.values.as_clustering()))
    };
    ends.sort_by(compare);
    let mut markers = Vec::new();
    let mut open: BTreeMap<DeletionTime, usize> = BTreeMap::new();
    let mut ends = ends.into_iter().peekable();
    while let Some(first) = ends.next() {
        let before = open.last_key_value().map(|(deletion, _)| *deletion);
        apply(&first, &mut open);
        while let Some(same) = ends.next_if(|next| compare(&first, next).is_eq()) {
            apply(&same, &mut open);
        }
        let after = open.last_key_value().map(|(deletion, _)| *deletion);
        let is_behind = first.kind.compared_to_clustering().is_gt();
        let (kind, deletion, opened) = match (before, after) {
            (None, Some(after)) if is_behind => (ClusteringKind::ExclStartBound, after, None),
            (None, Some(after)) => (ClusteringKind::InclStartBound, after, None),
            (Some(before), None) if is_behind => (ClusteringKind::InclEndBound, before, None),
            (Some(before), None) => (ClusteringKind::ExclEndBound, before, None),
            (Some(before), Some(after)) if before != after => match is_behind {
                true => (ClusteringKind::InclEndExclStartBoundary, before, Some(after)),
                false => (ClusteringKind::ExclEndInclStartBoundary, before, Some(after)),
            },
            _ => continue,
        };
        markers.push(RangeMarker { kind, values: first.values, deletion, opened });
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
