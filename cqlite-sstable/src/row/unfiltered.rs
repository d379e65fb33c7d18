//! What a source of rows shows: partitions, rows, markers, items. All of it is borrowed.

use super::{Cell, Clustering, ClusteringKind, ClusteringPrefix, DeletionTime, Liveness};

/// The head of a partition.
#[derive(Debug, Clone, Copy)]
pub struct Partition<'a> {
    /// The serialized partition key.
    pub key: &'a [u8],
    /// The deletion of the whole partition.
    pub deletion: DeletionTime,
    /// The static row, if there are static columns. Its cells are the first that
    /// [`UnfilteredPartitions::advance_item`](super::UnfilteredPartitions::advance_item) moves to.
    pub static_row: Option<Row<'a>>,
}

/// A row without its cells.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Whether it is the static row, which has no clustering.
    pub is_static: bool,
    /// The values of the clustering columns.
    pub clustering: Clustering<'a>,
    /// The liveness of the primary key, if the row was inserted and not only updated.
    pub liveness: Option<Liveness>,
    /// The deletion of the row.
    pub deletion: DeletionTime,
    /// A deletion that newer liveness takes away (`Row.Deletion.isShadowable`), also that of another SSTable; live if
    /// the row's own liveness does so. Views of Cassandra 3 have it in place of the other, those of ScyllaDB maybe
    /// beside it.
    pub shadowable_deletion: DeletionTime,
}

impl Row<'_> {
    /// The deletion of the row if no other SSTable has newer liveness of it: the greater of the two.
    pub fn greatest_deletion(&self) -> DeletionTime {
        self.deletion.max(self.shadowable_deletion)
    }
}

/// One end of a range of deleted rows, or the border of two such ranges.
#[derive(Debug, Clone, Copy)]
pub struct Marker<'a> {
    /// Which side of the values it is on, and whether it opens, closes, or both.
    pub kind: ClusteringKind,
    /// The values: maybe fewer than there are clustering columns, none at the ends of the partition.
    pub clustering: Clustering<'a>,
    /// The deletion of a bound; of a boundary, the one it closes.
    pub deletion: DeletionTime,
    /// The deletion that a boundary opens.
    pub opened: Option<DeletionTime>,
}

/// What stands in a partition, in clustering order.
#[derive(Debug, Clone, Copy)]
pub enum Unfiltered<'a> {
    /// A row.
    Row(Row<'a>),
    /// A range tombstone marker.
    Marker(Marker<'a>),
}

impl<'a> Unfiltered<'a> {
    /// Where it stands in the partition.
    pub fn place(&self) -> ClusteringPrefix<'a> {
        match self {
            Self::Row(row) => (ClusteringKind::Clustering, row.clustering),
            Self::Marker(marker) => (marker.kind, marker.clustering),
        }
    }
}

impl Marker<'_> {
    /// The range deletion that is open behind it; live if none is.
    pub fn open_behind(&self) -> DeletionTime {
        match self.opened {
            Some(opened) => opened,
            None if self.kind.is_start() => self.deletion,
            None => DeletionTime::LIVE,
        }
    }
}

/// What stands in a row, in column order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowItem<'a> {
    /// The deletion of a collection or user-defined type, in front of its cells. It is never live.
    ComplexDeletion {
        /// The column, as in [`Cell::column`].
        column: usize,
        /// The deletion.
        deletion: DeletionTime,
    },
    /// A cell.
    Cell(Cell<'a>),
}
