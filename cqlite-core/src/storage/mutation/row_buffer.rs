//! Rows with values of their own, in memory that is used again.

use std::cmp::Ordering;
use std::ops::Range;

use cqlite_sstable::Result;
use cqlite_sstable::encoding::{ColumnSet, Deltas, EncodeError, RowHead, write_cell, write_complex_header};
use cqlite_sstable::merge::{RowHead as MergedHead, RowVersion, SharedColumns};
use cqlite_sstable::row::{Cell, Clustering, DeletionTime, OwnedRow, Row, RowItem};

use super::ColumnList;

/// Rows in the order in which they were added.
#[derive(Debug, Default)]
pub(in crate::storage) struct RowBuffer {
    /// The rows; those behind the first [`RowBuffer::len`] are kept for their memory.
    rows: Vec<BufferedRow>,
    used: usize,
    items: Vec<BufferedItem>,
    values: Vec<u8>,
    /// The columns of the row that is written, as the list counts.
    present: ColumnSet,
}

#[derive(Debug, Default)]
struct BufferedRow {
    is_static: bool,
    row: OwnedRow,
    items: Range<usize>,
}

/// A cell or a complex deletion, with its bytes as ranges of the values.
#[derive(Debug, Clone)]
struct BufferedItem {
    is_deletion: bool,
    column: usize,
    timestamp: i64,
    ttl_seconds: i32,
    local_deletion_time_seconds: i64,
    path: Option<Range<usize>>,
    value: Range<usize>,
}

impl BufferedItem {
    fn shown<'a>(&self, values: &'a [u8]) -> RowItem<'a> {
        let Self { column, timestamp, local_deletion_time_seconds, .. } = *self;
        if self.is_deletion {
            let deletion = DeletionTime { marked_for_delete_at: timestamp, local_deletion_time_seconds };
            return RowItem::ComplexDeletion { column, deletion };
        }
        RowItem::Cell(Cell {
            column,
            timestamp,
            ttl_seconds: self.ttl_seconds,
            local_deletion_time_seconds,
            path: self.path.clone().map(|path| values.get(path).unwrap_or_default()),
            value: values.get(self.value.clone()).unwrap_or_default(),
        })
    }
}

impl RowBuffer {
    /// Forgets the rows and keeps the memory.
    pub(in crate::storage) fn clear(&mut self) {
        self.used = 0;
        self.items.clear();
        self.values.clear();
    }

    /// The bytes of all values and paths.
    pub(in crate::storage) fn value_bytes(&self) -> usize {
        self.values.len()
    }

    /// How many rows there are.
    pub(in crate::storage) fn len(&self) -> usize {
        self.used
    }

    /// Adds a row without items.
    pub(in crate::storage) fn push_row(&mut self, row: &Row<'_>) {
        if self.used == self.rows.len() {
            self.rows.push(BufferedRow::default());
        }
        let start = self.items.len();
        if let Some(into) = self.rows.get_mut(self.used) {
            into.is_static = row.is_static;
            into.row.set(row);
            into.items = start..start;
        }
        self.used = self.used.saturating_add(1);
    }

    /// Removes the row that was added last if it says nothing, and tells whether it did.
    pub(in crate::storage) fn pop_if_empty(&mut self) -> bool {
        let Some(last) = self.used.checked_sub(1) else { return false };
        let is_empty = self.rows.get(last).is_some_and(|row| {
            row.items.is_empty() && MergedHead::of(&row.row.as_row(row.is_static)).is_empty()
        });
        if is_empty {
            self.used = last;
        }
        is_empty
    }

    /// As [`RowBuffer::push_row`], of the parts of a row.
    pub(in crate::storage) fn push_head(
        &mut self,
        head: &MergedHead,
        is_static: bool,
        clustering: Clustering<'_>,
    ) {
        self.push_row(&head.row(is_static, clustering));
    }

    /// Adds an item to the row that was added last.
    #[inline]
    pub(in crate::storage) fn push_item(&mut self, item: &RowItem<'_>) {
        let values = &mut self.values;
        let mut keep = |bytes: &[u8]| {
            let start = values.len();
            values.extend_from_slice(bytes);
            start..values.len()
        };
        self.items.push(match item {
            RowItem::ComplexDeletion { column, deletion } => BufferedItem {
                is_deletion: true,
                column: *column,
                timestamp: deletion.marked_for_delete_at,
                ttl_seconds: 0,
                local_deletion_time_seconds: deletion.local_deletion_time_seconds,
                path: None,
                value: 0..0,
            },
            RowItem::Cell(cell) => BufferedItem {
                is_deletion: false,
                column: cell.column,
                timestamp: cell.timestamp,
                ttl_seconds: cell.ttl_seconds,
                local_deletion_time_seconds: cell.local_deletion_time_seconds,
                path: cell.path.map(&mut keep),
                value: keep(cell.value),
            },
        });
        let end = self.items.len();
        if let Some(row) = self.used.checked_sub(1).and_then(|last| self.rows.get_mut(last)) {
            row.items.end = end;
        }
    }

    /// The row at `index`; nothing behind the last.
    pub(in crate::storage) fn row(&self, index: usize) -> Option<Row<'_>> {
        let row = self.rows.get(..self.used)?.get(index)?;
        Some(row.row.as_row(row.is_static))
    }

    /// The item at `number` among those of the row at `index`.
    pub(in crate::storage) fn item(&self, index: usize, number: usize) -> Option<RowItem<'_>> {
        let row = self.rows.get(index)?;
        let item = self.items.get(row.items.clone())?.get(number)?;
        Some(item.shown(&self.values))
    }

    /// Brings the items of the row that was added last into the order of columns and paths. Items of one place become
    /// those of further versions of the row.
    pub(in crate::storage) fn settle_last(&mut self, columns: &SharedColumns) {
        let Some(last) = self.used.checked_sub(1) else { return };
        let Some(row) = self.rows.get(last) else { return };
        let (is_static, range) = (row.is_static, row.items.clone());
        let columns = columns.columns(is_static);
        let order = |a: &BufferedItem, b: &BufferedItem, values: &[u8]| {
            let by_column = a.column.cmp(&b.column).then_with(|| b.is_deletion.cmp(&a.is_deletion));
            by_column.then_with(|| match columns.get(a.column) {
                Some(column) if !a.is_deletion => {
                    let path = |item: &BufferedItem| item.path.clone().and_then(|path| values.get(path));
                    column.compare_paths(path(a), path(b))
                }
                _ => Ordering::Equal,
            })
        };
        let items = self.items.get(range.clone()).unwrap_or_default();
        let mut pairs = items.iter().zip(items.iter().skip(1));
        if pairs.all(|(a, b)| order(a, b, &self.values).is_lt()) {
            return;
        }
        let mut sorted = items.to_vec();
        sorted.sort_by(|a, b| order(a, b, &self.values));
        self.items.truncate(range.start);
        let mut rest = sorted;
        let head = self.row(last).map(|row| (row.is_static, self.owned_clustering(last)));
        let Some((is_static, clustering)) = head else { return };
        let mut row = last;
        while !rest.is_empty() {
            let (mut kept, mut double): (Vec<BufferedItem>, Vec<BufferedItem>) = (Vec::new(), Vec::new());
            for item in rest {
                match kept.last() {
                    Some(before) if order(before, &item, &self.values).is_eq() => double.push(item),
                    _ => kept.push(item),
                }
            }
            if row != last {
                let empty = MergedHead::default();
                self.push_head(&empty, is_static, clustering.clustering.as_clustering());
            }
            let start = self.items.len();
            self.items.append(&mut kept);
            let end = self.items.len();
            if let Some(into) = self.rows.get_mut(row) {
                into.items = start..end;
            }
            row = row.saturating_add(1);
            rest = double;
        }
    }

    fn owned_clustering(&self, index: usize) -> OwnedRow {
        let mut owned = OwnedRow::default();
        if let Some(row) = self.rows.get(index) {
            owned.clustering.copy_from(row.row.clustering.as_clustering());
        }
        owned
    }

    /// Writes the row at `index` as updates have it, with the columns of `list`.
    ///
    /// # Errors
    /// If the row is none of the table, or its times contradict each other.
    pub(in crate::storage) fn write(
        &mut self,
        index: usize,
        list: &ColumnList,
        deltas: &Deltas,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        const UNKNOWN: EncodeError =
            EncodeError::Refused("a cell is of a column that the table does not have");
        let Some(buffered) = self.rows.get(index) else { return Ok(()) };
        let row = buffered.row.as_row(buffered.is_static);
        let items = self.items.get(buffered.items.clone()).unwrap_or_default();
        let layout = list.layout.columns(row.is_static);
        self.present.clear(layout.len());
        let mut has_complex_deletions = false;
        for item in items {
            let index = list.index_of(row.is_static, item.column).ok_or(UNKNOWN)?;
            self.present.insert(index);
            has_complex_deletions |= item.is_deletion;
        }
        let head = RowHead {
            row,
            columns: &self.present,
            has_complex_deletions,
            columns_bytes: 0,
            previous_bytes: 0,
        };
        head.write_unsized(&list.layout, deltas, out)?;
        let mut rest = items;
        while let Some(first) = rest.first() {
            let index = list.index_of(row.is_static, first.column).ok_or(UNKNOWN)?;
            let column = layout.get(index).ok_or(UNKNOWN)?;
            let count = rest.iter().take_while(|item| item.column == first.column).count();
            let (of_column, behind) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            rest = behind;
            let mut cells = of_column;
            if column.complex {
                let mut deletion = DeletionTime::LIVE;
                if first.is_deletion {
                    cells = of_column.get(1..).unwrap_or_default();
                    deletion = DeletionTime {
                        marked_for_delete_at: first.timestamp,
                        local_deletion_time_seconds: first.local_deletion_time_seconds,
                    };
                }
                let deletion = has_complex_deletions.then_some(deletion);
                write_complex_header(deletion, cells.len() as u64, deltas, out);
            } else if first.is_deletion {
                return Err(EncodeError::Refused("a column of one cell has a deletion of many"));
            }
            for cell in cells {
                if let RowItem::Cell(cell) = cell.shown(&self.values) {
                    write_cell(&cell, column, deltas, row.liveness.as_ref(), out)?;
                }
            }
        }
        Ok(())
    }
}

/// A row of a buffer as a version for a merge.
#[derive(Debug)]
pub(in crate::storage) struct BufferedVersion<'a> {
    buffer: &'a RowBuffer,
    row: Row<'a>,
    index: usize,
    /// How many of its items were moved to.
    passed: usize,
}

impl<'a> BufferedVersion<'a> {
    /// In front of the items of the row at `index`, if there is one.
    pub(in crate::storage) fn new(buffer: &'a RowBuffer, index: usize) -> Option<Self> {
        Some(Self { buffer, row: buffer.row(index)?, index, passed: 0 })
    }
}

impl RowVersion for BufferedVersion<'_> {
    fn row(&self) -> Row<'_> {
        self.row
    }

    fn advance_item(&mut self) -> Result<bool> {
        let has_next = self.buffer.item(self.index, self.passed).is_some();
        self.passed = self.passed.saturating_add(usize::from(has_next));
        Ok(has_next)
    }

    fn item(&self) -> RowItem<'_> {
        const NONE: RowItem<'_> = RowItem::ComplexDeletion { column: 0, deletion: DeletionTime::LIVE };
        let item = self.passed.checked_sub(1).and_then(|number| self.buffer.item(self.index, number));
        item.unwrap_or(NONE)
    }
}
