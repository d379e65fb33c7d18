//! Levels of density (`UnifiedCompactionStrategy.Level`).

use super::super::parameters::UnifiedParameters;
use super::super::summary::data_bytes;
use super::super::{Pending, SstableSummary};
use super::ShardSpace;
use super::overlap_sets::{OverlapSet, overlap_sets, stretches};
use super::pick::{Bucket, Pick};

/// SSTables of much the same density.
#[derive(Debug, Clone)]
pub struct DensityLevel<'a> {
    /// Which level it is, from 0.
    pub index: usize,
    /// The least density, in bytes for the whole token space.
    pub min: f64,
    /// All densities are less than this.
    pub max: f64,
    /// The SSTables, the least dense first.
    pub sstables: Vec<&'a SstableSummary>,
    /// How many of them may have one key, at most.
    pub overlap: usize,
    /// Sets of places in `sstables` that overlap.
    sets: Vec<OverlapSet>,
}

impl<'a> DensityLevel<'a> {
    fn of(index: usize, min: f64, max: f64, sstables: Vec<&'a SstableSummary>) -> Self {
        let sets = overlap_sets(&sstables);
        let overlap = sets.iter().map(Vec::len).max().unwrap_or(0);
        Self { index, min, max, sstables, overlap, sets }
    }

    fn buckets(&self, unified: &UnifiedParameters) -> Vec<Bucket<'_, 'a>> {
        let threshold = unified.threshold(self.index);
        let stretches = stretches(&self.sets, threshold, unified.overlap_inclusion);
        stretches.into_iter().map(|sets| Bucket::of(sets, &self.sstables)).collect()
    }

    /// The choices that are equally good: of all stretches that can be compacted, those where most overlap.
    /// None if too few do.
    pub(super) fn picks(&self, unified: &UnifiedParameters) -> Vec<Pick<'a>> {
        let mut buckets = self.buckets(unified);
        buckets.retain(|bucket| bucket.overlap == self.overlap);
        buckets.into_iter().map(|bucket| bucket.pick(self.index, unified)).collect()
    }

    /// What it takes if all goes on as it should.
    pub(super) fn pending(&self, unified: &UnifiedParameters) -> Pending {
        let threshold = unified.threshold(self.index);
        let pending = |bucket: &Bucket<'_, '_>| Pending {
            compactions: (bucket.overlap / threshold) as u64,
            bytes: data_bytes(bucket.by_age().into_iter().map(|(_, sstable)| sstable)),
        };
        self.buckets(unified).iter().map(pending).sum()
    }
}

/// Groups SSTables by density, from level 0 to the last that has one (`formLevels`).
pub(super) fn levels<'a>(
    sstables: Vec<&'a SstableSummary>,
    unified: &UnifiedParameters,
    flush_bytes: u64,
    space: &ShardSpace,
) -> Vec<DensityLevel<'a>> {
    let mut sorted: Vec<(f64, &SstableSummary)> =
        sstables.into_iter().map(|sstable| (space.density(sstable), sstable)).collect();
    sorted.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut sorted = sorted.into_iter().peekable();
    let mut levels = Vec::new();
    let (mut index, mut min) = (0, 0.0);
    let mut base = base_bytes(unified, flush_bytes) / space.coverage();
    while sorted.peek().is_some() {
        let max = (base * unified.fanout(index) as f64).floor();
        let members = std::iter::from_fn(|| sorted.next_if(|(density, _)| *density < max));
        levels.push(DensityLevel::of(index, min, max, members.map(|(_, sstable)| sstable).collect()));
        (index, min, base) = (index + 1, max, max);
    }
    levels
}

/// Where level 0 begins, so that flushes that are a little small are still together with the others
/// (`Controller.getBaseSstableSize`).
fn base_bytes(unified: &UnifiedParameters, flush_bytes: u64) -> f64 {
    flush_bytes.max(1 << 20) as f64 * (1.0 - 0.9 / unified.fanout(0) as f64)
}
