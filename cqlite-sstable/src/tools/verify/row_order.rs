//! The order of rows and markers in a partition, and the pairs of markers.

use super::where_at::Where;
use super::{Check, Findings, Place, Severity};
use crate::component::Component;
use crate::component::statistics::{CoveredClusterings, Statistics};
use crate::reader::Marker;
use crate::row::{ClusteringOrder, ClusteringPrefix, DeletionTime, PrefixBuffer};

/// Follows the rows and markers of partitions.
pub(super) struct RowOrder {
    pub(super) order: ClusteringOrder,
    covered: Option<[PrefixBuffer; 2]>,
    /// Where in Statistics.db the two ends lie.
    covered_at: [u64; 2],
    /// The last row or marker of the partition.
    last: PrefixBuffer,
    is_first: bool,
    /// The range deletion that is open.
    open: DeletionTime,
    /// A partition is told of once.
    told_of_covered: bool,
}

impl RowOrder {
    pub(super) fn new(statistics: &Statistics) -> Self {
        let covered = match &statistics.stats.covered_clusterings {
            CoveredClusterings::Slice { start, end } => Some(
                [start, end].map(|bound| PrefixBuffer { kind: bound.kind, values: bound.values.clone() }),
            ),
            CoveredClusterings::All => None,
        };
        Self {
            order: ClusteringOrder::new(statistics.header.clustering_types.clone()),
            covered,
            covered_at: statistics.stats_fields.of_covered_clusterings(),
            last: PrefixBuffer::bottom(),
            is_first: true,
            open: DeletionTime::LIVE,
            told_of_covered: false,
        }
    }

    /// A partition begins.
    pub(super) fn start_partition(&mut self) {
        (self.is_first, self.open, self.told_of_covered) = (true, DeletionTime::LIVE, false);
    }

    /// The range deletion that is open behind what came last.
    pub(super) fn open(&self) -> DeletionTime {
        self.open
    }

    /// A row or marker comes.
    pub(super) fn place(&mut self, place: ClusteringPrefix<'_>, at: &Where<'_>, findings: &mut Findings) {
        if self.is_first {
            self.covered(place, at, findings);
        } else {
            let order = self.order.compare(self.last.as_prefix(), place);
            // A range may end where the next one begins: mostly that is one boundary, but need not be.
            let is_border = order.is_eq() && self.last.kind.is_end() && place.0.is_start();
            if order.is_ge() && !is_border {
                let told = if order.is_eq() {
                    "a row or marker has the same clustering as the one before it"
                } else {
                    "a row or marker stands behind one that it belongs in front of"
                };
                at.tell(Severity::Damage, Check::RowOrder, told.to_owned(), findings);
            }
        }
        self.last.set(place);
        self.is_first = false;
    }

    /// A marker comes; its place was told before.
    pub(super) fn marker(&mut self, marker: &Marker<'_>, at: &Where<'_>, findings: &mut Findings) {
        let closes = marker.kind.is_end() || marker.kind.is_boundary();
        let told = match self.open.is_live() {
            true if closes => Some("a marker closes a range deletion, but none is open"),
            false if closes && self.open != marker.deletion => {
                Some("a marker closes another range deletion than the one that is open")
            }
            false if !closes => Some("a marker opens a range deletion within another one"),
            _ => None,
        };
        if let Some(told) = told {
            at.tell(Severity::Damage, Check::Markers, told.to_owned(), findings);
        }
        self.open = marker.open_behind();
    }

    /// The partition ends.
    pub(super) fn end_partition(&mut self, at: &Where<'_>, findings: &mut Findings) {
        if !self.open.is_live() {
            let told = "a range deletion is still open at the end of the partition".to_owned();
            at.tell(Severity::Damage, Check::Markers, told, findings);
        }
        if !self.is_first {
            let last = std::mem::replace(&mut self.last, PrefixBuffer::bottom());
            self.covered(last.as_prefix(), at, findings);
            self.last = last;
        }
    }

    /// Whether the first or the last place of a partition is within the bounds of Statistics.db.
    fn covered(&mut self, place: ClusteringPrefix<'_>, at: &Where<'_>, findings: &mut Findings) {
        let Some([start, end]) = &self.covered else { return };
        if self.told_of_covered || self.order.slice_includes(start.as_prefix(), end.as_prefix(), place) {
            return;
        }
        self.told_of_covered = true;
        let told = format!(
            "the covered clusterings leave out a row or marker of the partition at position {} of the uncompressed data",
            at.position
        );
        let [start_at, end_at] = self.covered_at;
        let is_in_front = self.order.compare(start.as_prefix(), place).is_gt();
        let place = (Component::Statistics, Place::Offset(if is_in_front { start_at } else { end_at }));
        at.tell_of(place, Check::Statistics, told, findings);
    }
}
