//! Dropping tombstones that are not needed any more.

use super::purge_report::TombstoneKind;
use super::{CellChange, Emptied, Overlaps, PurgeReport, RowHead, Transformation, Transformed};
use crate::error::Result;
use crate::row::{Cell, DeletionTime, Partition, Row, UnfilteredPartitions};

/// When tombstones may be dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurgeOptions {
    /// The time at which expiry is judged, in seconds since 1970.
    pub now_seconds: i64,
    /// What was deleted or expired before this second is old enough: `now_seconds` less the table's
    /// `gc_grace_seconds` (`CompactionManager.getDefaultGcBefore`).
    pub gc_before_seconds: i64,
    /// Nothing is dropped, since the table has `only_purge_repaired_tombstones` and not all inputs are repaired.
    pub keeps_unrepaired: bool,
    /// A row whose liveness and deletion are dropped goes as a whole, as in a materialized view that has a regular
    /// column of its base table in its key (`TableMetadata.enforceStrictLiveness`).
    pub strict_liveness: bool,
    /// The table's columns are counters. The tombstone of one wins over every other version, later ones too
    /// (`Cells.resolveCounter`), so that it stays wherever anything of its partition is elsewhere. Cassandra drops it
    /// then as any other, and values come back.
    pub has_counters: bool,
}

/// Rows without the tombstones that nobody needs any more: those older than `gc_grace_seconds` that delete nothing which
/// stands elsewhere (`CompactionIterator.Purger`, `PurgeFunction`). Expired cells that have to stay become tombstones.
pub type Purge<S, O> = Transformed<S, Purger<O>>;

/// What a [`Purge`] does to each part of the rows.
#[derive(Debug)]
pub struct Purger<O> {
    options: PurgeOptions,
    overlaps: O,
    key: Vec<u8>,
    /// Up to when the current partition may be purged, once it was asked for.
    purgeable_before: Option<Option<i64>>,
    report: PurgeReport,
}

/// Whether a tombstone goes, or why it stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Purged,
    InGrace,
    Unrepaired,
    Overlapped,
}

impl<S: UnfilteredPartitions, O: Overlaps> Purge<S, O> {
    /// `source` without what may be purged by these options and `overlaps`.
    pub fn purging(source: S, options: PurgeOptions, overlaps: O) -> Self {
        let (key, purgeable_before, report) = (Vec::new(), None, PurgeReport::default());
        Self::new(source, Purger { options, overlaps, key, purgeable_before, report })
    }

    /// What was dropped and kept so far.
    pub fn report(&self) -> &PurgeReport {
        &self.transformation().report
    }
}

impl<O: Overlaps> Purger<O> {
    #[inline]
    fn judge(&mut self, timestamp: i64, local_deletion_time_seconds: i64) -> Result<Verdict> {
        if local_deletion_time_seconds >= self.options.gc_before_seconds {
            return Ok(Verdict::InGrace);
        }
        if self.options.keeps_unrepaired {
            return Ok(Verdict::Unrepaired);
        }
        let before = match self.purgeable_before {
            Some(before) => before,
            None => self.overlaps.purgeable_before(&self.key)?,
        };
        self.purgeable_before = Some(before);
        Ok(if before.is_none_or(|before| timestamp < before) { Verdict::Purged } else { Verdict::Overlapped })
    }

    fn count(&mut self, kind: TombstoneKind, verdict: Verdict) -> bool {
        let counts = match verdict {
            Verdict::Purged => &mut self.report.purged,
            Verdict::InGrace => &mut self.report.kept_in_grace,
            Verdict::Unrepaired => &mut self.report.kept_unrepaired,
            Verdict::Overlapped => &mut self.report.kept_by_overlap,
        };
        counts.add(kind);
        verdict == Verdict::Purged
    }

    /// Whether a deletion is dropped (`DeletionPurger.shouldPurge`).
    fn purges(&mut self, kind: TombstoneKind, deletion: &DeletionTime) -> Result<bool> {
        if deletion.is_live() {
            return Ok(false);
        }
        let verdict = self.judge(deletion.marked_for_delete_at, deletion.local_deletion_time_seconds)?;
        Ok(self.count(kind, verdict))
    }

    fn unless_purged(&mut self, kind: TombstoneKind, deletion: DeletionTime) -> Result<DeletionTime> {
        Ok(if self.purges(kind, &deletion)? { DeletionTime::LIVE } else { deletion })
    }

    /// What becomes of a cell that is not live any more (`AbstractCell.purge`).
    #[cold]
    fn dead_cell(&mut self, cell: &Cell<'_>) -> Result<CellChange> {
        let kind = if cell.is_expiring() { TombstoneKind::ExpiredCell } else { TombstoneKind::Cell };
        let deletes_until = if self.options.has_counters { i64::MAX } else { cell.timestamp };
        let mut verdict = self.judge(deletes_until, cell.local_deletion_time_seconds)?;
        // Expired, it is judged again as the tombstone that it becomes, of the time at which it was written.
        let written_at = cell.local_deletion_time_seconds.saturating_sub(i64::from(cell.ttl_seconds));
        if verdict != Verdict::Purged && cell.is_expiring() {
            verdict = self.judge(cell.timestamp, written_at)?;
        }
        if self.count(kind, verdict) {
            return Ok(CellChange::Dropped);
        }
        if !cell.is_expiring() {
            return Ok(CellChange::Kept);
        }
        self.report.cells_made_tombstones = self.report.cells_made_tombstones.saturating_add(1);
        Ok(CellChange::Tombstone(written_at))
    }
}

impl<O: Overlaps> Transformation for Purger<O> {
    fn partition(&mut self, partition: &Partition<'_>) -> Result<Option<DeletionTime>> {
        self.key.clear();
        self.key.extend_from_slice(partition.key);
        self.purgeable_before = None;
        self.unless_purged(TombstoneKind::Partition, partition.deletion).map(Some)
    }

    fn row(&mut self, row: &Row<'_>) -> Result<Option<RowHead>> {
        let mut head = RowHead::of(row);
        if head.is_empty() {
            return Ok(Some(head));
        }
        if let Some(liveness) = row.liveness
            && !liveness.is_live(self.options.now_seconds)
        {
            let verdict = self.judge(liveness.timestamp, liveness.expires_at_seconds)?;
            if self.count(TombstoneKind::Liveness, verdict) {
                head.liveness = None;
            }
        }
        head.deletion = self.unless_purged(TombstoneKind::Row, head.deletion)?;
        head.shadowable_deletion = self.unless_purged(TombstoneKind::Row, head.shadowable_deletion)?;
        if self.options.strict_liveness && head.is_empty() {
            self.left_empty(Emptied::Row);
            return Ok(None);
        }
        Ok(Some(head))
    }

    fn range(&mut self, deletion: &DeletionTime) -> Result<bool> {
        Ok(!self.purges(TombstoneKind::Range, deletion)?)
    }

    fn complex_deletion(
        &mut self,
        _is_static: bool,
        _column: usize,
        deletion: &DeletionTime,
    ) -> Result<bool> {
        Ok(!self.purges(TombstoneKind::Complex, deletion)?)
    }

    #[inline]
    fn cell(&mut self, _is_static: bool, cell: &Cell<'_>) -> Result<CellChange> {
        if cell.is_live(self.options.now_seconds) { Ok(CellChange::Kept) } else { self.dead_cell(cell) }
    }

    fn left_empty(&mut self, what: Emptied) {
        let count = match what {
            Emptied::Row => &mut self.report.rows_emptied,
            Emptied::Partition => &mut self.report.partitions_emptied,
        };
        *count = count.saturating_add(1);
    }
}
