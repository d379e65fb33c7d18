//! Rows of a table as selectors and filters see them.

use std::borrow::Cow;
use std::ops::Range;

use cqlite_sstable::encoding::Bytes;
use cqlite_sstable::row::{Cell, Clustering, ClusteringValue};
use cqlite_sstable::schema::ColumnKind;
use cqlite_sstable::types::{CounterContext, CqlType};

use super::{RowWriter, TableColumn};
use crate::storage::read::Cells;

/// A row of a table, with the key and the static row of its partition (`cql3.selection.Selector.InputRow`).
#[derive(Debug, Clone, Copy)]
pub(crate) struct InputRow<'a> {
    /// The partition key.
    pub(crate) key: PartitionKey<'a>,
    /// The values of the clustering columns; none of a partition that has a static row alone.
    pub(crate) clustering: Option<Clustering<'a>>,
    /// The live cells of the static row.
    pub(crate) statics: IndexedCells<'a>,
    /// The live cells of the row.
    pub(crate) regulars: IndexedCells<'a>,
}

/// A partition key with the places of its parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PartitionKey<'a> {
    /// The serialized key.
    pub(crate) bytes: &'a [u8],
    /// Where the value of each of its columns lies.
    pub(crate) parts: &'a [Range<usize>],
}

impl<'a> PartitionKey<'a> {
    /// Finds the values of so many columns in a key. Bytes that are none have empty values.
    pub(crate) fn split(key: &[u8], columns: usize, parts: &mut Vec<Range<usize>>) {
        parts.clear();
        if columns == 1 {
            parts.push(0..key.len());
            return;
        }
        let mut bytes = Bytes::new(key);
        for _ in 0..columns {
            let length = bytes.u16().map_or(0, usize::from);
            let start = key.len().saturating_sub(bytes.remaining());
            let length = bytes.take(length).map_or(0, <[u8]>::len);
            parts.push(start..start.saturating_add(length));
            // The end-of-component byte.
            let _ = bytes.u8();
        }
    }

    /// The value of the column at a place.
    pub(crate) fn part(&self, place: usize) -> Option<&'a [u8]> {
        self.parts.get(place).and_then(|part| self.bytes.get(part.clone()))
    }
}

/// The cells of a row, with the places of those of each column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IndexedCells<'a> {
    cells: Cells<'a>,
    /// Of each column, where its cells begin; behind the last one, where they end.
    starts: &'a [u32],
    /// No column has more than one cell.
    are_single: bool,
}

impl<'a> IndexedCells<'a> {
    /// None at all.
    pub(crate) const NONE: IndexedCells<'static> =
        IndexedCells { cells: Cells::NONE, starts: &[], are_single: true };

    /// Finds where the cells of each of so many columns are.
    pub(crate) fn index(cells: Cells<'a>, columns: usize, starts: &'a mut Vec<u32>) -> Self {
        starts.clear();
        let mut are_single = true;
        for (index, column) in cells.columns().enumerate() {
            are_single &= starts.len() <= column;
            while starts.len() <= column {
                starts.push(index as u32);
            }
        }
        while starts.len() <= columns {
            starts.push(cells.len() as u32);
        }
        Self { cells, starts, are_single }
    }

    #[inline]
    fn range(&self, column: usize) -> Range<usize> {
        let at = |place: usize| self.starts.get(place).map_or(0, |start| *start as usize);
        at(column)..at(column.saturating_add(1))
    }

    /// Puts the values of columns that stand side by side into a row of a result; `false` if one of them may have several
    /// cells, and nothing is done.
    #[inline]
    pub(crate) fn write(&self, columns: Range<usize>, into: &mut RowWriter<'_>) -> bool {
        let Some(starts) = self.starts.get(columns.start..=columns.end).filter(|_| self.are_single) else {
            return false;
        };
        let (Some(first), Some(last)) = (starts.first(), starts.last()) else { return false };
        let (bytes, mut ends) = self.cells.values(*first as usize..*last as usize);
        let has_cell = starts.iter().zip(starts.iter().skip(1)).map(|(start, end)| start != end);
        into.values(bytes, has_cell.map(|has_cell| if has_cell { ends.next() } else { None }));
        true
    }

    /// The cells of a column, in the order of their paths.
    pub(crate) fn of(&self, column: usize) -> impl DoubleEndedIterator<Item = Cell<'a>> + use<'a> {
        let cells = self.cells;
        self.range(column).filter_map(move |index| cells.get(index))
    }

    /// The value of a column that has one cell.
    #[inline]
    pub(crate) fn value(&self, column: usize) -> Option<&'a [u8]> {
        let range = self.range(column);
        if range.is_empty() { None } else { self.cells.value_at(range.start) }
    }

    /// The cell of a column that has one.
    pub(crate) fn one(&self, column: usize) -> Option<Cell<'a>> {
        let range = self.range(column);
        if range.is_empty() { None } else { self.cells.get(range.start) }
    }
}

impl<'a> InputRow<'a> {
    /// The live cells of a static or regular column.
    pub(crate) fn cells(&self, column: &TableColumn) -> impl DoubleEndedIterator<Item = Cell<'a>> + use<'a> {
        let cells = if column.kind == ColumnKind::Static { self.statics } else { self.regulars };
        cells.of(column.place)
    }

    /// The live cell of a static or regular column that has one.
    pub(crate) fn cell(&self, column: &TableColumn) -> Option<Cell<'a>> {
        match column.kind {
            ColumnKind::Static => self.statics.one(column.place),
            ColumnKind::Regular => self.regulars.one(column.place),
            ColumnKind::PartitionKey | ColumnKind::Clustering => None,
        }
    }

    /// The value of a column, as clients are told it: collections as frozen ones, counters as their totals.
    pub(crate) fn value(&self, column: &TableColumn) -> Option<Cow<'a, [u8]>> {
        match column.kind {
            ColumnKind::PartitionKey => self.key.part(column.place).map(Cow::Borrowed),
            ColumnKind::Clustering => {
                self.clustering?.get(column.place).and_then(ClusteringValue::bytes).map(Cow::Borrowed)
            }
            ColumnKind::Static | ColumnKind::Regular => match column.cql_type() {
                CqlType::Counter => {
                    let cell = self.cell(column)?;
                    let total = CounterContext::decode(cell.value).map_or(0, |context| context.total());
                    Some(Cow::Owned(total.to_be_bytes().to_vec()))
                }
                cql_type if cql_type.is_multi_cell() => {
                    compose_cells(cql_type, self.cells(column)).map(Cow::Owned)
                }
                _ => self.cell(column).map(|cell| Cow::Borrowed(cell.value)),
            },
        }
    }
}

/// The value of a column of many cells as one (`CollectionType.serializeForNativeProtocol`, `UserType`); none if there are
/// none.
pub(crate) fn compose_cells<'c>(
    cql_type: &CqlType,
    cells: impl Iterator<Item = Cell<'c>>,
) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    append_cells(cql_type, cells, &mut out).then_some(out)
}

/// As [`compose_cells`], behind what is in a buffer. If there are no cells, it says so and what it has appended means nothing.
pub(crate) fn append_cells<'c>(
    cql_type: &CqlType,
    cells: impl Iterator<Item = Cell<'c>>,
    out: &mut Vec<u8>,
) -> bool {
    let mut count = 0_u32;
    let push = |out: &mut Vec<u8>, bytes: &[u8]| {
        out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
        out.extend_from_slice(bytes);
    };
    if let CqlType::User(user) = cql_type {
        let mut cells = cells.peekable();
        if cells.peek().is_none() {
            return false;
        }
        for place in 0..user.fields.len() {
            let is_field =
                |cell: &Cell<'_>| cell.path.is_some_and(|path| path == (place as u16).to_be_bytes());
            match cells.next_if(is_field) {
                Some(cell) => push(out, cell.value),
                None => out.extend_from_slice(&(-1_i32).to_be_bytes()),
            }
        }
        return true;
    }
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    for cell in cells {
        count = count.saturating_add(1);
        match cql_type {
            CqlType::Set { .. } => push(out, cell.path.unwrap_or_default()),
            CqlType::Map { .. } => {
                push(out, cell.path.unwrap_or_default());
                push(out, cell.value);
            }
            _ => push(out, cell.value),
        }
    }
    if let Some(head) = out.get_mut(start..).and_then(<[u8]>::first_chunk_mut) {
        *head = count.to_be_bytes();
    }
    count > 0
}
