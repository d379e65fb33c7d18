//! How the rows of one SSTable are laid out, decided once from its header.

use super::{Deltas, ValueLength};
use crate::types::CqlType;

/// How the cells of one column are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnLayout {
    /// How the value of each cell is stored.
    pub value: ValueLength,
    /// Whether there is a cell for each element or field, with a path.
    pub complex: bool,
}

impl ColumnLayout {
    /// The layout of a column of this type. Inside a complex column every value has a length in front of it,
    /// even if the element's type is of fixed length.
    pub fn of(column_type: &CqlType) -> Self {
        let complex = column_type.is_multi_cell();
        Self { value: ValueLength::of(column_type), complex }
    }
}

/// The static or the regular columns of an SSTable, in the order of its header.
#[derive(Debug, Clone, Default)]
pub struct ColumnsLayout {
    columns: Vec<ColumnLayout>,
}

impl ColumnsLayout {
    /// The layouts of these types.
    pub fn new<'a>(types: impl IntoIterator<Item = &'a CqlType>) -> Self {
        Self { columns: types.into_iter().map(ColumnLayout::of).collect() }
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// The layout of the column at `index`.
    #[inline]
    pub fn get(&self, index: usize) -> Option<ColumnLayout> {
        self.columns.get(index).copied()
    }
}

/// Everything that decoding rows needs to know.
#[derive(Debug, Clone)]
pub struct RowLayout {
    /// The bases of times.
    pub deltas: Deltas,
    /// The clustering columns.
    pub clustering: Vec<ValueLength>,
    /// The static columns. If there is one, every partition has a static row.
    pub statics: ColumnsLayout,
    /// The regular columns.
    pub regulars: ColumnsLayout,
    /// Whether bits and sizes that tell Cassandra nothing may be anything, as Cassandra takes them. Else they are
    /// damage.
    pub takes_any_idle_bits: bool,
}

impl RowLayout {
    /// The columns of a static row or of any other.
    #[inline]
    pub fn columns(&self, is_static: bool) -> &ColumnsLayout {
        if is_static { &self.statics } else { &self.regulars }
    }
}
