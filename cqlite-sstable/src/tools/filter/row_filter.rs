//! What a filter lets pass.

use std::collections::HashSet;

use crate::component::statistics::SerializationHeader;
use crate::error::{Error, Result};
use crate::merge::{CellChange, Emptied, RowHead, Transformation, WrittenBetween};
use crate::partitioner::{Partitioner, Token};
use crate::row::{Cell, DeletionTime, Partition, Row};
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

/// What a filter is to let pass.
#[derive(Debug, Clone, Default)]
pub struct FilterOptions {
    /// Keys of partitions that do not pass.
    pub dropped_keys: HashSet<Vec<u8>>,
    /// The only tokens that pass, if not all do.
    pub tokens: Option<TokenRange>,
    /// Only what was written within these times passes, deletions too, if it is not everything.
    pub written: Option<WrittenBetween>,
}

impl FilterOptions {
    /// Refuses what would give wrong rows: a counter is the sum of all its writes, and has no value at another time.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] for a filter by time on counters.
    pub fn check(&self, header: &SerializationHeader) -> Result<()> {
        let mut columns = header.static_columns.iter().chain(&header.regular_columns);
        match columns.find(|column| column.column_type == CqlType::Counter) {
            Some(column) if self.written.is_some() => Err(Error::invalid_input(format!(
                "the column '{}' has counters, which cannot be filtered by the time of writes",
                column.name_text()
            ))
            .advise("leave out --before and --after")),
            _ => Ok(()),
        }
    }
}

/// What a filter left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DroppedCounts {
    /// Partitions as a whole.
    pub partitions: u64,
    /// Rows of which nothing was left.
    pub rows: u64,
    /// Cells and deletions of collections.
    pub items: u64,
}

impl DroppedCounts {
    /// Adds what was left out elsewhere.
    pub fn add(&mut self, other: Self) {
        self.partitions = self.partitions.saturating_add(other.partitions);
        self.rows = self.rows.saturating_add(other.rows);
        self.items = self.items.saturating_add(other.items);
    }
}

/// Lets some partitions pass, and of those what was written within some time; counts the rest.
#[derive(Debug, Clone)]
pub struct RowFilter<'a> {
    options: &'a FilterOptions,
    written: Option<WrittenBetween>,
    partitioner: Partitioner,
    dropped: DroppedCounts,
}

impl<'a> RowFilter<'a> {
    /// For sources that this partitioner orders.
    pub fn new(options: &'a FilterOptions, partitioner: Partitioner) -> Self {
        Self { options, written: options.written.clone(), partitioner, dropped: DroppedCounts::default() }
    }

    /// What was left out so far.
    pub fn dropped(&self) -> DroppedCounts {
        self.dropped
    }

    fn counted(&mut self, passes: bool) -> bool {
        if !passes {
            self.dropped.items = self.dropped.items.saturating_add(1);
        }
        passes
    }
}

impl Transformation for RowFilter<'_> {
    fn partition(&mut self, partition: &Partition<'_>) -> Result<Option<DeletionTime>> {
        let in_range = |tokens: &TokenRange| tokens.contains(&self.partitioner.token(partition.key));
        let passes = !self.options.dropped_keys.contains(partition.key)
            && self.options.tokens.as_ref().is_none_or(in_range);
        match (&mut self.written, passes) {
            (_, false) => {
                self.dropped.partitions = self.dropped.partitions.saturating_add(1);
                Ok(None)
            }
            (Some(written), true) => written.partition(partition),
            (None, true) => Ok(Some(partition.deletion)),
        }
    }

    fn row(&mut self, row: &Row<'_>) -> Result<Option<RowHead>> {
        self.written.as_mut().map_or_else(|| Ok(Some(RowHead::of(row))), |written| written.row(row))
    }

    fn range(&mut self, deletion: &DeletionTime) -> Result<bool> {
        self.written.as_mut().map_or(Ok(true), |written| written.range(deletion))
    }

    fn complex_deletion(&mut self, is_static: bool, column: usize, deletion: &DeletionTime) -> Result<bool> {
        let Some(written) = &mut self.written else { return Ok(true) };
        let passes = written.complex_deletion(is_static, column, deletion)?;
        Ok(self.counted(passes))
    }

    #[inline]
    fn cell(&mut self, is_static: bool, cell: &Cell<'_>) -> Result<CellChange> {
        let Some(written) = &mut self.written else { return Ok(CellChange::Kept) };
        let change = written.cell(is_static, cell)?;
        self.counted(change == CellChange::Kept);
        Ok(change)
    }

    fn left_empty(&mut self, what: Emptied) {
        let count = match what {
            Emptied::Row => &mut self.dropped.rows,
            Emptied::Partition => &mut self.dropped.partitions,
        };
        *count = count.saturating_add(1);
    }
}
