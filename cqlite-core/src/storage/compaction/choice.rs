//! What is to be compacted.

use cqlite_sstable::SstableId;

use super::{RepairGroup, Shards, SstableSummary};

/// SSTables to compact together, where the result belongs, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The SSTables to compact, [`Self::expired`] among them. There is at least one.
    pub inputs: Vec<SstableId>,
    /// Those of the inputs that need not be read, as nothing of them is alive and nothing that they delete is
    /// left elsewhere. The list is complete only where the strategy looked for them; what is to be dropped is
    /// decided when the compaction begins, by [`fully_expired`](super::fully_expired).
    pub expired: Vec<SstableId>,
    /// The group of the inputs, and of what is made of them.
    pub group: RepairGroup,
    /// The level of what is made; 0 but for leveled compaction. [`Cut::Levels`] counts from here.
    pub level: u8,
    /// Where an SSTable that is made ends and the next one begins.
    pub cut: Cut,
    /// What this compaction is for.
    pub reason: Reason,
}

/// Where the output of a compaction is cut into SSTables, always between partitions.
#[derive(Debug, Clone, PartialEq)]
pub enum Cut {
    /// One SSTable.
    Never,
    /// As soon as Data.db has more bytes than this.
    Bytes(u64),
    /// As soon as Data.db has more bytes than the next of these; what follows the last is one SSTable
    /// (`SplittingSizeTieredCompactionWriter`).
    Sizes(Vec<u64>),
    /// As [`Cut::Bytes`], and as soon as what was written into a level has more bytes than the next of
    /// `level_bytes`, what follows belongs into the level above (`MajorLeveledCompactionWriter`).
    Levels {
        /// The bytes of an SSTable.
        sstable_bytes: u64,
        /// The bytes of the first level, of the one above, and so on.
        level_bytes: Vec<u64>,
    },
    /// At the end of each of these shards: the keys that have the last token of one are the last ones of
    /// their SSTable (`ShardedCompactionWriter`). SSTables without keys are not made.
    Shards(Shards),
    /// Nothing is written again: the only input gets another level in its Statistics.db
    /// (`SingleSSTableLCSTask`).
    LevelAlone,
}

/// What a compaction is for.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// SSTables of much the same size.
    Sizes {
        /// The mean length of their Data.db.
        average_bytes: u64,
    },
    /// A level has more than it should have.
    Level(u8),
    /// Level 0 has so many SSTables that they are compacted by size before anything else.
    ManyInLevelZero,
    /// SSTables of one window of time.
    Window {
        /// When it begins, in milliseconds since 1970.
        start_millis: i64,
    },
    /// Too many SSTables of one level of density that may have the same keys.
    Overlap {
        /// The level, from 0.
        level: usize,
        /// How many SSTables may have one key.
        overlap: usize,
    },
    /// An SSTable with many tombstones that may be dropped.
    Tombstones {
        /// The estimated share of its cells.
        droppable_ratio: f64,
    },
    /// SSTables of which nothing is alive.
    Expired,
    /// All were asked for.
    Major,
    /// These were asked for.
    UserDefined,
}

impl Choice {
    /// A choice of SSTables that are written into one.
    pub(super) fn of(group: RepairGroup, inputs: &[&SstableSummary], reason: Reason) -> Self {
        Self {
            inputs: inputs.iter().map(|input| input.id.clone()).collect(),
            expired: Vec::new(),
            group,
            level: 0,
            cut: Cut::Never,
            reason,
        }
    }

    /// A choice of nothing but what has expired.
    pub(super) fn of_expired(group: RepairGroup, expired: &[&SstableSummary]) -> Self {
        Self::of(group, &[], Reason::Expired).with_expired(expired)
    }

    /// Adds what has expired.
    pub(super) fn with_expired(mut self, expired: &[&SstableSummary]) -> Self {
        let ids = expired.iter().map(|sstable| sstable.id.clone());
        self.expired.extend(ids.clone());
        self.inputs.extend(ids);
        self
    }
}
