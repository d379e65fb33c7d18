//! What a client asks of an engine.

use std::fmt;

/// One thing asked of an engine. Records are told by their numbers; [`super::RecordShape`] says what they are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A record by its key.
    Read(u64),
    /// Another value for one field of a record that is there.
    Update(u64),
    /// A record that was not there.
    Insert(u64),
    /// So many records that follow one another, from the place of this one on.
    Scan {
        /// The record.
        first: u64,
        /// How many.
        records: u64,
    },
    /// A record is read, and then another value of one field written.
    ReadModifyWrite(u64),
    /// Records that were not there, written together.
    InsertBatch {
        /// The first one; their numbers follow one another.
        first: u64,
        /// How many.
        records: u64,
    },
}

/// The kinds of [`Operation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperationKind {
    /// [`Operation::Read`]
    Read,
    /// [`Operation::Update`]
    Update,
    /// [`Operation::Insert`]
    Insert,
    /// [`Operation::Scan`]
    Scan,
    /// [`Operation::ReadModifyWrite`]
    ReadModifyWrite,
    /// [`Operation::InsertBatch`]
    InsertBatch,
}

impl Operation {
    /// Its kind.
    pub fn kind(&self) -> OperationKind {
        match self {
            Self::Read(_) => OperationKind::Read,
            Self::Update(_) => OperationKind::Update,
            Self::Insert(_) => OperationKind::Insert,
            Self::Scan { .. } => OperationKind::Scan,
            Self::ReadModifyWrite(_) => OperationKind::ReadModifyWrite,
            Self::InsertBatch { .. } => OperationKind::InsertBatch,
        }
    }
}

impl OperationKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Read, Self::Update, Self::Insert, Self::Scan, Self::ReadModifyWrite, Self::InsertBatch];
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Update => "update",
            Self::Insert => "insert",
            Self::Scan => "scan",
            Self::ReadModifyWrite => "read-modify-write",
            Self::InsertBatch => "batch insert",
        })
    }
}
