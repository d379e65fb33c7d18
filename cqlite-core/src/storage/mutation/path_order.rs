//! The order of the cells of a collection or user-defined type.

use cqlite_sstable::row::RowItem;

use super::TableLayout;

/// What is told of cells that are not in it.
pub(super) const OUT_OF_ORDER: &str =
    "the cells of a collection or user-defined type are not in the order of their paths";

/// Cells of one column ascend by their paths, and none comes twice: SSTables have them in this order.
#[derive(Debug, Default)]
pub(super) struct PathOrder {
    /// The column of the cell before, if that had a path.
    column: Option<usize>,
    path: Vec<u8>,
}

impl PathOrder {
    /// The items of another row come.
    pub(super) fn start(&mut self) {
        self.column = None;
    }

    /// Whether an item stands behind the one before.
    pub(super) fn advance(&mut self, layout: &TableLayout, is_static: bool, item: &RowItem<'_>) -> bool {
        let RowItem::Cell(cell) = item else { return true };
        let Some(path) = cell.path else { return true };
        let columns = layout.columns().columns(is_static);
        let is_behind = self.column != Some(cell.column)
            || columns
                .get(cell.column)
                .is_none_or(|column| column.compare_paths(Some(&self.path), Some(path)).is_lt());
        self.column = Some(cell.column);
        self.path.clear();
        self.path.extend_from_slice(path);
        is_behind
    }
}
