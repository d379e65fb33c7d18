//! A row or marker, as indexes of rows see it.

use crate::row::{Clustering, ClusteringPrefix, DeletionTime};

/// A row or marker on its way through a partition. Offsets count from the start of the partition.
pub(super) struct Step<'a> {
    /// Where it begins.
    pub(super) start: u64,
    /// Where it ends.
    pub(super) end: u64,
    /// Its clustering.
    pub(super) place: ClusteringPrefix<'a>,
    /// The range deletion that is open in front of it.
    pub(super) open_before: DeletionTime,
    /// The range deletion that is open behind it.
    pub(super) open_behind: DeletionTime,
}

/// The head of a partition, as indexes of rows repeat it.
pub(super) struct Head {
    /// Its deletion.
    pub(super) deletion: DeletionTime,
    /// The bytes in front of its first row or marker.
    pub(super) length: u64,
}

/// Whether two prefixes are the same, not only at the same place.
pub(super) fn is_same((kind, values): ClusteringPrefix<'_>, (other, others): ClusteringPrefix<'_>) -> bool {
    let same = |a: Clustering<'_>, b: Clustering<'_>| a.len() == b.len() && a.iter().eq(b.iter());
    kind == other && same(values, others)
}
