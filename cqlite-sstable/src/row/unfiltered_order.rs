//! The order in which rows and markers have to come.

use std::cmp::Ordering;

use super::{ClusteringOrder, ClusteringPrefix, DeletionTime, Marker, PrefixBuffer};

/// Follows the rows and markers of a partition: they ascend by clustering, and markers come in pairs.
#[derive(Debug, Clone)]
pub struct UnfilteredOrder {
    order: ClusteringOrder,
    last: PrefixBuffer,
    is_first: bool,
    open: DeletionTime,
}

impl UnfilteredOrder {
    /// In front of a partition with clusterings of this order.
    pub fn new(order: ClusteringOrder) -> Self {
        Self { order, last: PrefixBuffer::bottom(), is_first: true, open: DeletionTime::LIVE }
    }

    /// How clusterings are compared.
    pub fn order(&self) -> &ClusteringOrder {
        &self.order
    }

    /// Goes to the front of a partition.
    pub fn start_partition(&mut self) {
        (self.is_first, self.open) = (true, DeletionTime::LIVE);
    }

    /// The row or marker of the partition that came last.
    pub fn last(&self) -> Option<ClusteringPrefix<'_>> {
        (!self.is_first).then(|| self.last.as_prefix())
    }

    /// The range deletion that is open behind what came last.
    pub fn open(&self) -> DeletionTime {
        self.open
    }

    /// How the place of the next row or marker stands to the last one, if it may not come behind it: it has the same
    /// place, or belongs in front of it.
    #[inline]
    pub fn misplaced(&self, place: ClusteringPrefix<'_>) -> Option<Ordering> {
        if self.is_first {
            return None;
        }
        let order = self.order.compare(place, self.last.as_prefix());
        // A range may end where the next one begins: mostly that is one boundary, but need not be.
        let is_border = order.is_eq() && self.last.kind.is_end() && place.0.is_start();
        (order.is_le() && !is_border).then_some(order)
    }

    /// A row or marker comes.
    #[inline]
    pub fn advance(&mut self, place: ClusteringPrefix<'_>) {
        self.last.set(place);
        self.is_first = false;
    }

    /// A marker comes, of which the place came by [`UnfilteredOrder::advance`]. Returned is what is wrong with it.
    pub fn marker(&mut self, marker: &Marker<'_>) -> Option<&'static str> {
        let closes = marker.kind.is_end() || marker.kind.is_boundary();
        let told = match self.open.is_live() {
            true if closes => Some("a marker closes a range deletion, but none is open"),
            false if closes && self.open != marker.deletion => {
                Some("a marker closes another range deletion than the one that is open")
            }
            false if !closes => Some("a marker opens a range deletion within another one"),
            _ => None,
        };
        self.open = marker.open_behind();
        told
    }

    /// What is wrong if the partition ends here.
    pub fn end_partition(&self) -> Option<&'static str> {
        let told = "a range deletion is still open at the end of the partition";
        (!self.open.is_live()).then_some(told)
    }
}
