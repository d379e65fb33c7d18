//! `SELECT count(*)` without conditions: rows are counted, and not looked at.

use std::ops::ControlFlow;

use super::RowConsumer;
use crate::storage::read::{ReadPartition, ReadRow, RowSink};
use cqlite_sstable::{Error, Result};

/// So many rows are counted between two looks at whether anybody wants to know.
const LOOK_ROWS: u64 = 1024;

/// Counts rows.
pub(super) struct CountSink<'c> {
    rows: u64,
    /// Whether a partition that has a static row alone counts as a row.
    counts_statics: bool,
    consumer: Option<&'c dyn RowConsumer>,
}

impl<'c> CountSink<'c> {
    pub(super) fn new(counts_statics: bool, consumer: Option<&'c dyn RowConsumer>) -> Self {
        Self { rows: 0, counts_statics, consumer }
    }

    /// How many rows were counted.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    fn count(&mut self) -> Result<ControlFlow<()>> {
        self.rows = self.rows.saturating_add(1);
        if self.rows.is_multiple_of(LOOK_ROWS) && self.consumer.is_some_and(RowConsumer::is_over) {
            return Err(Error::invalid_input("interrupted"));
        }
        Ok(ControlFlow::Continue(()))
    }
}

impl RowSink for CountSink<'_> {
    fn partition(&mut self, _: &ReadPartition<'_>) -> Result<ControlFlow<()>> {
        Ok(ControlFlow::Continue(()))
    }

    fn row(&mut self, _: &ReadRow<'_>) -> Result<ControlFlow<()>> {
        self.count()
    }

    fn statics_alone(&mut self, _: &ReadPartition<'_>) -> Result<ControlFlow<()>> {
        if self.counts_statics { self.count() } else { Ok(ControlFlow::Continue(())) }
    }
}
