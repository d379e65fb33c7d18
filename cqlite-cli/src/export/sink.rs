//! What is done with the rows that are read.

use std::ops::ControlFlow;

use cqlite_core::storage::read::{ReadPartition, ReadRow, RowSink};
use cqlite_sstable::types::InvalidValue;
use cqlite_sstable::{Partitioner, Result, Token};

use super::target::Target;
use crate::interruption::Interruption;
use crate::progress::Progress;

/// Text is written when so much is there.
const STEP_BYTES: usize = 128 * 1024;

/// How rows are written as text.
pub trait RowFormat {
    /// What stands in front of all rows.
    fn begin(&mut self, out: &mut Vec<u8>);

    /// The partition of the rows that follow.
    ///
    /// # Errors
    /// If it cannot be written in this format.
    fn partition(&mut self, partition: &ReadPartition<'_>) -> Result<()>;

    /// A row of the partition; none if it has a static row alone.
    ///
    /// # Errors
    /// If it cannot be written in this format.
    fn row(&mut self, row: Option<&ReadRow<'_>>, out: &mut Vec<u8>) -> Result<()>;

    /// What stands behind all rows.
    fn end(&mut self, out: &mut Vec<u8>);

    /// Values that were written as bytes.
    fn invalid(&self) -> &Invalid;
}

/// Values that are none of their types.
#[derive(Debug, Default)]
pub struct Invalid {
    /// How many.
    pub count: u64,
    /// What is wrong with the first one.
    pub first: Option<String>,
}

impl Invalid {
    /// Counts one.
    #[cold]
    pub fn note(&mut self, column: &str, error: &InvalidValue) {
        self.count = self.count.saturating_add(1);
        if self.first.is_none() {
            self.first = Some(format!("column {column}: {error}"));
        }
    }
}

/// So many partitions come between two looks at how far the export is.
const LOOK_PARTITIONS: u64 = 1024;

/// Writes rows as text, as they come.
pub struct ExportSink<'t, F> {
    format: F,
    target: &'t mut Target,
    watch: Watch,
    partitions: u64,
    out: Vec<u8>,
    /// A partition was told of which no row came yet.
    is_without_rows: bool,
    rows: u64,
}

impl<'t, F: RowFormat> ExportSink<'t, F> {
    /// Rows in a format.
    pub fn new(mut format: F, target: &'t mut Target, watch: Watch) -> Self {
        let mut out = Vec::with_capacity(2 * STEP_BYTES);
        format.begin(&mut out);
        Self { format, target, watch, partitions: 0, out, is_without_rows: false, rows: 0 }
    }

    /// Writes the rest, and tells of values that are none of their types.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(mut self) -> Result<Written> {
        self.watch.progress.hide();
        self.static_row_alone()?;
        self.format.end(&mut self.out);
        self.target.write(&self.out)?;
        let Invalid { count, first } = self.format.invalid();
        let invalid = first.as_ref().map(|first| (*count, first.clone()));
        Ok(Written { rows: self.rows, invalid, is_interrupted: self.watch.interruption.has_come() })
    }

    fn static_row_alone(&mut self) -> Result<()> {
        if std::mem::take(&mut self.is_without_rows) {
            self.rows = self.rows.saturating_add(1);
            self.format.row(None, &mut self.out)?;
        }
        Ok(())
    }

    #[inline]
    fn flow(&mut self) -> Result<ControlFlow<()>> {
        if self.out.len() >= STEP_BYTES {
            self.target.write(&self.out)?;
            self.out.clear();
            if self.watch.interruption.has_come() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// What is looked at beside the rows.
pub struct Watch {
    /// How far the export is.
    pub progress: Progress,
    /// The bytes of the SSTables, and how their keys are ordered.
    pub total_bytes: u64,
    pub partitioner: Partitioner,
    /// Whether somebody wants it to end.
    pub interruption: Interruption,
}

impl Watch {
    /// Tells how far the export is: tokens of a hash come at an even pace.
    #[cold]
    fn look(&mut self, key: &[u8]) {
        if let Token::Murmur3(token) = self.partitioner.token(key) {
            let passed = (i128::from(token) - i128::from(i64::MIN)) as f64 / 2_f64.powi(64);
            self.progress.at((passed * self.total_bytes as f64) as u64, self.total_bytes);
        }
    }
}

/// What was written.
pub struct Written {
    /// How many rows.
    pub rows: u64,
    /// How many values were none of their types, and what is wrong with the first of them.
    pub invalid: Option<(u64, String)>,
    /// Whether it was ended before the last row.
    pub is_interrupted: bool,
}

impl<F: RowFormat> RowSink for ExportSink<'_, F> {
    fn partition(&mut self, partition: &ReadPartition<'_>) -> Result<ControlFlow<()>> {
        self.static_row_alone()?;
        self.is_without_rows = true;
        self.format.partition(partition)?;
        self.partitions = self.partitions.wrapping_add(1);
        if self.partitions.is_multiple_of(LOOK_PARTITIONS) {
            self.watch.look(partition.key);
        }
        self.flow()
    }

    #[inline]
    fn row(&mut self, row: &ReadRow<'_>) -> Result<ControlFlow<()>> {
        self.is_without_rows = false;
        self.rows = self.rows.saturating_add(1);
        self.format.row(Some(row), &mut self.out)?;
        self.flow()
    }
}
