//! The partition and the row that are being written.

use crate::row::{ClusteringBuffer, DeletionTime, Liveness, Row};

/// How far a partition is written. One with nothing in it is not written at all.
#[derive(Debug, Default)]
pub(super) struct OpenPartition {
    /// Its deletion; none if no partition is open.
    pub(super) deletion: Option<DeletionTime>,
    pub(super) key_hash: [u64; 2],
    /// Whether its key is written.
    pub(super) is_started: bool,
    pub(super) has_static_row: bool,
    /// Whether the static row is behind, if there is to be one.
    pub(super) has_rows: bool,
    pub(super) start: u64,
    /// Where the last row or marker begins; the start of the partition in front of the first one.
    pub(super) last_start: u64,
}

/// What a row has in front of its columns.
#[derive(Debug)]
pub(super) struct OpenRow {
    pub(super) is_open: bool,
    /// Whether it has nothing so far. If that stays so, it is left out.
    pub(super) is_bare: bool,
    pub(super) is_static: bool,
    liveness: Option<Liveness>,
    deletion: DeletionTime,
    shadowable_deletion: DeletionTime,
    clustering: ClusteringBuffer,
}

impl OpenRow {
    pub(super) fn new() -> Self {
        Self {
            is_open: false,
            is_bare: true,
            is_static: false,
            liveness: None,
            deletion: DeletionTime::LIVE,
            shadowable_deletion: DeletionTime::LIVE,
            clustering: ClusteringBuffer::default(),
        }
    }

    /// A row begins.
    #[inline]
    pub(super) fn set(&mut self, row: &Row<'_>) {
        self.is_open = true;
        self.is_static = row.is_static;
        (self.liveness, self.deletion) = (row.liveness, row.deletion);
        self.shadowable_deletion = row.shadowable_deletion;
        self.is_bare = row.liveness.is_none() && row.greatest_deletion().is_live();
        self.clustering.copy_from(row.clustering);
    }

    /// It, borrowed.
    #[inline]
    pub(super) fn as_row(&self) -> Row<'_> {
        Row {
            is_static: self.is_static,
            clustering: self.clustering.as_clustering(),
            liveness: self.liveness,
            deletion: self.deletion,
            shadowable_deletion: self.shadowable_deletion,
        }
    }
}
