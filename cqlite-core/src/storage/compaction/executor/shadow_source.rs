//! One SSTable that casts a shadow on others.

use std::sync::Arc;

use cqlite_sstable::Result;
use cqlite_sstable::merge::SharedColumns;
use cqlite_sstable::reader::{Reader, ReaderOptions};
use cqlite_sstable::row::{
    Cell, Clustering, ClusteringKind, ClusteringOrder, DeletionTime, RowItem, Unfiltered, reconcile,
};

use super::super::Place;
use super::LiveSstable;

/// An SSTable that moves along with the rows of others, partition by partition, row by row and cell by cell.
pub(super) struct ShadowSource {
    live: Arc<LiveSstable>,
    /// Its number among the headers of the columns.
    number: usize,
    columns: Arc<SharedColumns>,
    /// Open while the partitions that come are in its range.
    reader: Option<Reader>,
    /// The range deletion behind the markers that were passed.
    open: DeletionTime,
    /// It stands in front of what was moved to last.
    unfiltered_is_ahead: bool,
    has_ended: bool,
    /// It stands in the same row as the others.
    is_in_row: bool,
    item_is_ahead: bool,
    /// The deletion of the column that was passed last, by the column's place.
    complex: Option<(usize, DeletionTime)>,
}

impl ShadowSource {
    pub(super) fn new(live: Arc<LiveSstable>, number: usize, columns: &Arc<SharedColumns>) -> Self {
        Self {
            live,
            number,
            columns: Arc::clone(columns),
            reader: None,
            open: DeletionTime::LIVE,
            unfiltered_is_ahead: false,
            has_ended: false,
            is_in_row: false,
            item_is_ahead: false,
            complex: None,
        }
    }

    /// The deletion of a partition; none if it is not in here. Partitions come in order.
    pub(super) fn move_to_partition(&mut self, place: &Place) -> Result<Option<DeletionTime>> {
        if place > self.live.last() {
            self.reader = None;
            return Ok(None);
        }
        if !self.live.may_have(place)? {
            return Ok(None);
        }
        let reader = match &mut self.reader {
            Some(reader) => reader,
            None => self.reader.insert(self.live.sstable().reader(ReaderOptions::default())?),
        };
        if !reader.find(&place.key)? {
            return Ok(None);
        }
        let deletion = reader.cursor().partition().deletion;
        (self.open, self.unfiltered_is_ahead, self.has_ended) = (DeletionTime::LIVE, false, false);
        self.leave_row();
        Ok(Some(deletion))
    }

    fn leave_row(&mut self) {
        (self.is_in_row, self.item_is_ahead, self.complex) = (false, false, None);
    }

    /// What covers the static row beside the deletion of the partition: nothing. Its cells come first.
    pub(super) fn move_to_static_row(&mut self) -> DeletionTime {
        self.leave_row();
        let reader = self.reader.as_mut();
        self.is_in_row = reader.is_some_and(|reader| reader.cursor().partition().static_row.is_some());
        DeletionTime::LIVE
    }

    /// What covers a row beside the deletion of the partition. Rows come in order.
    pub(super) fn move_to_row(
        &mut self,
        clustering: Clustering<'_>,
        order: &ClusteringOrder,
    ) -> Result<DeletionTime> {
        self.leave_row();
        let Some(reader) = &mut self.reader else { return Ok(DeletionTime::LIVE) };
        let (cursor, wanted) = (reader.cursor(), (ClusteringKind::Clustering, clustering));
        while !self.has_ended {
            if !self.unfiltered_is_ahead && !cursor.advance_unfiltered()? {
                self.has_ended = true;
                break;
            }
            self.unfiltered_is_ahead = true;
            let unfiltered = cursor.unfiltered();
            let compared = order.compare(unfiltered.place(), wanted);
            if compared.is_gt() {
                break;
            }
            self.unfiltered_is_ahead = false;
            match unfiltered {
                Unfiltered::Marker(marker) => self.open = marker.open_behind(),
                Unfiltered::Row(row) if compared.is_eq() => {
                    self.is_in_row = true;
                    return Ok(self.open.max(row.greatest_deletion()));
                }
                Unfiltered::Row(_) => {}
            }
        }
        Ok(self.open)
    }

    /// The deletion of the complex column at a place, in the current row. Columns come in order.
    pub(super) fn complex_deletion_of(&mut self, is_static: bool, place: usize) -> Result<DeletionTime> {
        self.move_to_item(is_static, place, None)?;
        Ok(self.complex.filter(|(at, _)| *at == place).map_or(DeletionTime::LIVE, |(_, deletion)| deletion))
    }

    /// Whether something newer than a cell is in here, in the current row. Cells come in order.
    pub(super) fn covers(&mut self, is_static: bool, place: usize, cell: &Cell<'_>) -> Result<bool> {
        let is_overwritten = self.move_to_item(is_static, place, Some(cell))?;
        let complex = self.complex.filter(|(at, _)| *at == place);
        Ok(is_overwritten || complex.is_some_and(|(_, deletion)| deletion.deletes(cell.timestamp)))
    }

    /// Passes all that stands in front of a cell, or of the cells of its column; whether a newer one stands at its place.
    fn move_to_item(&mut self, is_static: bool, place: usize, cell: Option<&Cell<'_>>) -> Result<bool> {
        let Some(reader) = self.reader.as_mut().filter(|_| self.is_in_row) else { return Ok(false) };
        let cursor = reader.cursor();
        let shared = self.columns.columns(is_static).get(place);
        loop {
            if !self.item_is_ahead && !cursor.advance_item()? {
                self.is_in_row = false;
                return Ok(false);
            }
            self.item_is_ahead = true;
            match cursor.item() {
                RowItem::ComplexDeletion { column, deletion } => {
                    let at = self.columns.place(self.number, is_static, column);
                    if at > place {
                        return Ok(false);
                    }
                    self.complex = Some((at, deletion));
                }
                RowItem::Cell(own) => {
                    let at = self.columns.place(self.number, is_static, own.column);
                    let by_path = || match (cell, shared) {
                        (Some(cell), Some(shared)) => shared.compare_paths(own.path, cell.path),
                        _ => std::cmp::Ordering::Greater,
                    };
                    let compared = at.cmp(&place).then_with(by_path);
                    if compared.is_gt() {
                        return Ok(false);
                    }
                    if compared.is_eq() {
                        return Ok(cell.is_some_and(|cell| reconcile(&own, cell).0.is_gt()));
                    }
                }
            }
            self.item_is_ahead = false;
        }
    }
}
