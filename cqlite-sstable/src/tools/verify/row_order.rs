//! The order of rows and markers in a partition, and the pairs of markers.

use super::where_at::Where;
use super::{Check, Findings, Place, Severity};
use crate::component::Component;
use crate::component::statistics::{CoveredClusterings, Statistics};
use crate::reader::Marker;
use crate::row::{ClusteringOrder, ClusteringPrefix, DeletionTime, PrefixBuffer, UnfilteredOrder};

/// Follows the rows and markers of partitions.
pub(super) struct RowOrder {
    unfiltereds: UnfilteredOrder,
    covered: Covered,
}

impl RowOrder {
    pub(super) fn new(statistics: &Statistics) -> Self {
        let order = ClusteringOrder::new(statistics.header.clustering_types.clone());
        Self { unfiltereds: UnfilteredOrder::new(order), covered: Covered::new(statistics) }
    }

    /// How clusterings are compared.
    pub(super) fn order(&self) -> &ClusteringOrder {
        self.unfiltereds.order()
    }

    /// A partition begins.
    pub(super) fn start_partition(&mut self) {
        self.unfiltereds.start_partition();
        self.covered.was_told = false;
    }

    /// The range deletion that is open behind what came last.
    pub(super) fn open(&self) -> DeletionTime {
        self.unfiltereds.open()
    }

    /// A row or marker comes.
    pub(super) fn place(&mut self, place: ClusteringPrefix<'_>, at: &Where<'_>, findings: &mut Findings) {
        if self.unfiltereds.last().is_none() {
            self.covered.check(self.unfiltereds.order(), place, at, findings);
        } else if let Some(order) = self.unfiltereds.misplaced(place) {
            let told = if order.is_eq() {
                "a row or marker has the same clustering as the one before it"
            } else {
                "a row or marker stands behind one that it belongs in front of"
            };
            at.tell(Severity::Damage, Check::RowOrder, told.to_owned(), findings);
        }
        self.unfiltereds.advance(place);
    }

    /// A marker comes; its place was told before.
    pub(super) fn marker(&mut self, marker: &Marker<'_>, at: &Where<'_>, findings: &mut Findings) {
        if let Some(told) = self.unfiltereds.marker(marker) {
            at.tell(Severity::Damage, Check::Markers, told.to_owned(), findings);
        }
    }

    /// The partition ends.
    pub(super) fn end_partition(&mut self, at: &Where<'_>, findings: &mut Findings) {
        if let Some(told) = self.unfiltereds.end_partition() {
            at.tell(Severity::Damage, Check::Markers, told.to_owned(), findings);
        }
        if let Some(last) = self.unfiltereds.last() {
            self.covered.check(self.unfiltereds.order(), last, at, findings);
        }
    }
}

/// The bounds of all clusterings that Statistics.db states.
struct Covered {
    bounds: Option<[PrefixBuffer; 2]>,
    /// Where in Statistics.db the two lie.
    bounds_at: [u64; 2],
    /// A partition is told of once.
    was_told: bool,
}

impl Covered {
    fn new(statistics: &Statistics) -> Self {
        let bounds = match &statistics.stats.covered_clusterings {
            CoveredClusterings::Slice { start, end } => Some(
                [start, end].map(|bound| PrefixBuffer { kind: bound.kind, values: bound.values.clone() }),
            ),
            CoveredClusterings::All => None,
        };
        Self { bounds, bounds_at: statistics.stats_fields.of_covered_clusterings(), was_told: false }
    }

    /// Whether the first or the last place of a partition is within the bounds.
    fn check(
        &mut self,
        order: &ClusteringOrder,
        place: ClusteringPrefix<'_>,
        at: &Where<'_>,
        findings: &mut Findings,
    ) {
        let Some([start, end]) = &self.bounds else { return };
        if self.was_told || order.slice_includes(start.as_prefix(), end.as_prefix(), place) {
            return;
        }
        self.was_told = true;
        let told = format!(
            "the covered clusterings leave out a row or marker of the partition at position {} of the uncompressed data",
            at.position
        );
        let [start_at, end_at] = self.bounds_at;
        let is_in_front = order.compare(start.as_prefix(), place).is_gt();
        let place = (Component::Statistics, Place::Offset(if is_in_front { start_at } else { end_at }));
        at.tell_of(place, Check::Statistics, told, findings);
    }
}
