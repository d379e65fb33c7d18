//! What is added to a builder.

use crate::encoding::EncodingStats;
use crate::row::{ClusteringPrefix, DeletionTime, Row, RowItem};

/// A change of one partition (`db.partitions.PartitionUpdate`, of one row or deletion).
#[derive(Debug, Clone, Copy)]
pub enum Update<'a> {
    /// The whole partition is deleted.
    Partition {
        /// The serialized partition key.
        key: &'a [u8],
        /// The deletion.
        deletion: DeletionTime,
    },
    /// A row is inserted, changed or deleted; or the static one.
    Row {
        /// The serialized partition key.
        key: &'a [u8],
        /// The row.
        row: Row<'a>,
        /// Its complex deletions and cells, in the order of columns and paths. Columns are indexes into those of the
        /// builder's header.
        items: &'a [RowItem<'a>],
    },
    /// All rows between two bounds are deleted.
    Range {
        /// The serialized partition key.
        key: &'a [u8],
        /// The first bound, a start.
        start: ClusteringPrefix<'a>,
        /// The last bound, an end.
        end: ClusteringPrefix<'a>,
        /// The deletion.
        deletion: DeletionTime,
    },
}

impl<'a> Update<'a> {
    /// The serialized partition key.
    pub fn key(&self) -> &'a [u8] {
        match self {
            Self::Partition { key, .. } | Self::Row { key, .. } | Self::Range { key, .. } => key,
        }
    }

    /// Takes its times into the least ones.
    pub(super) fn add_to(&self, stats: &mut EncodingStats) {
        match self {
            Self::Partition { deletion, .. } | Self::Range { deletion, .. } => stats.add_deletion(deletion),
            Self::Row { row, items, .. } => {
                stats.add_row(row);
                items.iter().for_each(|item| stats.add_item(item));
            }
        }
    }
}
