//! A block of rows and markers, as both formats index it.

use crate::row::{ClusteringPrefix, DeletionTime};

/// A stretch of rows and markers that the index of a partition's rows tells of, when it is cut (`io.sstable.IndexInfo`).
#[derive(Debug, Clone, Copy)]
pub(crate) struct CutBlock<'a> {
    /// The clustering of its first row or marker.
    pub(crate) first: ClusteringPrefix<'a>,
    /// The clustering of its last row or marker.
    pub(crate) last: ClusteringPrefix<'a>,
    /// Where it begins, counted from the start of the partition.
    pub(crate) start: u64,
    /// How many bytes it has. Those of the last block count the end of the partition, unless it was full before.
    pub(crate) width: u64,
    /// The range deletion that is open in front of its first row or marker.
    pub(crate) open_at_start: DeletionTime,
    /// The range deletion that is open behind its last row or marker.
    pub(crate) open_at_end: DeletionTime,
}
