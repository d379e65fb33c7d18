//! A row without its clustering and its cells.

use crate::row::{Clustering, DeletionTime, Liveness, Row};

/// The liveness and the deletions of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowHead {
    /// As [`Row::liveness`].
    pub liveness: Option<Liveness>,
    /// As [`Row::deletion`].
    pub deletion: DeletionTime,
    /// As [`Row::shadowable_deletion`].
    pub shadowable_deletion: DeletionTime,
}

impl RowHead {
    /// That of a row.
    pub fn of(row: &Row<'_>) -> Self {
        Self { liveness: row.liveness, deletion: row.deletion, shadowable_deletion: row.shadowable_deletion }
    }

    /// Whether a row tells nothing by it.
    pub fn is_empty(&self) -> bool {
        self.liveness.is_none() && self.deletion.is_live() && self.shadowable_deletion.is_live()
    }

    /// The row with this head.
    pub(super) fn row<'a>(&self, is_static: bool, clustering: Clustering<'a>) -> Row<'a> {
        Row {
            is_static,
            clustering,
            liveness: self.liveness,
            deletion: self.deletion,
            shadowable_deletion: self.shadowable_deletion,
        }
    }
}
