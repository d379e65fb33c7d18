//! Rows that flow no faster than they may.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cqlite_sstable::Result;
use cqlite_sstable::row::{Partition, RowItem, Unfiltered, UnfilteredPartitions};

use super::CompactionControl;

/// After so many partitions, rows, markers and cells it asks whether to go on.
const STEPS: u32 = 256;

/// A source that asks every now and then whether it may go on.
pub(super) struct Controlled<'a, S> {
    source: S,
    control: &'a CompactionControl,
    /// The bytes that were read of all inputs.
    read: Arc<AtomicU64>,
    steps: u32,
}

impl<'a, S> Controlled<'a, S> {
    pub(super) fn new(source: S, control: &'a CompactionControl, read: &Arc<AtomicU64>) -> Self {
        Self { source, control, read: Arc::clone(read), steps: 0 }
    }

    pub(super) fn source(&self) -> &S {
        &self.source
    }

    #[inline]
    fn step(&mut self) -> Result<()> {
        self.steps = self.steps.wrapping_add(1);
        if self.steps.is_multiple_of(STEPS) { self.ask() } else { Ok(()) }
    }

    #[cold]
    fn ask(&self) -> Result<()> {
        self.control.step_to(self.read.load(Ordering::Relaxed))
    }
}

impl<S: UnfilteredPartitions> UnfilteredPartitions for Controlled<'_, S> {
    fn advance_partition(&mut self) -> Result<bool> {
        self.step()?;
        let has_more = self.source.advance_partition()?;
        if !has_more {
            self.ask()?;
        }
        Ok(has_more)
    }

    fn partition(&self) -> Partition<'_> {
        self.source.partition()
    }

    fn advance_unfiltered(&mut self) -> Result<bool> {
        self.step()?;
        self.source.advance_unfiltered()
    }

    fn unfiltered(&self) -> Unfiltered<'_> {
        self.source.unfiltered()
    }

    fn advance_item(&mut self) -> Result<bool> {
        self.step()?;
        self.source.advance_item()
    }

    fn item(&self) -> RowItem<'_> {
        self.source.item()
    }
}
