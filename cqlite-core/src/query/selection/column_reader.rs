//! How the value of a column is read.

use std::sync::Arc;

use cqlite_sstable::schema::ColumnKind;
use cqlite_sstable::types::{CounterContext, CqlType};

use crate::query::{IndexedCells, InputRow, RowWriter, TableColumn, append_cells};

/// Shows the values of a column of rows (`cql3.selection.Selector.InputRow.add`). How is decided once.
#[derive(Debug, Clone)]
pub(super) struct ColumnReader {
    column: Arc<TableColumn>,
    shape: Shape,
}

/// Where a value is and what has to be done with it.
#[derive(Debug, Clone, Copy)]
enum Shape {
    PartitionKey,
    Clustering,
    /// In the one cell of the column.
    Cell(Row),
    /// The total of the counter in the one cell.
    Counter(Row),
    /// In as many cells as there are elements or fields.
    Cells(Row),
}

#[derive(Debug, Clone, Copy)]
enum Row {
    Static,
    Regular,
}

impl Row {
    fn of<'a>(self, row: &InputRow<'a>) -> IndexedCells<'a> {
        match self {
            Self::Static => row.statics,
            Self::Regular => row.regulars,
        }
    }
}

impl ColumnReader {
    /// That of a column.
    pub(super) fn new(column: &Arc<TableColumn>) -> Self {
        let row = if column.kind == ColumnKind::Static { Row::Static } else { Row::Regular };
        let shape = match (column.kind, column.cql_type()) {
            (ColumnKind::PartitionKey, _) => Shape::PartitionKey,
            (ColumnKind::Clustering, _) => Shape::Clustering,
            (_, CqlType::Counter) => Shape::Counter(row),
            (_, cql_type) if cql_type.is_multi_cell() => Shape::Cells(row),
            _ => Shape::Cell(row),
        };
        Self { column: Arc::clone(column), shape }
    }

    /// The column.
    pub(super) fn column(&self) -> &Arc<TableColumn> {
        &self.column
    }

    /// The place of the column among the regular ones, if it is one of them and has one cell that clients are told as it is.
    pub(super) fn regular_cell(&self) -> Option<usize> {
        matches!(self.shape, Shape::Cell(Row::Regular)).then_some(self.column.place)
    }

    /// The value; what is not stored as clients are told it is put together in the buffer.
    #[inline]
    pub(super) fn read<'a>(&self, row: &InputRow<'a>, buffer: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        if self.is_stored() {
            return self.stored(row);
        }
        buffer.clear();
        self.append(row, buffer).then_some(buffer)
    }

    /// Puts the value into a row of a result, without a stop between.
    #[inline]
    pub(super) fn write(&self, row: &InputRow<'_>, into: &mut RowWriter<'_>) {
        if self.is_stored() {
            into.value(self.stored(row));
        } else {
            into.compose(|bytes| self.append(row, bytes));
        }
    }

    /// Appends the value; `false` if it is null.
    pub(super) fn append(&self, row: &InputRow<'_>, out: &mut Vec<u8>) -> bool {
        let place = self.column.place;
        match self.shape {
            Shape::Counter(of) => match of.of(row).one(place) {
                Some(cell) => {
                    out.extend_from_slice(&total(cell.value).to_be_bytes());
                    true
                }
                None => false,
            },
            Shape::Cells(of) => append_cells(self.column.cql_type(), of.of(row).of(place), out),
            _ => match self.stored(row) {
                Some(value) => {
                    out.extend_from_slice(value);
                    true
                }
                None => false,
            },
        }
    }

    /// Whether the value is stored as clients are told it.
    #[inline]
    fn is_stored(&self) -> bool {
        !matches!(self.shape, Shape::Counter(_) | Shape::Cells(_))
    }

    #[inline]
    fn stored<'a>(&self, row: &InputRow<'a>) -> Option<&'a [u8]> {
        let place = self.column.place;
        match self.shape {
            Shape::PartitionKey => row.key.part(place),
            Shape::Clustering => row.clustering?.get(place)?.bytes(),
            Shape::Cell(of) => of.of(row).value(place),
            Shape::Counter(_) | Shape::Cells(_) => None,
        }
    }
}

/// The total of a counter (`CounterContext.total`).
fn total(value: &[u8]) -> i64 {
    CounterContext::decode(value).map_or(0, |context| context.total())
}
