//! The updates of a sorted buffer as partitions.

use std::borrow::Borrow;
use std::ops::Range;

use super::codec::{read_deletion, read_item, read_row};
use super::ranges::Ranges;
use super::row_buffer::{Kind, RowBuffer, read_bound};
use crate::encoding::{Bytes, DecodeError};
use crate::error::{Error, Result};
use crate::merge::{OpenRange, RowHead, SharedColumns};
use crate::row::{
    DeletionTime, OwnedRow, Partition, PrefixBuffer, RowItem, Unfiltered, UnfilteredPartitions, reconcile,
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
    /// The first entry that was not passed yet.
    next: usize,
    ranges: Ranges,
    open_range: OpenRange,
    /// Where the bounds stand that were passed last.
    bound: PrefixBuffer,
    current: Current,
    row: OwnedRow,
    items: Items,
    /// Another update of the row, or the row or bound behind it.
    scratch: OwnedRow,
    scratch_bound: PrefixBuffer,
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
            next: 0,
            ranges: Ranges::default(),
            open_range: OpenRange::new(),
            bound: PrefixBuffer::bottom(),
            current: Current::Nothing,
            row: OwnedRow::default(),
            items: Items { only: None, merged: Vec::new(), shown: 0, current: None },
            scratch: OwnedRow::default(),
            scratch_bound: PrefixBuffer::bottom(),
        }
    }

    fn buffer(&self) -> &RowBuffer {
        self.buffer.borrow()
    }

    /// The bytes of the entry at `index`, if it is of this kind and of the current partition.
    fn entry(&self, index: usize, wanted: Kind) -> Option<Bytes<'_>> {
        let (kind, key, bytes) = self.buffer().get(index)?;
        (kind == wanted && key == self.key).then_some(bytes)
    }

    /// Reads the first updates of the partition whose entries begin at `next`: those in front of its rows.
    fn enter(&mut self) -> Result<(), DecodeError> {
        self.deletion = DeletionTime::LIVE;
        while let Some(mut bytes) = self.entry(self.next, Kind::Partition) {
            self.deletion = self.deletion.max(read_deletion(&mut bytes)?);
            self.next = self.next.saturating_add(1);
        }
        let start = self.next;
        while self.entry(self.next, Kind::Static).is_some() {
            self.next = self.next.saturating_add(1);
        }
        self.ranges.clear();
        self.open_range.reset();
        self.current = Current::Nothing;
        self.row.clear();
        self.items.clear();
        if self.has_statics {
            self.current = Current::Static;
            if start < self.next {
                let first = self.start_row(start)?;
                self.load(first, start.saturating_add(1)..self.next, true)?;
            }
        }
        Ok(())
    }

    /// Takes the first update of a row for the current row: where its items lie.
    fn start_row(&mut self, update: usize) -> Result<Place, DecodeError> {
        let buffer: &RowBuffer = self.buffer.borrow();
        let mut bytes = buffer.get(update).map_or(Bytes::new(&[]), |(_, _, bytes)| bytes);
        read_row(&mut bytes, &mut self.row)?;
        Ok(Place { update, at: bytes.position() })
    }

    /// Passes the updates of the next row: those that stand at the same place as the first. False if nothing is left of it.
    fn pass_row(&mut self) -> Result<bool, DecodeError> {
        let start = self.next;
        let first = self.start_row(start)?;
        let buffer: &RowBuffer = self.buffer.borrow();
        let mut end = start.saturating_add(1);
        while let Some((Kind::Row, key, mut bytes)) = buffer.get(end) {
            if key != self.key {
                break;
            }
            read_row(&mut bytes, &mut self.scratch)?;
            let (one, other) = (&self.row.clustering, &self.scratch.clustering);
            if buffer.order().compare_rows(one.as_clustering(), other.as_clustering()).is_ne() {
                break;
            }
            end = end.saturating_add(1);
        }
        self.next = end;
        self.current = Current::Row;
        self.load(first, start.saturating_add(1)..end, false)
    }

    /// Passes the bounds that stand at the same place as the next one. True if what is open changes there: that is a
    /// marker.
    fn pass_bounds(&mut self) -> Result<bool, DecodeError> {
        let buffer: &RowBuffer = self.buffer.borrow();
        let start = self.next;
        while let Some((Kind::Bound, key, mut bytes)) = buffer.get(self.next) {
            if key != self.key {
                break;
            }
            let is_first = self.next == start;
            let into = if is_first { &mut self.bound } else { &mut self.scratch_bound };
            let deletion = read_bound(&mut bytes, into)?;
            let kind = into.kind;
            if !is_first {
                let (one, other) = (self.bound.as_prefix(), self.scratch_bound.as_prefix());
                if buffer.order().compare(one, other).is_ne() {
                    break;
                }
            }
            self.ranges.pass(kind, deletion);
            self.next = self.next.saturating_add(1);
        }
        self.current = Current::Marker;
        let is_in_front = self.bound.kind.compared_to_clustering().is_lt();
        Ok(self.open_range.change(self.ranges.latest(), self.deletion, is_in_front))
    }

    /// Makes what the updates of one row make together the current row, which has the first of them. False if deletions
    /// cover all of it.
    fn load(&mut self, first: Place, others: Range<usize>, is_static: bool) -> Result<bool, DecodeError> {
        let active = self.open_range.active(self.deletion);
        let mut head = RowHead::of(&self.row.as_row(is_static));
        if others.is_empty() && active.is_live() && !head.has_deletion() {
            self.items.only = Some(first);
            return Ok(true);
        }
        self.add_items(first)?;
        for update in others {
            let buffer: &RowBuffer = self.buffer.borrow();
            let Some((_, _, mut bytes)) = buffer.get(update) else { continue };
            read_row(&mut bytes, &mut self.scratch)?;
            head.absorb(&RowHead::of(&self.scratch.as_row(is_static)));
            self.add_items(Place { update, at: bytes.position() })?;
        }
        let active = head.settle(active);
        (self.row.liveness, self.row.deletion) = (head.liveness, head.deletion);
        self.row.shadowable_deletion = head.shadowable_deletion;
        self.merge_items(active, is_static)?;
        Ok(!head.is_empty() || !self.items.merged.is_empty())
    }

    /// Adds the places of the items of an update, from the first one on.
    fn add_items(&mut self, mut place: Place) -> Result<(), DecodeError> {
        let buffer: &RowBuffer = self.buffer.borrow();
        let mut bytes = Bytes::from(buffer.bytes(place.update), place.at);
        while bytes.remaining() > 0 {
            read_item(&mut bytes)?;
            self.items.merged.push(place);
            place.at = bytes.position();
        }
        Ok(())
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
        // What is left of the partition.
        while self.entered && self.buffer().get(self.next).is_some_and(|(_, key, _)| key == self.key) {
            self.next = self.next.saturating_add(1);
        }
        self.entered = true;
        let buffer: &RowBuffer = self.buffer.borrow();
        let Some((_, key, _)) = buffer.get(self.next) else { return Ok(false) };
        self.key.clear();
        self.key.extend_from_slice(key);
        self.enter().map_err(broken)?;
        Ok(true)
    }

    fn partition(&self) -> Partition<'_> {
        let static_row = (self.current == Current::Static).then(|| self.row.as_row(true));
        Partition { key: &self.key, deletion: self.deletion, static_row }
    }

    fn advance_unfiltered(&mut self) -> Result<bool> {
        self.items.clear();
        while let Some((kind, key, _)) = self.buffer().get(self.next) {
            if key != self.key {
                break;
            }
            let is_shown = if kind == Kind::Bound { self.pass_bounds() } else { self.pass_row() };
            if is_shown.map_err(broken)? {
                return Ok(true);
            }
        }
        self.current = Current::Nothing;
        Ok(false)
    }

    fn unfiltered(&self) -> Unfiltered<'_> {
        match self.current {
            Current::Marker => {
                Unfiltered::Marker(self.open_range.marker().at(self.bound.values.as_clustering()))
            }
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
