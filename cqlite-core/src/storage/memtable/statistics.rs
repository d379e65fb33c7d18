//! What is in a memtable, as far as a flush has to know it before it begins.

use cqlite_sstable::encoding::EncodingStats;

/// What is in a memtable (`Memtable.FlushablePartitionSet`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemtableStatistics {
    /// The least times: the bases of an SSTable.
    pub least: EncodingStats,
    /// Partitions.
    pub partitions: u64,
    /// Rows, static ones apart.
    pub rows: u64,
    /// Updates that were applied.
    pub updates: u64,
    /// The bytes of those updates.
    pub updated_bytes: u64,
    /// The least sequence number of an update; none if there was none.
    pub first_sequence: Option<u64>,
    /// The greatest one.
    pub last_sequence: Option<u64>,
}

impl MemtableStatistics {
    /// Takes in an update.
    pub(super) fn add_update(&mut self, sequence: u64, bytes: usize, stats: &EncodingStats) {
        self.least.add(stats);
        self.updates = self.updates.saturating_add(1);
        self.updated_bytes = self.updated_bytes.saturating_add(bytes as u64);
        self.first_sequence = Some(self.first_sequence.map_or(sequence, |first| first.min(sequence)));
        self.last_sequence = self.last_sequence.max(Some(sequence));
    }

    /// Takes in what is in another part of the memtable.
    pub(super) fn add(&mut self, other: &Self) {
        self.least.add(&other.least);
        self.partitions = self.partitions.saturating_add(other.partitions);
        self.rows = self.rows.saturating_add(other.rows);
        self.updates = self.updates.saturating_add(other.updates);
        self.updated_bytes = self.updated_bytes.saturating_add(other.updated_bytes);
        let both = self.first_sequence.into_iter().chain(other.first_sequence);
        self.first_sequence = both.min();
        self.last_sequence = self.last_sequence.max(other.last_sequence);
    }
}
