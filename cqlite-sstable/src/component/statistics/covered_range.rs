//! Making the range of clusterings that an SSTable has.

use super::{CoveredBound, CoveredClusterings};
use crate::row::{ClusteringBuffer, ClusteringKind, ClusteringOrder, ClusteringPrefix, PrefixBuffer};

/// Collects the least and the greatest clustering (`MetadataCollector.updateClusteringValues`). The least is always a
/// row's or a start, since each end has a start in front of it, and the greatest a row's or an end. As a partition's
/// clusterings ascend, only its first and its last are compared with those of others.
#[derive(Debug, Clone)]
pub(super) struct CoveredRange {
    order: ClusteringOrder,
    least: Option<PrefixBuffer>,
    greatest: Option<PrefixBuffer>,
    /// The last one of the partition so far, if it could be the greatest.
    last: PrefixBuffer,
    has_first: bool,
    has_last: bool,
}

impl CoveredRange {
    pub(super) fn new(order: ClusteringOrder) -> Self {
        let last = PrefixBuffer::bottom();
        Self { order, least: None, greatest: None, last, has_first: false, has_last: false }
    }

    /// Adds a row's or a marker's place; within a partition they come in ascending order.
    #[inline]
    pub(super) fn add(&mut self, place: ClusteringPrefix<'_>) {
        let (kind, _) = place;
        let is_row = kind == ClusteringKind::Clustering;
        if !self.has_first && (is_row || kind.is_start()) {
            self.has_first = true;
            self.add_first(place);
        }
        if is_row || kind.is_end() {
            self.last.set(place);
            self.has_last = true;
        }
    }

    fn add_first(&mut self, place: ClusteringPrefix<'_>) {
        match &mut self.least {
            Some(least) if self.order.compare(place, least.as_prefix()).is_ge() => {}
            Some(least) => least.set(place),
            None => self.least = Some(PrefixBuffer::new(place.0, place.1.iter())),
        }
    }

    /// Says that the next place is another partition's.
    pub(super) fn end_partition(&mut self) {
        if self.has_last {
            match &mut self.greatest {
                Some(known) if self.order.compare(self.last.as_prefix(), known.as_prefix()).is_le() => {}
                Some(known) => std::mem::swap(known, &mut self.last),
                None => self.greatest = Some(self.last.clone()),
            }
        }
        (self.has_first, self.has_last) = (false, false);
    }

    /// The range from the least to the greatest. Where there is no clustering at all, it is the empty one that Cassandra
    /// writes: from behind no values to in front of no values.
    pub(super) fn finish(self) -> CoveredClusterings {
        let bound = |prefix: Option<PrefixBuffer>, of_row, of_none| match prefix {
            Some(PrefixBuffer { kind: ClusteringKind::Clustering, values }) => {
                CoveredBound { kind: of_row, values }
            }
            Some(PrefixBuffer { kind, values }) => CoveredBound { kind, values },
            None => CoveredBound { kind: of_none, values: ClusteringBuffer::default() },
        };
        CoveredClusterings::Slice {
            start: bound(self.least, ClusteringKind::InclStartBound, ClusteringKind::ExclStartBound),
            end: bound(self.greatest, ClusteringKind::InclEndBound, ClusteringKind::ExclEndBound),
        }
    }
}
