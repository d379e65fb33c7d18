//! Which columns of a table those of a source are.

use cqlite_sstable::component::statistics::{HeaderColumn, SerializationHeader};
use cqlite_sstable::merge::SharedColumns;
use cqlite_sstable::row::Cell;

use crate::storage::mutation::TableLayout;

/// Which static and regular columns of a table the columns of a source of rows are.
#[derive(Debug)]
pub(in crate::storage) enum ColumnMap {
    /// The same.
    Same,
    /// Others: of an SSTable of before the schema was changed.
    Mapped([Vec<Mapped>; 2]),
}

/// What a column of a source is.
#[derive(Debug, Clone, Copy)]
pub(in crate::storage) struct Mapped {
    /// Its place in the table; none if it has no such column any more.
    place: Option<usize>,
    /// Cells up to this time were dropped with the column.
    dropped_until: i64,
}

impl ColumnMap {
    /// Of an SSTable.
    pub(in crate::storage) fn of_header(header: &SerializationHeader, layout: &TableLayout) -> Self {
        let same = |is_static: bool, columns: &[HeaderColumn]| {
            let own = layout.header_columns(is_static);
            own.len() == columns.len() && own.iter().zip(columns).all(|(a, b)| is_same(a, b))
        };
        let is_same = same(true, &header.static_columns) && same(false, &header.regular_columns);
        if is_same && !layout.has_dropped_columns() {
            return Self::Same;
        }
        let map = |is_static, columns: &[HeaderColumn]| {
            columns
                .iter()
                .map(|column| mapped(&column.name, column.column_type.is_multi_cell(), is_static, layout))
                .collect()
        };
        Self::Mapped([map(true, &header.static_columns), map(false, &header.regular_columns)])
    }

    /// Of the columns that several sources have together.
    pub(in crate::storage) fn of_shared(shared: &SharedColumns, layout: &TableLayout) -> Self {
        let map = |is_static| {
            let columns = shared.columns(is_static).iter();
            columns
                .map(|one| mapped(&one.name, one.column.column_type.is_multi_cell(), is_static, layout))
                .collect()
        };
        Self::Mapped([map(true), map(false)])
    }

    /// Whether nothing is mapped.
    pub(in crate::storage) fn is_same(&self) -> bool {
        matches!(self, Self::Same)
    }

    /// The place in the table of the column of a cell; none if the cell was dropped with its column.
    #[inline]
    pub(in crate::storage) fn place(&self, is_static: bool, cell: &Cell<'_>) -> Option<usize> {
        let Self::Mapped(places) = self else { return Some(cell.column) };
        let [statics, regulars] = places;
        let mapped = if is_static { statics } else { regulars }.get(cell.column)?;
        mapped.place.filter(|_| cell.timestamp > mapped.dropped_until)
    }
}

fn is_same(a: &HeaderColumn, b: &HeaderColumn) -> bool {
    a.name == b.name && a.column_type.is_multi_cell() == b.column_type.is_multi_cell()
}

fn mapped(name: &[u8], is_multi_cell: bool, is_static: bool, layout: &TableLayout) -> Mapped {
    let is_it = |own: &HeaderColumn| own.name == name && own.column_type.is_multi_cell() == is_multi_cell;
    Mapped {
        place: layout.header_columns(is_static).iter().position(is_it),
        dropped_until: layout.dropped_until_micros(name),
    }
}
