//! What a compaction strategy knows of an SSTable.

use std::cmp::Ordering;

use cqlite_sstable::component::statistics::StatsMetadata;
use cqlite_sstable::{SstableId, Token};

/// The place of a partition key among all of its table: by token, then by the bytes of the key
/// (`db.DecoratedKey`).
#[derive(Debug, Clone)]
pub struct Place {
    /// The token of the key.
    pub token: Token,
    /// The serialized key.
    pub key: Vec<u8>,
}

impl Ord for Place {
    /// Tokens of one table are of one partitioner, and so always have an order.
    fn cmp(&self, other: &Self) -> Ordering {
        compare_tokens(&self.token, &other.token).then_with(|| self.key.cmp(&other.key))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Place {}

/// The order of the tokens of one table.
pub(super) fn compare_tokens(a: &Token, b: &Token) -> Ordering {
    a.partial_cmp(b).unwrap_or(Ordering::Equal)
}

/// SSTables of different groups are never compacted together, as what repair promises of one is not true of
/// the other (`CompactionStrategyManager` has a strategy of its own for each). The order is that in which
/// groups are asked for work when there is as much in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RepairGroup {
    /// In a repair that is not yet finished.
    Pending {
        /// The time UUID of its session.
        session: [u8; 16],
        /// Whether the data is a transient replica's.
        is_transient: bool,
    },
    /// Repaired.
    Repaired,
    /// Never repaired.
    Unrepaired,
}

impl RepairGroup {
    /// The group by what Statistics.db says of repair.
    pub fn of(stats: &StatsMetadata) -> Self {
        match stats.pending_repair {
            Some(session) => Self::Pending { session, is_transient: stats.is_transient },
            None if stats.repaired_at_millis != 0 => Self::Repaired,
            None => Self::Unrepaired,
        }
    }
}

/// All that a strategy decides by. Made of Statistics.db, of the sizes of the files and of what the engine
/// knows of the SSTable; nothing is read when a choice is made.
#[derive(Debug, Clone, PartialEq)]
pub struct SstableSummary {
    /// The id, which no other live SSTable of the table has.
    pub id: SstableId,
    /// The length of Data.db (`onDiskLength`).
    pub data_bytes: u64,
    /// The lengths of all components together (`bytesOnDisk`).
    pub disk_bytes: u64,
    /// The level of leveled compaction, from 0 to 8.
    pub level: u8,
    /// The first partition.
    pub first: Place,
    /// The last partition.
    pub last: Place,
    /// The least timestamp of all data, in the table's own unit, which should be microseconds.
    pub min_timestamp: i64,
    /// The greatest timestamp of all data.
    pub max_timestamp: i64,
    /// When the last of all data expires or was deleted, in seconds; greater than any time if some of it
    /// stays.
    pub max_local_deletion_time_seconds: i64,
    /// When Data.db was written, in milliseconds since 1970.
    pub created_at_millis: i64,
    /// The share of cells that are tombstones which may be dropped at the time of the choice
    /// (`StatsMetadata::estimated_droppable_tombstone_ratio`).
    pub droppable_tombstone_ratio: f64,
    /// An estimate of the partitions.
    pub partitions: u64,
    /// How many partitions the histogram of cells has counted (`estimatedCellPerPartitionCount`).
    pub counted_partitions: u64,
    /// The mean of that histogram.
    pub cells_per_partition: u64,
    /// Partitions read in a second, over the last two hours; none where this is not measured.
    pub reads_per_second: Option<f64>,
    /// The part of the node's token space that the SSTable was written for, where that is recorded.
    pub token_space_coverage: Option<f64>,
    /// The group that it may be compacted in.
    pub group: RepairGroup,
    /// Whether a compaction has it already.
    pub is_compacting: bool,
    /// Whether it was found damaged: such a one is left alone.
    pub is_suspect: bool,
}

/// What is known of the files of an SSTable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SstableFiles {
    /// The length of Data.db.
    pub data_bytes: u64,
    /// The lengths of all components together.
    pub disk_bytes: u64,
    /// When Data.db was written, in milliseconds since 1970.
    pub created_at_millis: i64,
    /// An estimate of the partitions, by the index.
    pub partitions: u64,
}

impl SstableSummary {
    /// What Statistics.db and the files tell. Nothing is known of reads, and no compaction has it.
    ///
    /// `gc_before_seconds` is that of the choice: which tombstones may be dropped changes with time.
    pub fn of(
        id: SstableId,
        [first, last]: [Place; 2],
        files: SstableFiles,
        stats: &StatsMetadata,
        gc_before_seconds: i64,
    ) -> Self {
        let cells = &stats.estimated_cells_per_partition;
        Self {
            id,
            data_bytes: files.data_bytes,
            disk_bytes: files.disk_bytes,
            level: u8::try_from(stats.sstable_level).unwrap_or(0),
            first,
            last,
            min_timestamp: stats.min_timestamp,
            max_timestamp: stats.max_timestamp,
            max_local_deletion_time_seconds: stats.max_local_deletion_time_seconds,
            created_at_millis: files.created_at_millis,
            droppable_tombstone_ratio: stats.estimated_droppable_tombstone_ratio(gc_before_seconds),
            partitions: files.partitions,
            counted_partitions: u64::try_from(cells.count()).unwrap_or(0),
            cells_per_partition: u64::try_from(cells.mean()).unwrap_or(0),
            reads_per_second: None,
            token_space_coverage: stats.token_space_coverage,
            group: RepairGroup::of(stats),
            is_compacting: false,
            is_suspect: false,
        }
    }

    /// Reads in a second for each partition; nothing read, or nothing measured, is 0.
    pub(super) fn hotness(&self) -> f64 {
        self.reads_per_second.map_or(0.0, |reads| reads / self.partitions as f64)
    }

    /// Whether the stretches from the first to the last partition have one in common.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// Whether a token of this SSTable may be one from `start` up to and with `end`.
    pub(super) fn has_tokens_between(&self, start: &Token, end: &Token) -> bool {
        compare_tokens(&self.first.token, end).is_le() && compare_tokens(start, &self.last.token).is_le()
    }

    /// Whether nothing of it was alive at `gc_before_seconds`.
    pub(super) fn is_expired(&self, gc_before_seconds: i64) -> bool {
        self.max_local_deletion_time_seconds < gc_before_seconds
    }
}

/// The lengths of Data.db together.
pub(super) fn data_bytes<'a>(sstables: impl IntoIterator<Item = &'a SstableSummary>) -> u64 {
    sstables.into_iter().fold(0, |sum, sstable| sum.saturating_add(sstable.data_bytes))
}
