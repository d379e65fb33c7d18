//! An open source of a merge, and what it stands on.

use std::cmp::Ordering;

use super::SharedColumns;
use crate::error::Result;
use crate::partitioner::Token;
use crate::row::{DeletionTime, RowItem, UnfilteredPartitions};

/// An open source. What it stands on is kept beside it as far as it is compared again and again.
pub(super) struct Head<S> {
    pub(super) source: S,
    /// The number of the source among the headers of the shared columns.
    pub(super) number: usize,
    /// The token of the partition that it stands on.
    pub(super) token: Token,
    /// The deletion of the range that is open where it stands; live if none is.
    pub(super) open: DeletionTime,
    /// The complex deletion or cell that it stands on.
    pub(super) item: HeadItem,
    /// The places of its static and its regular columns among the shared ones.
    statics: Vec<usize>,
    regulars: Vec<usize>,
}

/// What orders items, and mostly decides between them.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeadItem {
    /// The place of the column among the shared ones.
    pub(super) place: usize,
    /// The write time of a cell, or of the deletion.
    pub(super) timestamp: i64,
    pub(super) is_deletion: bool,
    has_path: bool,
}

impl<S: UnfilteredPartitions> Head<S> {
    pub(super) fn new(source: S, number: usize, token: Token, columns: &SharedColumns) -> Self {
        let places = |is_static| columns.places(number, is_static).to_vec();
        Self {
            source,
            number,
            token,
            open: DeletionTime::LIVE,
            item: HeadItem { place: 0, timestamp: 0, is_deletion: false, has_path: false },
            statics: places(true),
            regulars: places(false),
        }
    }

    /// The place of one of its columns among the shared ones.
    #[inline]
    pub(super) fn place(&self, is_static: bool, column: usize) -> usize {
        let places = if is_static { &self.statics } else { &self.regulars };
        places.get(column).copied().unwrap_or(usize::MAX)
    }

    /// Its item, with the column as the shared ones count.
    #[inline]
    pub(super) fn shared_item(&self, is_static: bool) -> RowItem<'_> {
        match self.source.item() {
            RowItem::Cell(mut cell) => {
                cell.column = self.place(is_static, cell.column);
                RowItem::Cell(cell)
            }
            RowItem::ComplexDeletion { column, deletion } => {
                RowItem::ComplexDeletion { column: self.place(is_static, column), deletion }
            }
        }
    }

    /// Moves to the next item of the row.
    #[inline]
    pub(super) fn advance_item(&mut self, is_static: bool) -> Result<bool> {
        if !self.source.advance_item()? {
            return Ok(false);
        }
        let (column, timestamp, is_deletion, has_path) = match self.source.item() {
            RowItem::Cell(cell) => (cell.column, cell.timestamp, false, cell.path.is_some()),
            RowItem::ComplexDeletion { column, deletion } => {
                (column, deletion.marked_for_delete_at, true, false)
            }
        };
        self.item = HeadItem { place: self.place(is_static, column), timestamp, is_deletion, has_path };
        Ok(true)
    }

    /// By column; in one, the deletion stands in front of the cells, and those are in the order of their paths.
    #[inline]
    pub(super) fn compare_items(&self, other: &Self, columns: &SharedColumns, is_static: bool) -> Ordering {
        let (one, another) = (&self.item, &other.item);
        match one.place.cmp(&another.place) {
            Ordering::Equal if one.has_path && another.has_path => {
                self.compare_paths(other, columns, is_static)
            }
            Ordering::Equal => another.is_deletion.cmp(&one.is_deletion),
            order => order,
        }
    }

    fn compare_paths(&self, other: &Self, columns: &SharedColumns, is_static: bool) -> Ordering {
        let (RowItem::Cell(one), RowItem::Cell(another)) = (self.source.item(), other.source.item()) else {
            return Ordering::Equal;
        };
        let column = columns.columns(is_static).get(self.item.place);
        column.map_or(Ordering::Equal, |column| column.compare_paths(one.path, another.path))
    }
}
