//! SSTables that are worth compacting alone, for the tombstones in them.

use cqlite_sstable::Token;

use super::candidates::Candidates;
use super::expired::{Expiry, fully_expired};
use super::parameters::TombstoneParameters;
use super::{Context, SstableSummary};

impl TombstoneParameters {
    /// What [`fully_expired`] goes by.
    pub(super) fn expiry(&self, ignores_overlaps: bool, context: &Context<'_>) -> Expiry {
        Expiry {
            gc_before_seconds: context.gc_before_seconds,
            memtable_min_timestamp: context.memtable_min_timestamp,
            purges_repaired_only: self.purges_repaired_only,
            ignores_overlaps,
        }
    }

    /// Whether compacting `sstable` alone is expected to drop enough tombstones
    /// (`AbstractCompactionStrategy.worthDroppingTombstones`).
    pub(super) fn are_worth_dropping(
        &self,
        sstable: &SstableSummary,
        candidates: Candidates<'_>,
        context: &Context<'_>,
    ) -> bool {
        let due_millis =
            sstable.created_at_millis.saturating_add(self.compaction_interval_seconds.saturating_mul(1000));
        // As the estimate can be wrong, an SSTable that was just made of itself must not be taken again at
        // once.
        if !self.are_compacted_alone || context.now_millis < due_millis {
            return false;
        }
        let threshold = f64::from(self.threshold);
        let ratio = sstable.droppable_tombstone_ratio;
        if ratio.is_nan() || ratio <= threshold {
            return false;
        }
        if self.is_unchecked {
            return true;
        }
        let overlapping = candidates.overlapping(&[sstable]);
        if overlapping.is_empty()
            || !fully_expired(&[sstable], &overlapping, self.expiry(false, context)).is_empty()
        {
            return true;
        }
        remaining_share(sstable, &overlapping, context).is_some_and(|share| share * ratio > threshold)
    }
}

/// The estimated share of the cells that are in partitions which no other SSTable can have.
fn remaining_share(
    sstable: &SstableSummary,
    overlapping: &[&SstableSummary],
    context: &Context<'_>,
) -> Option<f64> {
    let range = |other: &&SstableSummary| (other.first.token.clone(), other.last.token.clone());
    let ranges: Vec<(Token, Token)> = overlapping.iter().map(range).collect();
    let elsewhere = (context.partitions_in_ranges)(sstable, &ranges)?;
    let remaining = (sstable.partitions as f64) - (elsewhere as f64);
    let mean = sstable.cells_per_partition as f64;
    Some(mean * remaining / (sstable.counted_partitions as f64 * mean))
}
