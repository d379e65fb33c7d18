//! What a purge did.

/// How many tombstones of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TombstoneCounts {
    /// Deletions of whole partitions.
    pub partition_deletions: u64,
    /// Ends of range tombstones: two for each range, if no other range touches it.
    pub range_bounds: u64,
    /// Deletions of rows.
    pub row_deletions: u64,
    /// Livenesses of rows that have expired.
    pub expired_livenesses: u64,
    /// Deletions of whole collections and user-defined types.
    pub complex_deletions: u64,
    /// Deleted cells.
    pub cell_tombstones: u64,
    /// Cells that have expired.
    pub expired_cells: u64,
}

/// What [`Purge`](super::Purge) dropped, and what it kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PurgeReport {
    /// What was dropped.
    pub purged: TombstoneCounts,
    /// What is old enough, but may delete something that stands where the merge does not see it.
    pub kept_by_overlap: TombstoneCounts,
    /// What is old enough, but was not repaired, where the table wants that.
    pub kept_unrepaired: TombstoneCounts,
    /// What is not old enough.
    pub kept_in_grace: TombstoneCounts,
    /// Expired cells that went on as tombstones, without their values.
    pub cells_made_tombstones: u64,
    /// Rows of which nothing was left.
    pub rows_emptied: u64,
    /// Partitions of which nothing was left.
    pub partitions_emptied: u64,
    /// Cells and complex deletions that a compaction left out in front of the merge, since their columns were dropped.
    pub of_dropped_columns: u64,
}

/// Kinds of tombstones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TombstoneKind {
    Partition,
    Range,
    Row,
    Liveness,
    Complex,
    Cell,
    ExpiredCell,
}

impl TombstoneCounts {
    pub(super) fn add(&mut self, kind: TombstoneKind) {
        let count = match kind {
            TombstoneKind::Partition => &mut self.partition_deletions,
            TombstoneKind::Range => &mut self.range_bounds,
            TombstoneKind::Row => &mut self.row_deletions,
            TombstoneKind::Liveness => &mut self.expired_livenesses,
            TombstoneKind::Complex => &mut self.complex_deletions,
            TombstoneKind::Cell => &mut self.cell_tombstones,
            TombstoneKind::ExpiredCell => &mut self.expired_cells,
        };
        *count = count.saturating_add(1);
    }

    /// All of them together.
    pub fn total(&self) -> u64 {
        let counts = [
            self.partition_deletions,
            self.range_bounds,
            self.row_deletions,
            self.expired_livenesses,
            self.complex_deletions,
            self.cell_tombstones,
            self.expired_cells,
        ];
        counts.into_iter().fold(0, u64::saturating_add)
    }
}
