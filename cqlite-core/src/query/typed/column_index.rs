//! Columns of a result by place or name.

use crate::query::ColumnSpec;

/// What a column of a result is called by: its place, from 0, or its name.
pub trait ColumnIndex {
    /// Its place.
    fn place(&self, columns: &[ColumnSpec]) -> Option<usize>;

    /// How messages name it.
    fn text(&self) -> String;
}

impl ColumnIndex for usize {
    fn place(&self, columns: &[ColumnSpec]) -> Option<usize> {
        Some(*self).filter(|place| *place < columns.len())
    }

    fn text(&self) -> String {
        format!("number {self}")
    }
}

impl ColumnIndex for &str {
    fn place(&self, columns: &[ColumnSpec]) -> Option<usize> {
        columns.iter().position(|column| *column.name == **self)
    }

    fn text(&self) -> String {
        format!("'{self}'")
    }
}
