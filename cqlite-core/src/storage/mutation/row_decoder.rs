//! A row, item by item, from its bytes.

use cqlite_sstable::encoding::{
    Bytes, CellParts, ColumnSet, DecodeError, Deltas, EncodingStats, RowHeader, read_complex_header,
};
use cqlite_sstable::row::{Cell, DeletionTime, OwnedRow, Row, RowItem};

use super::ColumnList;

/// Decodes one row after another from bytes that it is given each time. Columns are shown by their places in the table;
/// cells of dropped columns are passed over.
#[derive(Debug)]
pub(in crate::storage) struct RowDecoder {
    deltas: Deltas,
    is_static: bool,
    row: OwnedRow,
    has_complex_deletions: bool,
    /// The columns whose first cell was not reached.
    columns: ColumnSet,
    complex: Option<Complex>,
    position: usize,
    item: Item,
}

/// The complex column that is being read: its index in the list, and how many cells are left.
#[derive(Debug, Clone, Copy)]
struct Complex {
    index: usize,
    cells_left: usize,
}

#[derive(Debug)]
enum Item {
    Deletion { column: usize, deletion: DeletionTime },
    Cell { column: usize, parts: CellParts },
}

impl Default for RowDecoder {
    fn default() -> Self {
        Self {
            deltas: EncodingStats::default().deltas(false),
            is_static: false,
            row: OwnedRow::default(),
            has_complex_deletions: false,
            columns: ColumnSet::default(),
            complex: None,
            position: 0,
            item: Item::Deletion { column: 0, deletion: DeletionTime::LIVE },
        }
    }
}

impl RowDecoder {
    /// Goes to the front of the row at `position`.
    ///
    /// # Errors
    /// If the bytes end early or contradict the format.
    #[inline]
    pub(in crate::storage) fn start(
        &mut self,
        bytes: &[u8],
        position: usize,
        list: &ColumnList,
        deltas: &Deltas,
    ) -> Result<(), DecodeError> {
        self.deltas = *deltas;
        let mut reader = Bytes::from(bytes, position);
        let clustering = &mut self.row.clustering;
        let head = RowHeader::read_unsized(&mut reader, &list.layout, deltas, clustering, &mut self.columns)?;
        self.is_static = head.is_static;
        self.row.liveness = head.liveness;
        self.row.deletion = head.deletion;
        self.row.shadowable_deletion = head.shadowable_deletion;
        self.has_complex_deletions = head.has_complex_deletions;
        self.complex = None;
        self.position = reader.position();
        Ok(())
    }

    /// Goes to a row of which nothing is there.
    pub(in crate::storage) fn start_empty(&mut self, is_static: bool) {
        self.row.clear();
        self.is_static = is_static;
        self.columns.clear(0);
        self.complex = None;
    }

    /// The row, its items apart.
    #[inline]
    pub(in crate::storage) fn row(&self) -> Row<'_> {
        self.row.as_row(self.is_static)
    }

    /// Whether the row says anything: also if it has only columns whose cells may not be seen.
    #[inline]
    pub(in crate::storage) fn has_content(&self) -> bool {
        let OwnedRow { liveness, deletion, shadowable_deletion, .. } = &self.row;
        liveness.is_some()
            || !deletion.is_live()
            || !shadowable_deletion.is_live()
            || !self.columns.is_empty()
            || self.complex.is_some()
    }

    /// Where the bytes end that were read.
    #[inline]
    pub(in crate::storage) fn position(&self) -> usize {
        self.position
    }

    /// Moves to the next complex deletion or cell that may be seen. False at the end of the row.
    ///
    /// # Errors
    /// As [`RowDecoder::start`].
    #[inline]
    pub(in crate::storage) fn advance_item(
        &mut self,
        bytes: &[u8],
        list: &ColumnList,
    ) -> Result<bool, DecodeError> {
        loop {
            let index = match &mut self.complex {
                Some(Complex { index, cells_left }) if *cells_left > 0 => {
                    *cells_left = cells_left.saturating_sub(1);
                    *index
                }
                _ => {
                    let Some(index) = self.columns.first() else { return Ok(false) };
                    self.columns.remove_first();
                    index
                }
            };
            if self.read_item(bytes, list, index)? {
                return Ok(true);
            }
        }
    }

    /// Reads the next cell of a column, or the head of a complex one. False if nothing of it is to be shown.
    #[inline]
    fn read_item(&mut self, bytes: &[u8], list: &ColumnList, index: usize) -> Result<bool, DecodeError> {
        const UNKNOWN: DecodeError =
            DecodeError::Invalid("a row names a column that the update does not have");
        let layout = list.layout.columns(self.is_static).get(index).ok_or(UNKNOWN)?;
        let listed = list.columns(self.is_static).get(index).ok_or(UNKNOWN)?;
        let mut reader = Bytes::from(bytes, self.position);
        if layout.complex && self.complex.is_none_or(|complex| complex.index != index) {
            let (deletion, cells_left) =
                read_complex_header(&mut reader, &self.deltas, self.has_complex_deletions)?;
            self.complex = Some(Complex { index, cells_left });
            self.position = reader.position();
            let place = listed.visible_place(deletion.marked_for_delete_at);
            return Ok(match place {
                Some(column) if !deletion.is_live() => {
                    self.item = Item::Deletion { column, deletion };
                    true
                }
                _ => false,
            });
        }
        let parts = CellParts::read(&mut reader, layout, &self.deltas, self.row.liveness.as_ref())?;
        self.position = reader.position();
        let Some(column) = listed.visible_place(parts.timestamp) else { return Ok(false) };
        self.item = Item::Cell { column, parts };
        Ok(true)
    }

    /// The complex deletion or cell moved to last. The bytes are those that it was read from.
    #[inline]
    pub(in crate::storage) fn item<'a>(&'a self, bytes: &'a [u8]) -> RowItem<'a> {
        match &self.item {
            Item::Deletion { column, deletion } => {
                RowItem::ComplexDeletion { column: *column, deletion: *deletion }
            }
            Item::Cell { column, parts } => RowItem::Cell(Cell {
                column: *column,
                timestamp: parts.timestamp,
                ttl_seconds: parts.ttl_seconds,
                local_deletion_time_seconds: parts.local_deletion_time_seconds,
                path: parts.path.clone().map(|path| bytes.get(path).unwrap_or_default()),
                value: bytes.get(parts.value.clone()).unwrap_or_default(),
            }),
        }
    }
}
