//! What a filter lets pass.

use std::collections::HashSet;

use crate::component::statistics::SerializationHeader;
use crate::error::{Error, Result};
use crate::partitioner::Token;
use crate::row::{DeletionTime, Marker, Row, RowItem};
use crate::types::CqlType;

/// The tokens behind `start` up to and with `end`; over the end of the ring if `start` is not less (`dht.Range`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRange {
    /// The last token in front of the range.
    pub start: Token,
    /// The last token of the range.
    pub end: Token,
}

impl TokenRange {
    /// Whether a token is in the range.
    pub fn contains(&self, token: &Token) -> bool {
        match self.start < self.end {
            true => self.start < *token && *token <= self.end,
            false => self.start < *token || *token <= self.end,
        }
    }
}

/// Which rows, cells and deletions pass.
#[derive(Debug, Clone, Default)]
pub struct RowFilter {
    /// Keys of partitions that do not pass.
    pub dropped_keys: HashSet<Vec<u8>>,
    /// The only tokens that pass, if not all do.
    pub tokens: Option<TokenRange>,
    /// Only what was written before this time passes, deletions too; in microseconds.
    pub before_micros: Option<i64>,
    /// Only what was written at this time or later passes, deletions too; in microseconds.
    pub after_micros: Option<i64>,
}

impl RowFilter {
    /// Refuses what would give wrong rows: a counter is the sum of all its writes, and has no value at another time.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] for a filter by time on counters.
    pub fn check(&self, header: &SerializationHeader) -> Result<()> {
        let mut columns = header.static_columns.iter().chain(&header.regular_columns);
        match columns.find(|column| column.column_type == CqlType::Counter) {
            Some(column) if self.has_times() => Err(Error::invalid_input(format!(
                "the column '{}' has counters, which cannot be filtered by the time of writes",
                column.name_text()
            ))
            .advise("leave out --before and --after")),
            _ => Ok(()),
        }
    }

    /// Whether write times matter.
    pub(super) fn has_times(&self) -> bool {
        self.before_micros.is_some() || self.after_micros.is_some()
    }

    /// Whether a partition may pass.
    pub(super) fn passes_key(&self, key: &[u8], token: impl FnOnce() -> Token) -> bool {
        !self.dropped_keys.contains(key)
            && self.tokens.as_ref().is_none_or(|tokens| tokens.contains(&token()))
    }

    fn passes_time(&self, timestamp: i64) -> bool {
        self.before_micros.is_none_or(|before| timestamp < before)
            && self.after_micros.is_none_or(|after| timestamp >= after)
    }

    pub(super) fn deletion(&self, deletion: DeletionTime) -> DeletionTime {
        if self.passes_time(deletion.marked_for_delete_at) { deletion } else { DeletionTime::LIVE }
    }

    /// The row with what passes of its head.
    pub(super) fn row<'a>(&self, row: Row<'a>) -> Row<'a> {
        Row {
            liveness: row.liveness.filter(|liveness| self.passes_time(liveness.timestamp)),
            deletion: self.deletion(row.deletion),
            shadowable_deletion: self.deletion(row.shadowable_deletion),
            ..row
        }
    }

    /// What passes of a marker: of a boundary maybe one side.
    pub(super) fn marker<'a>(&self, marker: Marker<'a>) -> Option<Marker<'a>> {
        let passes = |deletion: DeletionTime| self.passes_time(deletion.marked_for_delete_at);
        let Some(opened) = marker.opened else {
            return passes(marker.deletion).then_some(marker);
        };
        match (passes(marker.deletion), passes(opened)) {
            (true, true) => Some(marker),
            (true, false) => Some(Marker { kind: marker.kind.close()?, opened: None, ..marker }),
            (false, true) => {
                Some(Marker { kind: marker.kind.open()?, deletion: opened, opened: None, ..marker })
            }
            (false, false) => None,
        }
    }

    pub(super) fn passes_item(&self, item: RowItem<'_>) -> bool {
        self.passes_time(match item {
            RowItem::ComplexDeletion { deletion, .. } => deletion.marked_for_delete_at,
            RowItem::Cell(cell) => cell.timestamp,
        })
    }
}
