//! The largest partitions.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::{Measure, PartitionCounts};

/// A partition in one SSTable.
#[derive(Debug, Clone)]
pub(super) struct RankedPartition {
    /// The count by which it is ranked.
    pub(super) count: u64,
    /// How many were ranked before it: of two that are alike the first one stays in front.
    pub(super) number: u64,
    pub(super) sstable: Arc<str>,
    pub(super) key: String,
    pub(super) key_hex: String,
    pub(super) is_live: bool,
    pub(super) counts: PartitionCounts,
}

impl RankedPartition {
    fn rank(&self) -> (u64, Reverse<u64>) {
        (self.count, Reverse(self.number))
    }
}

impl Ord for RankedPartition {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for RankedPartition {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for RankedPartition {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for RankedPartition {}

/// So many partitions with the greatest counts; the others are forgotten.
#[derive(Debug)]
pub(super) struct Ranking {
    pub(super) measure: Measure,
    most: usize,
    /// The least on top.
    heap: BinaryHeap<Reverse<RankedPartition>>,
}

impl Ranking {
    pub(super) fn new(measure: Measure, most: usize) -> Self {
        Self { measure, most, heap: BinaryHeap::new() }
    }

    /// Whether a partition would be among the largest.
    pub(super) fn takes(&self, counts: &PartitionCounts) -> bool {
        let least = self.heap.peek().map(|Reverse(least)| least.count);
        self.most > 0
            && (self.heap.len() < self.most || least.is_none_or(|least| counts.of(self.measure) > least))
    }

    pub(super) fn add(&mut self, partition: RankedPartition) {
        self.heap.push(Reverse(partition));
        if self.heap.len() > self.most {
            self.heap.pop();
        }
    }

    /// The largest first.
    pub(super) fn sorted(&self) -> Vec<&RankedPartition> {
        let mut all: Vec<&RankedPartition> = self.heap.iter().map(|Reverse(partition)| partition).collect();
        all.sort_by_key(|partition| Reverse(*partition));
        all
    }
}
