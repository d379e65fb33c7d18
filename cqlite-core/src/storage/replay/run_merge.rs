//! The merge of sorted runs.

use std::cmp::Ordering;

use cqlite_sstable::Result;

use super::load::compare_records;
use super::run::{Place, Run, RunCursor};
use super::tables::MetTable;

/// Shows the updates of all runs that are of one table, in the order of their partitions.
pub(super) struct RunMerge<'a> {
    table: &'a MetTable,
    cursors: Vec<RunCursor<'a>>,
    /// The cursors that stand at an update of the table, the least one last.
    waiting: Vec<usize>,
}

impl<'a> RunMerge<'a> {
    /// A merge that begins with the partitions of `prefix`. Of each run in a file so much is read at once.
    pub(super) fn new(table: &'a MetTable, runs: &'a [Run], prefix: u64, piece_bytes: usize) -> Result<Self> {
        let place: Place = (table.number, prefix);
        let cursors = runs.iter().map(|run| RunCursor::new(run, place, piece_bytes));
        let mut merge =
            Self { table, cursors: cursors.collect::<Result<_>>()?, waiting: Vec::with_capacity(runs.len()) };
        for number in 0..merge.cursors.len() {
            merge.wait(number);
        }
        Ok(merge)
    }

    /// The prefix of the current update's partition; none behind the last update of the table.
    pub(super) fn prefix(&self) -> Option<u64> {
        self.cursor().and_then(RunCursor::place).map(|(_, prefix)| prefix)
    }

    /// The record of the current update.
    pub(super) fn record(&self) -> &[u8] {
        self.cursor().map(RunCursor::record).unwrap_or_default()
    }

    /// Moves to the next update.
    pub(super) fn advance(&mut self) -> Result<()> {
        let Some(number) = self.waiting.pop() else { return Ok(()) };
        if let Some(cursor) = self.cursors.get_mut(number) {
            cursor.advance()?;
        }
        self.wait(number);
        Ok(())
    }

    fn cursor(&self) -> Option<&RunCursor<'a>> {
        self.waiting.last().and_then(|number| self.cursors.get(*number))
    }

    /// Puts a cursor where it belongs among the others.
    fn wait(&mut self, number: usize) {
        let Some(cursor) = self.cursors.get(number) else { return };
        if cursor.place().is_none_or(|(table, _)| table != self.table.number) {
            return;
        }
        let behind = self.waiting.partition_point(|other| {
            let other = self.cursors.get(*other);
            other.is_some_and(|other| self.compare(other, cursor).is_gt())
        });
        self.waiting.insert(behind, number);
    }

    fn compare(&self, a: &RunCursor<'_>, b: &RunCursor<'_>) -> Ordering {
        let by_place = a.place().cmp(&b.place());
        by_place.then_with(|| compare_records(self.table, a.record(), b.record()))
    }
}
