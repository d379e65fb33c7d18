//! The updates of a sorted buffer as partitions.

use std::borrow::Borrow;
use std::ops::Range;

use super::codec::{read_deletion, read_item, read_row};
use super::ranges::{OwnedMarker, RangeEnd, markers};
use super::row_buffer::{Kind, RowBuffer, read_range};
use crate::encoding::{Bytes, DecodeError};
use crate::error::{Error, Result};
use crate::merge::{RowHead, SharedColumns};
use crate::row::{
    ClusteringKind, DeletionTime, OwnedRow, Partition, RowItem, Unfiltered, UnfilteredPartitions, reconcile,
};

/// Shows what is in a sorted [`RowBuffer`]: of several updates of a row, what they make together, and of that what no
/// deletion of the partition, of a range or of the row covers (`db.rows.RowAndDeletionMergeIterator`).
#[derive(Debug)]
pub(super) struct SortedRows<B> {
    buffer: B,
    columns: SharedColumns,
    has_statics: bool,
    /// There is a partition that was moved to.
    entered: bool,
    key: Vec<u8>,
    deletion: DeletionTime,
    /// The updates of rows that are left in the partition.
    rows: Range<usize>,
    markers: Vec<OwnedMarker>,
    /// The deletion of the range that is open.
    open: DeletionTime,
    next_marker: usize,
    current: Current,
    row: OwnedRow,
    items: Items,
    /// A row that was looked at, but stands behind the marker that is shown: the updates of it.
    scratch: OwnedRow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Current {
    Nothing,
    Static,
    Row,
    Marker,
}

/// Where an item lies: the update, and the byte in it.
#[derive(Debug, Clone, Copy)]
struct Place {
    update: usize,
    at: usize,
}

/// The items of the row.
#[derive(Debug)]
struct Items {
    /// Those of an only update are read one after another: where the next one lies.
    only: Option<Place>,
    /// Those of several updates, and how many of them were shown.
    merged: Vec<Place>,
    shown: usize,
    current: Option<Place>,
}

impl<B: Borrow<RowBuffer>> SortedRows<B> {
    pub(super) fn new(buffer: B, columns: SharedColumns) -> Self {
        let has_statics = !columns.columns(true).is_empty();
        Self {
            buffer,
            columns,
            has_statics,
            entered: false,
            key: Vec::new(),
            deletion: DeletionTime::LIVE,
            rows: 0..0,
            markers: Vec::new(),
            open: DeletionTime::LIVE,
            next_marker: 0,
            current: Current::Nothing,
            row: OwnedRow::default(),
            items: Items { only: None, merged: Vec::new(), shown: 0, current: None },
            scratch: OwnedRow::default(),
        }
    }

    fn buffer(&self) -> &RowBuffer {
        self.buffer.borrow()
    }

    /// Reads the first updates of the next partition, which begins at `start`: those in front of its rows.
    fn enter(&mut self, start: usize) -> Result<(), DecodeError> {
        let buffer: &RowBuffer = self.buffer.borrow();
        let (mut statics, mut ends) = (start..start, Vec::new());
        self.deletion = DeletionTime::LIVE;
        let mut at = start;
        let rows_start = loop {
            match buffer.get(at) {
                Some((kind, key, mut bytes)) if key == self.key => match kind {
                    Kind::Row => break at,
                    Kind::Static => {
                        if statics.is_empty() {
                            statics.start = at;
                        }
                        statics.end = at.saturating_add(1);
                    }
                    Kind::Partition | Kind::Range => {
                        let deletion = read_deletion(&mut bytes)?;
                        if kind == Kind::Partition {
                            self.deletion = self.deletion.max(deletion);
                        } else {
                            let bounds = read_range(&mut bytes)?;
                            ends.extend(bounds.map(|(kind, values)| RangeEnd { kind, values, deletion }));
                        }
                    }
                },
                _ => break at,
            }
            at = at.saturating_add(1);
        };
        self.rows = rows_start..rows_start;
        self.markers =
            if ends.is_empty() { Vec::new() } else { markers(ends, self.deletion, buffer.order()) };
        self.next_marker = 0;
        self.open = DeletionTime::LIVE;
        self.current = Current::Nothing;
        self.row.clear();
        self.items.clear();
        if self.has_statics {
            self.current = Current::Static;
            self.load(statics, true)?;
        }
        Ok(())
    }

    /// The updates of the next row: those that stand at the same place as the first.
    fn next_row(&mut self) -> Result<Range<usize>, DecodeError> {
        let start = self.rows.end;
        let mut end = start;
        let buffer: &RowBuffer = self.buffer.borrow();
        while let Some((Kind::Row, key, mut bytes)) = buffer.get(end) {
            if key != self.key {
                break;
            }
            let into = if end == start { &mut self.row } else { &mut self.scratch };
            read_row(&mut bytes, into)?;
            let same = end == start || {
                let (first, this) = (&self.row.clustering, &self.scratch.clustering);
                buffer.order().compare_rows(first.as_clustering(), this.as_clustering()).is_eq()
            };
            if !same {
                break;
            }
            end = end.saturating_add(1);
        }
        Ok(start..end)
    }

    /// Makes what the updates of one row make together the current row. False if deletions cover all of it.
    fn load(&mut self, updates: Range<usize>, is_static: bool) -> Result<bool, DecodeError> {
        self.items.clear();
        // A range is only open if it is later than the deletion of the partition.
        let active = self.deletion.max(self.open);
        let is_one = updates.len() == 1;
        let mut head = RowHead::default();
        for (number, update) in updates.clone().enumerate() {
            let buffer: &RowBuffer = self.buffer.borrow();
            let Some((_, _, mut bytes)) = buffer.get(update) else { continue };
            let into = if number == 0 { &mut self.row } else { &mut self.scratch };
            read_row(&mut bytes, into)?;
            let mut place = Place { update, at: bytes.position() };
            let of_update = if number == 0 { &self.row } else { &self.scratch };
            let of_update = RowHead::of(&of_update.as_row(is_static));
            if is_one && active.is_live() && !of_update.has_deletion() {
                self.items.only = Some(place);
                return Ok(true);
            }
            head.absorb(&of_update);
            while bytes.remaining() > 0 {
                read_item(&mut bytes)?;
                self.items.merged.push(place);
                place.at = bytes.position();
            }
        }
        let active = head.settle(active);
        (self.row.liveness, self.row.deletion) = (head.liveness, head.deletion);
        self.row.shadowable_deletion = head.shadowable_deletion;
        self.merge_items(active, is_static)?;
        Ok(!head.is_empty() || !self.items.merged.is_empty())
    }

    fn item_at(&self, place: Place) -> Result<RowItem<'_>, DecodeError> {
        read_item(&mut Bytes::from(self.buffer().bytes(place.update), place.at))
    }

    /// Keeps the winner of each column and path, and of those what neither `active` nor the deletion of the column covers.
    fn merge_items(&mut self, active: DeletionTime, is_static: bool) -> Result<(), DecodeError> {
        let mut places = std::mem::take(&mut self.items.merged);
        let columns = self.columns.columns(is_static);
        places.sort_by(|a, b| match (self.item_at(*a), self.item_at(*b)) {
            (Ok(a), Ok(b)) => slot_order(&a, &b, columns).then_with(|| winner_first(&a, &b)),
            _ => std::cmp::Ordering::Equal,
        });
        let mut kept: Vec<Place> = Vec::with_capacity(places.len());
        let mut of_column = (usize::MAX, DeletionTime::LIVE);
        for place in places {
            let item = self.item_at(place)?;
            let loses = match kept.last() {
                Some(last) => slot_order(&self.item_at(*last)?, &item, columns).is_eq(),
                None => false,
            };
            let is_covered = match &item {
                RowItem::ComplexDeletion { column, deletion: complex } => {
                    let covered = *complex <= active;
                    if !loses && !covered {
                        of_column = (*column, *complex);
                    }
                    covered
                }
                RowItem::Cell(cell) => {
                    active.deletes(cell.timestamp)
                        || (of_column.0 == cell.column && of_column.1.deletes(cell.timestamp))
                }
            };
            if !loses && !is_covered {
                kept.push(place);
            }
        }
        self.items.merged = kept;
        Ok(())
    }

    fn marker_is_next(&self) -> bool {
        self.markers.get(self.next_marker).is_some_and(|marker| {
            self.rows.is_empty() || {
                let row = (ClusteringKind::Clustering, self.row.clustering.as_clustering());
                let order = self.buffer().order();
                order.compare((marker.kind, marker.values.as_clustering()), row).is_lt()
            }
        })
    }
}

impl Items {
    fn clear(&mut self) {
        self.only = None;
        self.merged.clear();
        self.shown = 0;
        self.current = None;
    }
}

/// The order of items in a row: by column, the deletion of a column in front of its cells, and those by path.
fn slot_order(
    a: &RowItem<'_>,
    b: &RowItem<'_>,
    columns: &[crate::merge::SharedColumn],
) -> std::cmp::Ordering {
    let column = |item: &RowItem<'_>| match item {
        RowItem::ComplexDeletion { column, .. } => (*column, false),
        RowItem::Cell(cell) => (cell.column, true),
    };
    column(a).cmp(&column(b)).then_with(|| match (a, b) {
        (RowItem::Cell(a), RowItem::Cell(b)) => columns
            .get(a.column)
            .map_or(std::cmp::Ordering::Equal, |column| column.compare_paths(a.path, b.path)),
        _ => std::cmp::Ordering::Equal,
    })
}

fn winner_first(a: &RowItem<'_>, b: &RowItem<'_>) -> std::cmp::Ordering {
    match (a, b) {
        (RowItem::ComplexDeletion { deletion: a, .. }, RowItem::ComplexDeletion { deletion: b, .. }) => {
            b.cmp(a)
        }
        (RowItem::Cell(a), RowItem::Cell(b)) => reconcile(b, a).0,
        _ => std::cmp::Ordering::Equal,
    }
}

#[cold]
fn broken(error: DecodeError) -> Error {
    Error::corrupt(format!("a row in memory cannot be read back: {error}"))
}

impl<B: Borrow<RowBuffer>> UnfilteredPartitions for SortedRows<B> {
    fn advance_partition(&mut self) -> Result<bool> {
        let mut start = self.rows.end;
        // What is left of the partition.
        while self.entered && self.buffer().get(start).is_some_and(|(_, key, _)| key == self.key) {
            start = start.saturating_add(1);
        }
        self.entered = true;
        let buffer: &RowBuffer = self.buffer.borrow();
        let Some((_, key, _)) = buffer.get(start) else {
            self.rows = start..start;
            return Ok(false);
        };
        self.key.clear();
        self.key.extend_from_slice(key);
        self.enter(start).map_err(broken)?;
        Ok(true)
    }

    fn partition(&self) -> Partition<'_> {
        let static_row = (self.current == Current::Static).then(|| self.row.as_row(true));
        Partition { key: &self.key, deletion: self.deletion, static_row }
    }

    fn advance_unfiltered(&mut self) -> Result<bool> {
        loop {
            // The updates in `rows` are of a row that waits behind a marker.
            if self.current != Current::Marker || self.rows.is_empty() {
                self.rows = self.next_row().map_err(broken)?;
            }
            self.items.clear();
            if self.marker_is_next() {
                let marker = self.markers.get(self.next_marker);
                self.open = marker.map_or(DeletionTime::LIVE, |marker| marker.as_marker().open_behind());
                self.next_marker = self.next_marker.saturating_add(1);
                self.current = Current::Marker;
                return Ok(true);
            }
            if self.rows.is_empty() {
                self.current = Current::Nothing;
                return Ok(false);
            }
            self.current = Current::Row;
            if self.load(self.rows.clone(), false).map_err(broken)? {
                return Ok(true);
            }
        }
    }

    fn unfiltered(&self) -> Unfiltered<'_> {
        let marker = self.next_marker.checked_sub(1).and_then(|index| self.markers.get(index));
        match (self.current, marker) {
            (Current::Marker, Some(marker)) => Unfiltered::Marker(marker.as_marker()),
            _ => Unfiltered::Row(self.row.as_row(self.current == Current::Static)),
        }
    }

    fn advance_item(&mut self) -> Result<bool> {
        self.items.current = match self.items.only {
            Some(place) => {
                let bytes = self.buffer().bytes(place.update);
                let mut rest = Bytes::from(bytes, place.at);
                if rest.remaining() == 0 {
                    None
                } else {
                    read_item(&mut rest).map_err(broken)?;
                    let next = Place { at: rest.position(), ..place };
                    self.items.only = Some(next);
                    Some(place)
                }
            }
            None => {
                let place = self.items.merged.get(self.items.shown).copied();
                self.items.shown = self.items.shown.saturating_add(usize::from(place.is_some()));
                place
            }
        };
        Ok(self.items.current.is_some())
    }

    fn item(&self) -> RowItem<'_> {
        const NONE: RowItem<'_> = RowItem::ComplexDeletion { column: 0, deletion: DeletionTime::LIVE };
        self.items.current.and_then(|place| self.item_at(place).ok()).unwrap_or(NONE)
    }
}
