//! A row with values of its own.

use super::{ClusteringBuffer, DeletionTime, Liveness, Row};

/// A row without its cells, with values of its own.
#[derive(Debug, Clone, Default)]
pub struct OwnedRow {
    /// As [`Row::clustering`]; without values for a static row.
    pub clustering: ClusteringBuffer,
    /// As [`Row::liveness`].
    pub liveness: Option<Liveness>,
    /// As [`Row::deletion`].
    pub deletion: DeletionTime,
    /// As [`Row::shadowable_deletion`].
    pub shadowable_deletion: DeletionTime,
}

impl OwnedRow {
    /// Forgets what it says. Room in memory is kept.
    pub fn clear(&mut self) {
        self.clustering.clear();
        self.liveness = None;
        (self.deletion, self.shadowable_deletion) = (DeletionTime::LIVE, DeletionTime::LIVE);
    }

    /// Takes over another row.
    #[inline]
    pub fn set(&mut self, row: &Row<'_>) {
        self.clustering.copy_from(row.clustering);
        (self.liveness, self.deletion) = (row.liveness, row.deletion);
        self.shadowable_deletion = row.shadowable_deletion;
    }

    /// It, borrowed.
    #[inline]
    pub fn as_row(&self, is_static: bool) -> Row<'_> {
        Row {
            is_static,
            clustering: self.clustering.as_clustering(),
            liveness: self.liveness,
            deletion: self.deletion,
            shadowable_deletion: self.shadowable_deletion,
        }
    }
}
