//! The ranges of deleted rows that are open at a place.

use std::collections::BTreeMap;

use crate::row::{ClusteringKind, DeletionTime};

/// The deletions of the ranges that are open where a partition is swept, which may overlap (`db.RangeTombstoneList`).
#[derive(Debug, Default)]
pub(super) struct Ranges {
    /// How many ranges have each deletion.
    open: BTreeMap<DeletionTime, usize>,
}

impl Ranges {
    /// Goes to the front of a partition.
    pub(super) fn clear(&mut self) {
        self.open.clear();
    }

    /// Passes the start or the end of a range.
    pub(super) fn pass(&mut self, kind: ClusteringKind, deletion: DeletionTime) {
        if kind.is_start() {
            let count = self.open.entry(deletion).or_default();
            *count = count.saturating_add(1);
        } else if let Some(count) = self.open.get_mut(&deletion) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.open.remove(&deletion);
            }
        }
    }

    /// The latest of them; live if none is open.
    pub(super) fn latest(&self) -> DeletionTime {
        self.open.last_key_value().map_or(DeletionTime::LIVE, |(deletion, _)| *deletion)
    }
}
