//! What a transaction is for.

/// What writes the SSTables of a transaction, for the name of its log (`db.compaction.OperationType`). Cassandra refuses
/// names that it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// What a memtable held.
    Flush,
    /// Rows from elsewhere: an import.
    Write,
    /// One or several SSTables in place of others.
    Compaction,
    /// All SSTables of a table, since somebody asked for it.
    MajorCompaction,
    /// One SSTable in place of another, for the tombstones in it.
    TombstoneCompaction,
    /// SSTables without what others delete.
    GarbageCollection,
    /// The same rows in another version.
    Upgrade,
    /// What can be read of a damaged SSTable.
    Scrub,
}

impl Operation {
    /// The word in the name of the log.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Flush => "flush",
            Self::Write => "write",
            Self::Compaction => "compaction",
            Self::MajorCompaction => "majorcompaction",
            Self::TombstoneCompaction => "tombstonecompaction",
            Self::GarbageCollection => "removedeleteddata",
            Self::Upgrade => "upgradesstables",
            Self::Scrub => "scrub",
        }
    }
}
