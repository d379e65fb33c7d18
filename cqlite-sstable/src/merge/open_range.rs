//! Range tombstone markers of several sources.

use super::heads::Heads;
use crate::row::{Clustering, ClusteringKind, DeletionTime, Marker};

/// The deletion that is open in the merged rows, and the marker where it last changed
/// (`db.rows.RangeTombstoneMarker.Merger`).
#[derive(Debug)]
pub(crate) struct OpenRange {
    /// What is open; live if nothing is, or nothing later than the deletion of the partition.
    open: DeletionTime,
    marker: MarkerHead,
}

/// A marker without its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MarkerHead {
    pub(super) kind: ClusteringKind,
    pub(super) deletion: DeletionTime,
    pub(super) opened: Option<DeletionTime>,
}

impl MarkerHead {
    /// One that tells nothing.
    pub(super) fn none() -> Self {
        Self { kind: ClusteringKind::InclEndBound, deletion: DeletionTime::LIVE, opened: None }
    }

    pub(super) fn of(marker: &Marker<'_>) -> Self {
        Self { kind: marker.kind, deletion: marker.deletion, opened: marker.opened }
    }

    /// The marker with these values.
    pub(crate) fn at<'a>(&self, clustering: Clustering<'a>) -> Marker<'a> {
        let Self { kind, deletion, opened } = *self;
        Marker { kind, clustering, deletion, opened }
    }

    /// What stands between two deletions, of which one or the other may be live: an end, a start, or a boundary; none
    /// if nothing changes. `is_in_front` tells on which side of its values it stands.
    pub(super) fn between(closed: DeletionTime, opened: DeletionTime, is_in_front: bool) -> Option<Self> {
        use ClusteringKind::{
            ExclEndBound, ExclEndInclStartBoundary, ExclStartBound, InclEndBound, InclEndExclStartBoundary,
            InclStartBound,
        };
        if closed == opened {
            return None;
        }
        let [kind_in_front, kind_behind] = if closed.is_live() {
            [InclStartBound, ExclStartBound]
        } else if opened.is_live() {
            [ExclEndBound, InclEndBound]
        } else {
            [ExclEndInclStartBoundary, InclEndExclStartBoundary]
        };
        let kind = if is_in_front { kind_in_front } else { kind_behind };
        let is_boundary = !closed.is_live() && !opened.is_live();
        let deletion = if closed.is_live() { opened } else { closed };
        Some(Self { kind, deletion, opened: is_boundary.then_some(opened) })
    }
}

impl OpenRange {
    pub(crate) fn new() -> Self {
        Self { open: DeletionTime::LIVE, marker: MarkerHead::none() }
    }

    /// Goes to the front of the rows of a partition.
    pub(crate) fn reset(&mut self) {
        self.open = DeletionTime::LIVE;
    }

    /// As [`OpenRange::reset`], with all sources that have the partition.
    pub(super) fn reset_sources<S>(&mut self, heads: &mut Heads<S>, at_key: &[usize]) {
        self.reset();
        at_key.iter().for_each(|number| heads.get_mut(*number).open = DeletionTime::LIVE);
    }

    /// What deletes the rows here: the open range, or the partition.
    pub(crate) fn active(&self, partition: DeletionTime) -> DeletionTime {
        if self.open.is_live() { partition } else { self.open }
    }

    /// Of all ranges that are open from a place on, `latest` deletes most. `is_in_front` tells on which side of its values
    /// the place is. True if what is open changes.
    pub(crate) fn change(
        &mut self,
        latest: DeletionTime,
        partition: DeletionTime,
        is_in_front: bool,
    ) -> bool {
        let opened = if latest > partition { latest } else { DeletionTime::LIVE };
        let Some(marker) = MarkerHead::between(self.open, opened, is_in_front) else { return false };
        self.open = opened;
        self.marker = marker;
        true
    }

    /// The marker that tells the last change.
    pub(crate) fn marker(&self) -> MarkerHead {
        self.marker
    }
}
