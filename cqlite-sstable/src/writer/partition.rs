//! The partition and the row that are being written.

use crate::row::{DeletionTime, OwnedRow, Row};

/// How far a partition is written. One with nothing in it is not written at all.
#[derive(Debug, Default)]
pub(super) struct OpenPartition {
    /// Its deletion; none if no partition is open.
    pub(super) deletion: Option<DeletionTime>,
    pub(super) key_hash: [u64; 2],
    /// Whether its key is written.
    pub(super) is_started: bool,
    pub(super) has_static_row: bool,
    /// Whether the static row is behind, if there is to be one.
    pub(super) has_rows: bool,
    pub(super) start: u64,
    /// Where the last row or marker begins; the start of the partition in front of the first one.
    pub(super) last_start: u64,
}

/// What a row has in front of its columns.
#[derive(Debug)]
pub(super) struct OpenRow {
    pub(super) is_open: bool,
    /// Whether it has nothing so far. If that stays so, it is left out.
    pub(super) is_bare: bool,
    pub(super) is_static: bool,
    row: OwnedRow,
}

impl OpenRow {
    pub(super) fn new() -> Self {
        Self { is_open: false, is_bare: true, is_static: false, row: OwnedRow::default() }
    }

    /// A row begins.
    #[inline]
    pub(super) fn set(&mut self, row: &Row<'_>) {
        self.is_open = true;
        self.is_static = row.is_static;
        self.is_bare = row.liveness.is_none() && row.greatest_deletion().is_live();
        self.row.set(row);
    }

    /// It, borrowed.
    #[inline]
    pub(super) fn as_row(&self) -> Row<'_> {
        self.row.as_row(self.is_static)
    }
}
