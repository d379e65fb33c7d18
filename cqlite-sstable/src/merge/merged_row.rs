//! One row of several sources.

use super::counter_merge::CounterMerge;
use super::heads::Heads;
use super::waiting::Waiting;
use super::{RowHead, SharedColumns};
use crate::error::Result;
use crate::row::{
    Cell, DeletionTime, Precedence, RowItem, UnfilteredPartitions, reconcile, reconcile_counters,
};
use crate::types::CqlType;

/// Merges the versions of one row, item by item (`db.rows.Row.Merger`). Cells are borrowed from the source whose version
/// wins.
#[derive(Debug, Default)]
pub(super) struct MergedRow {
    /// Liveness and deletions, as far as nothing covers them.
    pub(super) head: RowHead,
    is_static: bool,
    /// What is written no later than this is deleted: the deletion of the row, of a range, or of the partition.
    active: DeletionTime,
    /// The complex column that has a deletion of its own, and that one.
    complex: Option<(usize, DeletionTime)>,
    waiting: Waiting,
    /// The sources whose items were merged last.
    at_item: Vec<usize>,
    place: usize,
    current: Current,
    counter: CounterMerge,
    /// The current item was moved to, to find out whether there is one.
    is_ahead: bool,
}

#[derive(Debug, Default, Clone, Copy)]
enum Current {
    #[default]
    None,
    Deletion(DeletionTime),
    /// The cell of this source.
    Cell(usize),
    Counter,
}

impl MergedRow {
    /// Goes to the front of the row that `rows` of the sources stand on. `active` deletes parts of it.
    pub(super) fn start<S: UnfilteredPartitions>(
        &mut self,
        heads: &mut Heads<S>,
        columns: &SharedColumns,
        rows: &[usize],
        (is_static, active): (bool, DeletionTime),
        head_of: impl Fn(&S) -> Option<RowHead>,
    ) -> Result<()> {
        let mut head = RowHead::default();
        self.is_static = is_static;
        for number in rows {
            if let Some(row) = head_of(&heads.get(*number).source) {
                head.absorb(&row);
            }
        }
        self.active = head.settle(active);
        self.head = head;
        self.complex = None;
        self.is_ahead = false;
        self.at_item.clear();
        self.at_item.extend_from_slice(rows);
        self.waiting.reset(rows.len());
        self.pass(heads, columns)
    }

    /// Moves the sources whose items were merged to their next ones.
    #[inline]
    fn pass<S: UnfilteredPartitions>(&mut self, heads: &mut Heads<S>, columns: &SharedColumns) -> Result<()> {
        let is_static = self.is_static;
        for number in &self.at_item {
            if heads.get_mut(*number).advance_item(is_static)? {
                let compare = |a, b| heads.get(a).compare_items(heads.get(b), columns, is_static);
                self.waiting.push(*number, compare);
            }
        }
        self.at_item.clear();
        Ok(())
    }

    /// Whether anything is left of the row. It is not lost by asking.
    pub(super) fn has_content<S: UnfilteredPartitions>(
        &mut self,
        heads: &mut Heads<S>,
        columns: &SharedColumns,
    ) -> Result<bool> {
        if !self.head.is_empty() {
            return Ok(true);
        }
        self.is_ahead = self.advance_item(heads, columns)?;
        Ok(self.is_ahead)
    }

    /// Moves to the next complex deletion or cell that counts.
    #[inline]
    pub(super) fn advance_item<S: UnfilteredPartitions>(
        &mut self,
        heads: &mut Heads<S>,
        columns: &SharedColumns,
    ) -> Result<bool> {
        if self.is_ahead {
            self.is_ahead = false;
            return Ok(true);
        }
        loop {
            self.pass(heads, columns)?;
            let is_static = self.is_static;
            let compare = |a, b| heads.get(a).compare_items(heads.get(b), columns, is_static);
            self.waiting.take_least(&mut self.at_item, compare);
            let Some(first) = self.at_item.first() else {
                self.current = Current::None;
                return Ok(false);
            };
            let item = heads.get(*first).item;
            self.place = item.place;
            self.current = if item.is_deletion {
                self.merge_deletions(heads)
            } else {
                self.merge_cells(heads, columns)?
            };
            if !matches!(self.current, Current::None) {
                return Ok(true);
            }
        }
    }

    /// The latest deletion of a complex column, if it is later than that of the row.
    fn merge_deletions<S: UnfilteredPartitions>(&mut self, heads: &Heads<S>) -> Current {
        let deletions = self.at_item.iter().map(|number| match heads.get(*number).source.item() {
            RowItem::ComplexDeletion { deletion, .. } => deletion,
            RowItem::Cell(_) => DeletionTime::LIVE,
        });
        let latest = deletions.max().unwrap_or(DeletionTime::LIVE);
        if latest <= self.active {
            return Current::None;
        }
        self.complex = Some((self.place, latest));
        Current::Deletion(latest)
    }

    /// The version of a cell that wins; none if all are deleted.
    #[inline]
    fn merge_cells<S: UnfilteredPartitions>(
        &mut self,
        heads: &Heads<S>,
        columns: &SharedColumns,
    ) -> Result<Current> {
        let active = match self.complex {
            Some((place, deletion)) if place == self.place => deletion,
            _ => self.active,
        };
        let column = columns.columns(self.is_static).get(self.place);
        if column.is_some_and(|column| matches!(column.column.column_type, CqlType::Counter)) {
            return self.merge_counters(heads, active);
        }
        let mut winner: Option<(usize, i64)> = None;
        for number in &self.at_item {
            let timestamp = heads.get(*number).item.timestamp;
            if active.deletes(timestamp) {
                continue;
            }
            let wins = match winner {
                None => true,
                Some((_, best)) if timestamp != best => timestamp > best,
                Some((best, _)) => wins_at_one_time(heads, *number, best),
            };
            if wins {
                winner = Some((*number, timestamp));
            }
        }
        Ok(winner.map_or(Current::None, |(number, _)| Current::Cell(number)))
    }

    #[cold]
    fn merge_counters<S: UnfilteredPartitions>(
        &mut self,
        heads: &Heads<S>,
        active: DeletionTime,
    ) -> Result<Current> {
        let mut current = Current::None;
        for number in &self.at_item {
            let Some(cell) = cell_of(heads, *number) else { continue };
            if active.deletes(cell.timestamp) {
                continue;
            }
            let best = match current {
                Current::Cell(best) => cell_of(heads, best),
                Current::Counter => Some(self.counter.stand_in()),
                _ => None,
            };
            let Some(best) = best else {
                current = Current::Cell(*number);
                continue;
            };
            match (reconcile_counters(&cell, &best), current) {
                ((_, Precedence::CounterMerge), Current::Counter) => self.counter.add(&cell)?,
                ((_, Precedence::CounterMerge), _) => {
                    self.counter.start(&best, &cell)?;
                    current = Current::Counter;
                }
                ((order, _), _) if order.is_gt() => current = Current::Cell(*number),
                _ => {}
            }
        }
        if matches!(current, Current::Counter) {
            self.counter.finish();
        }
        Ok(current)
    }

    /// The complex deletion or cell moved to last.
    #[inline]
    pub(super) fn item<'a, S: UnfilteredPartitions>(&'a self, heads: &'a Heads<S>) -> RowItem<'a> {
        match self.current {
            Current::Cell(number) => match heads.get(number).source.item() {
                RowItem::Cell(cell) => RowItem::Cell(Cell { column: self.place, ..cell }),
                deletion @ RowItem::ComplexDeletion { .. } => deletion,
            },
            Current::Counter => RowItem::Cell(self.counter.cell(self.place)),
            Current::Deletion(deletion) => RowItem::ComplexDeletion { column: self.place, deletion },
            Current::None => RowItem::ComplexDeletion { column: self.place, deletion: DeletionTime::LIVE },
        }
    }
}

/// Whether the cell of one source wins over that of another one, which was written at the same time.
#[cold]
fn wins_at_one_time<S: UnfilteredPartitions>(heads: &Heads<S>, one: usize, other: usize) -> bool {
    match (cell_of(heads, one), cell_of(heads, other)) {
        (Some(one), Some(other)) => reconcile(&one, &other).0.is_gt(),
        _ => false,
    }
}

fn cell_of<S: UnfilteredPartitions>(heads: &Heads<S>, number: usize) -> Option<Cell<'_>> {
    match heads.get(number).source.item() {
        RowItem::Cell(cell) => Some(cell),
        RowItem::ComplexDeletion { .. } => None,
    }
}
