//! Size-tiered compaction: SSTables of much the same size are compacted together
//! (`SizeTieredCompactionStrategy`).

use super::candidates::Candidates;
use super::choice::{Choice, Cut, Reason};
use super::parameters::{CompactionParameters, SizeTieredParameters};
use super::summary::data_bytes;
use super::{Context, Pending, SstableSummary};

/// What is left of the data when it is no longer worth splitting
/// (`SplittingSizeTieredCompactionWriter.DEFAULT_SMALLEST_SSTABLE_BYTES`).
const SMALLEST_SPLIT_BYTES: f64 = 50_000_000.0;
const MOST_SPLITS: usize = 20;

/// SSTables of much the same size.
#[derive(Debug)]
pub(super) struct Bucket<'a> {
    /// The mean length of Data.db, rounded down whenever an SSTable joins.
    pub(super) average_bytes: u64,
    /// By size, the smallest first.
    pub(super) sstables: Vec<&'a SstableSummary>,
}

impl Bucket<'_> {
    fn takes(&self, bytes: u64, sized: &SizeTieredParameters) -> bool {
        let average = self.average_bytes as f64;
        let is_near =
            bytes as f64 > average * sized.bucket_low && (bytes as f64) < average * sized.bucket_high;
        is_near || (bytes < sized.min_sstable_bytes && self.average_bytes < sized.min_sstable_bytes)
    }

    fn average_disk_bytes(&self) -> u64 {
        let sum = self.sstables.iter().fold(0_u64, |sum, sstable| sum.saturating_add(sstable.disk_bytes));
        sum / (self.sstables.len() as u64).max(1)
    }

    fn hotness(&self) -> f64 {
        self.sstables.iter().map(|sstable| sstable.hotness()).sum()
    }

    /// Keeps the hottest SSTables, and of equally hot ones the smallest.
    fn trim(&mut self, max_threshold: usize) {
        self.sstables.sort_by(|a, b| b.hotness().total_cmp(&a.hotness()));
        self.sstables.truncate(max_threshold);
    }

    pub(super) fn reason(&self) -> Reason {
        Reason::Sizes { average_bytes: self.average_bytes }
    }
}

/// Groups SSTables by size (`getBuckets`), the smaller groups first.
///
/// With a `bucket_low` above 1 an SSTable can belong to several groups; Cassandra then takes the first one in
/// the order of a hash table, and here it is the one of the smallest.
pub(super) fn buckets<'a>(sstables: &[&'a SstableSummary], sized: &SizeTieredParameters) -> Vec<Bucket<'a>> {
    let mut sorted = sstables.to_vec();
    sorted.sort_by_key(|sstable| sstable.data_bytes);
    let mut buckets: Vec<Bucket<'a>> = Vec::new();
    for sstable in sorted {
        let bytes = sstable.data_bytes;
        match buckets.iter_mut().find(|bucket| bucket.takes(bytes, sized)) {
            Some(bucket) => {
                let count = bucket.sstables.len() as u64;
                let total = count.saturating_mul(bucket.average_bytes).saturating_add(bytes);
                bucket.average_bytes = total / (count + 1);
                bucket.sstables.push(sstable);
            }
            None => buckets.push(Bucket { average_bytes: bytes, sstables: vec![sstable] }),
        }
    }
    buckets
}

/// Of the groups with at least `min_threshold` SSTables the one that is read most, or else has the greatest
/// SSTables (`mostInterestingBucket`), with `max_threshold` SSTables at most.
pub(super) fn most_interesting<'a>(
    buckets: Vec<Bucket<'a>>,
    parameters: &CompactionParameters,
) -> Option<Bucket<'a>> {
    let mut best: Option<(f64, u64, Bucket<'a>)> = None;
    for mut bucket in buckets {
        bucket.trim(parameters.max_threshold);
        if bucket.sstables.len() < parameters.min_threshold {
            continue;
        }
        let (hotness, average) = (bucket.hotness(), bucket.average_disk_bytes());
        let is_better = best.as_ref().is_none_or(|(most, greatest, _)| {
            hotness.total_cmp(most).then_with(|| average.cmp(greatest)).is_gt()
        });
        if is_better {
            best = Some((hotness, average, bucket));
        }
    }
    best.map(|(.., bucket)| bucket)
}

/// What it takes until no group has `min_threshold` SSTables (`getEstimatedCompactionsByTasks`).
pub(super) fn pending(
    candidates: Candidates<'_>,
    parameters: &CompactionParameters,
    sized: &SizeTieredParameters,
) -> Pending {
    let mut buckets = buckets(&candidates.available(), sized);
    buckets.retain(|bucket| bucket.sstables.len() >= parameters.min_threshold);
    let pending = |bucket: Bucket<'_>| Pending {
        compactions: bucket.sstables.len().div_ceil(parameters.max_threshold.max(1)) as u64,
        bytes: data_bytes(bucket.sstables),
    };
    buckets.into_iter().map(pending).sum()
}

/// What to compact next, if there is anything (`getNextBackgroundSSTables`).
pub(super) fn choose(
    candidates: Candidates<'_>,
    parameters: &CompactionParameters,
    sized: &SizeTieredParameters,
    context: &Context<'_>,
) -> Option<Choice> {
    let available = candidates.available();
    if let Some(bucket) = most_interesting(buckets(&available, sized), parameters) {
        return Some(Choice::of(candidates.group, &bucket.sstables, bucket.reason()));
    }
    let mut greatest: Option<&SstableSummary> = None;
    for sstable in available {
        if greatest.is_none_or(|greatest| sstable.data_bytes > greatest.data_bytes)
            && parameters.tombstones.are_worth_dropping(sstable, candidates, context)
        {
            greatest = Some(sstable);
        }
    }
    greatest.map(|sstable| {
        let reason = Reason::Tombstones { droppable_ratio: sstable.droppable_tombstone_ratio };
        Choice::of(candidates.group, &[sstable], reason)
    })
}

/// All SSTables into one, or, if that is wanted, into ones of a half, a quarter and so on of their size.
pub(super) fn major(candidates: Candidates<'_>, splits: bool) -> Option<Choice> {
    let all: Vec<&SstableSummary> = candidates.of_group().filter(|sstable| !sstable.is_suspect).collect();
    if all.is_empty() || all.iter().any(|sstable| sstable.is_compacting) {
        return None;
    }
    let mut choice = Choice::of(candidates.group, &all, Reason::Major);
    if splits {
        choice.cut = Cut::Sizes(split_sizes(data_bytes(all)));
    }
    Some(choice)
}

fn split_sizes(total_bytes: u64) -> Vec<u64> {
    let mut sizes = Vec::new();
    let mut ratio = 1.0;
    for _ in 0..MOST_SPLITS {
        ratio /= 2.0;
        let bytes = ratio * total_bytes as f64;
        if bytes < SMALLEST_SPLIT_BYTES {
            break;
        }
        sizes.push(bytes.round() as u64);
    }
    sizes
}
