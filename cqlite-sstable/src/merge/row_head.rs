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

    /// Whether a deletion is told by it.
    pub(crate) fn has_deletion(&self) -> bool {
        !self.deletion.is_live() || !self.shadowable_deletion.is_live()
    }

    /// Takes in another version of the row: of each part, what wins.
    pub(crate) fn absorb(&mut self, other: &Self) {
        self.deletion = self.deletion.max(other.deletion);
        self.shadowable_deletion = self.shadowable_deletion.max(other.shadowable_deletion);
        self.liveness = match (self.liveness, other.liveness) {
            (Some(known), Some(other)) if other.precedence(&known).is_gt() => Some(other),
            (known, other) => known.or(other),
        };
    }

    /// Leaves out what is deleted by `active`, which covers the row from outside, or by the row's own deletions. Returned
    /// is what is active within the row: the latest of these.
    pub(crate) fn settle(&mut self, mut active: DeletionTime) -> DeletionTime {
        let shadowable_until = self.shadowable_deletion.marked_for_delete_at;
        if self.liveness.is_some_and(|liveness| liveness.timestamp > shadowable_until) {
            self.shadowable_deletion = DeletionTime::LIVE;
        }
        for deletion in [&mut self.deletion, &mut self.shadowable_deletion] {
            if *deletion > active {
                active = *deletion;
            } else {
                *deletion = DeletionTime::LIVE;
            }
        }
        self.liveness = self.liveness.filter(|liveness| !active.deletes(liveness.timestamp));
        active
    }

    /// The row with this head.
    pub fn row<'a>(&self, is_static: bool, clustering: Clustering<'a>) -> Row<'a> {
        Row {
            is_static,
            clustering,
            liveness: self.liveness,
            deletion: self.deletion,
            shadowable_deletion: self.shadowable_deletion,
        }
    }
}
