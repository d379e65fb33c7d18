//! Random SSTables of which only that is there which a strategy decides by.

use cqlite_core::storage::compaction::{Place, RepairGroup, SstableSummary};
use cqlite_sstable::{SstableId, Token};
use cqlite_tests::fuzz::Random;

pub const NOW_MILLIS: i64 = 1_700_000_000_000;

/// Means that a histogram of cells can have.
const MEANS: [u64; 8] = [1, 2, 3, 5, 8, 12, 20, 103];
/// None is near an interval that a tombstone compaction waits for.
const AGES_SECONDS: [i64; 5] = [10_000, 50_000, 200_000, 1_000_000, 2_000_000];

/// An SSTable, with what its summary does not show.
#[derive(Debug, Clone)]
pub struct Known {
    pub summary: SstableSummary,
    /// Whether the estimate of partitions in ranges can be used.
    pub is_informative: bool,
}

/// What the SSTables of a set have in common.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// How many places there are that SSTables begin and end at: with few of them, ends meet.
    pub places: usize,
    pub least_bytes: u64,
    /// By how many times the greatest is larger than the smallest, as a power of two.
    pub doublings: usize,
    pub has_reads: bool,
    /// One of so many is repaired, compacting or damaged; 0 for none.
    pub one_of_is_apart: usize,
    /// Whether no size is there twice. Cassandra takes equal ones in the order of a hash table.
    pub sizes_differ: bool,
}

impl Shape {
    pub fn random(random: &mut Random) -> Self {
        Self {
            places: [5, 40, 1 << 40][random.below(3)],
            least_bytes: 1 << (10 + random.below(20)),
            doublings: 1 + random.below(12),
            has_reads: random.below(3) == 0,
            one_of_is_apart: [0, 10, 3][random.below(3)],
            sizes_differ: true,
        }
    }

    fn place(self, random: &mut Random) -> Place {
        let step = u64::MAX / self.places as u64;
        let token = i64::MIN.wrapping_add((random.below(self.places) as u64 * step) as i64).wrapping_add(7);
        Place { token: Token::Murmur3(token), key: vec![random.below(3) as u8] }
    }

    pub fn bytes(self, id: u32, random: &mut Random) -> u64 {
        let bytes = self.least_bytes << random.below(self.doublings);
        let bytes = bytes + random.below(bytes as usize) as u64;
        if self.sizes_differ { (bytes / 128 + 1) * 128 + u64::from(id) } else { bytes / 1_000 * 1_000 + 1 }
    }

    /// An SSTable; `id` is from 1 to 127, and makes what must differ different.
    pub fn known(self, id: u32, random: &mut Random) -> Known {
        let (a, b) = (self.place(random), self.place(random));
        let data_bytes = self.bytes(id, random);
        let apart = |random: &mut Random| self.one_of_is_apart > 0 && random.below(self.one_of_is_apart) == 0;
        let timestamp = 1_600_000_000_000_000 + random.below(100) as i64 * 86_400_000_000;
        let min_timestamp = timestamp - random.below(30 * 86_400) as i64 * 1_000_000;
        Known {
            summary: SstableSummary {
                id: SstableId::Sequence(id),
                data_bytes,
                disk_bytes: data_bytes + 1_000 + random.below(100_000) as u64,
                level: 0,
                first: a.clone().min(b.clone()),
                last: a.max(b),
                min_timestamp,
                max_timestamp: timestamp + i64::from(id),
                max_local_deletion_time_seconds: match random.below(4) {
                    0 => 1_500_000_000 + random.below(200) as i64,
                    _ => i64::MAX,
                },
                created_at_millis: NOW_MILLIS - 1_000 * AGES_SECONDS[random.below(AGES_SECONDS.len())],
                droppable_tombstone_ratio: (random.below(12) * 128 + id as usize) as f64 / 2_000.0,
                partitions: 1 + random.below(100_000) as u64,
                counted_partitions: 1 + random.below(100_000) as u64,
                cells_per_partition: MEANS[random.below(MEANS.len())],
                reads_per_second: self.has_reads.then(|| random.below(5) as f64 * 1.25),
                token_space_coverage: (random.below(3) == 0).then(|| (1 + random.below(64)) as f64 / 64.0),
                group: if apart(random) { RepairGroup::Repaired } else { RepairGroup::Unrepaired },
                is_compacting: apart(random),
                is_suspect: apart(random) && apart(random),
            },
            is_informative: random.below(4) > 0,
        }
    }
}

impl Known {
    /// The fields as `java/Compactions.java` reads them.
    pub fn line(&self) -> String {
        let summary = &self.summary;
        let place = |place: &Place| format!("{}:{}", place.token, place.key[0]);
        let optional = |number: Option<f64>| number.map_or("-".to_owned(), |number| format!("{number:?}"));
        let truth = |is: bool| if is { "1" } else { "0" }.to_owned();
        [
            summary.id.to_string(),
            summary.data_bytes.to_string(),
            summary.disk_bytes.to_string(),
            summary.level.to_string(),
            place(&summary.first),
            place(&summary.last),
            summary.min_timestamp.to_string(),
            summary.max_timestamp.to_string(),
            summary.max_local_deletion_time_seconds.to_string(),
            ((NOW_MILLIS - summary.created_at_millis) / 1_000).to_string(),
            format!("{:?}", summary.droppable_tombstone_ratio),
            optional(summary.reads_per_second),
            summary.partitions.to_string(),
            summary.cells_per_partition.to_string(),
            summary.counted_partitions.to_string(),
            truth(self.is_informative),
            truth(summary.group == RepairGroup::Repaired),
            truth(summary.is_compacting),
            truth(summary.is_suspect),
            optional(summary.token_space_coverage),
        ]
        .join(",")
    }

    /// The estimate of `Known.estimatedKeysForRanges` in `java/Compactions.java`: partitions are in sixteen
    /// places.
    pub fn partitions_in(&self, ranges: &[(Token, Token)]) -> Option<u64> {
        let number = |token: &Token| match token {
            Token::Murmur3(token) => *token,
            _ => unreachable!(),
        };
        let (first, last) = (number(&self.summary.first.token), number(&self.summary.last.token));
        let step = last / 16 - first / 16;
        let is_within = |place: &i64| {
            ranges.iter().any(|(start, end)| {
                let (start, end) = (number(start), number(end));
                let (is_behind, is_before) = (*place > start, *place <= end);
                if start >= end { is_behind || is_before } else { is_behind && is_before }
            })
        };
        let within =
            (0..16_i64).map(|at| first.wrapping_add(step.wrapping_mul(at))).filter(is_within).count() as u64;
        self.is_informative.then_some(self.summary.partitions * within / 16)
    }
}
