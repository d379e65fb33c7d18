//! The rows and cells of one partition in several SSTables, side by side.

use std::cmp::Ordering;

use super::{SharedColumn, SharedColumns};
use crate::error::Result;
use crate::reader::{Cursor, RowItem};
use crate::row::{ClusteringKind, ClusteringOrder};

/// Moves over one partition in several cursors at once: to the next place at which any of them has a row or
/// markers, and within a row to the next cell or complex deletion that any of them has.
///
/// Nothing is copied: at each step, the cursors that take part are named, and show what they stand on.
pub struct SideBySide<'a> {
    columns: &'a SharedColumns,
    order: &'a ClusteringOrder,
    cursors: Vec<&'a mut Cursor>,
    /// The SSTable that each cursor reads, as [`SharedColumns`] counts them.
    sstables: Vec<usize>,
    /// Whether each cursor stands on a row or marker that was not passed yet.
    has_unfiltered: Vec<bool>,
    /// Whether each stands on a cell or complex deletion that was not passed yet.
    has_item: Vec<bool>,
    /// Those that have the current place, and those that have the current cell.
    at_place: Vec<usize>,
    at_item: Vec<usize>,
    is_static: bool,
    column: usize,
}

impl<'a> SideBySide<'a> {
    /// Over cursors that stand at the heads of the same partition; with each the number of its SSTable.
    ///
    /// # Errors
    /// If the first row or marker cannot be read.
    pub fn new(
        columns: &'a SharedColumns,
        order: &'a ClusteringOrder,
        cursors: Vec<(usize, &'a mut Cursor)>,
    ) -> Result<Self> {
        let (sstables, cursors): (Vec<usize>, Vec<&mut Cursor>) = cursors.into_iter().unzip();
        let count = cursors.len();
        let mut made = Self {
            columns,
            order,
            cursors,
            sstables,
            has_unfiltered: vec![false; count],
            has_item: vec![false; count],
            at_place: (0..count).collect(),
            at_item: Vec::new(),
            is_static: true,
            column: 0,
        };
        let with_static = (0..count).filter(|one| made.cursor(*one).partition().static_row.is_some());
        let with_static: Vec<usize> = with_static.collect();
        made.start_row(&with_static)?;
        Ok(made)
    }

    /// How many cursors there are.
    pub fn len(&self) -> usize {
        self.cursors.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cursors.is_empty()
    }

    /// The number of the SSTable that a cursor reads.
    pub fn sstable(&self, cursor: usize) -> usize {
        self.sstables.get(cursor).copied().unwrap_or_default()
    }

    /// A cursor: at the head of the partition or at its rows, as far as it takes part.
    ///
    /// # Panics
    /// Behind the last one.
    #[expect(clippy::indexing_slicing, reason = "the caller takes the number from this struct")]
    pub fn cursor(&self, cursor: usize) -> &Cursor {
        self.cursors[cursor]
    }

    #[expect(clippy::indexing_slicing, reason = "the numbers are those of the cursors")]
    fn cursor_mut(&mut self, cursor: usize) -> &mut Cursor {
        self.cursors[cursor]
    }

    /// Moves to the next place of the partition that any of the cursors has. In front of the first one, the static row
    /// is the place.
    ///
    /// # Errors
    /// As [`Cursor::advance_partition`].
    pub fn advance(&mut self) -> Result<bool> {
        let passed: Vec<usize> =
            if self.is_static { (0..self.len()).collect() } else { std::mem::take(&mut self.at_place) };
        self.is_static = false;
        for one in passed {
            let more = self.cursor_mut(one).advance_unfiltered()?;
            set(&mut self.has_unfiltered, one, more);
        }
        self.at_place.clear();
        for one in (0..self.cursors.len()).filter(|one| self.has_unfiltered.get(*one) == Some(&true)) {
            let order = match self.at_place.first() {
                None => Ordering::Equal,
                Some(first) => self
                    .order
                    .compare(self.cursor(one).unfiltered().place(), self.cursor(*first).unfiltered().place()),
            };
            take_part(&mut self.at_place, one, order);
        }
        let Some(first) = self.at_place.first() else { return Ok(false) };
        if self.cursor(*first).unfiltered().place().0 == ClusteringKind::Clustering {
            let rows = self.at_place.clone();
            self.start_row(&rows)?;
        }
        Ok(true)
    }

    /// The cursors that stand at the current place. All of them have a row there, or all of them markers, of which
    /// one may close what another one opens.
    pub fn at_place(&self) -> &[usize] {
        &self.at_place
    }

    fn start_row(&mut self, rows: &[usize]) -> Result<()> {
        self.at_item.clear();
        self.has_item.fill(false);
        for one in rows {
            let more = self.cursor_mut(*one).advance_item()?;
            set(&mut self.has_item, *one, more);
        }
        Ok(())
    }

    /// Moves to the next complex deletion or cell of the current row that any of the cursors has.
    ///
    /// # Errors
    /// As [`Cursor::advance_partition`].
    pub fn advance_item(&mut self) -> Result<bool> {
        for one in std::mem::take(&mut self.at_item) {
            let more = self.cursor_mut(one).advance_item()?;
            set(&mut self.has_item, one, more);
        }
        for one in (0..self.cursors.len()).filter(|one| self.has_item.get(*one) == Some(&true)) {
            let order = match self.at_item.first() {
                None => Ordering::Equal,
                Some(first) => self.compare_items(one, *first),
            };
            take_part(&mut self.at_item, one, order);
        }
        let Some(first) = self.at_item.first() else { return Ok(false) };
        self.column = self.place_of(*first);
        Ok(true)
    }

    /// The cursors that have the current complex deletion or cell.
    pub fn at_item(&self) -> &[usize] {
        &self.at_item
    }

    /// The column of the current complex deletion or cell, and its place among those of the row.
    pub fn column(&self) -> (usize, Option<&'a SharedColumn>) {
        (self.column, self.columns.columns(self.is_static).get(self.column))
    }

    /// Whether the current place is the static row.
    pub fn is_static(&self) -> bool {
        self.is_static
    }

    fn place_of(&self, cursor: usize) -> usize {
        let header_index = match self.cursor(cursor).item() {
            RowItem::ComplexDeletion { column, .. } => column,
            RowItem::Cell(cell) => cell.column,
        };
        self.columns.place(self.sstable(cursor), self.is_static, header_index)
    }

    fn compare_items(&self, a: usize, b: usize) -> Ordering {
        let (place_a, place_b) = (self.place_of(a), self.place_of(b));
        let items = || (self.cursor(a).item(), self.cursor(b).item());
        place_a.cmp(&place_b).then_with(|| self.columns.compare_in_column(self.is_static, place_a, items()))
    }
}

/// Lets `one` take part with the others, alone, or not, as it is equal to them, less, or greater.
fn take_part(least: &mut Vec<usize>, one: usize, order: Ordering) {
    match order {
        Ordering::Less => {
            least.clear();
            least.push(one);
        }
        Ordering::Equal => least.push(one),
        Ordering::Greater => {}
    }
}

fn set(flags: &mut [bool], index: usize, value: bool) {
    if let Some(flag) = flags.get_mut(index) {
        *flag = value;
    }
}
