//! The rows and markers of a slice, in either direction.

use super::row_index::{Block, BlocksBackward, RowIndex};
use super::{Cursor, Direction, Marker, RowItem, Slice, Unfiltered};
use crate::error::{Error, Result};
use crate::row::{ClusteringOrder, DeletionTime, PrefixBuffer};

/// Places of unfiltereds that are kept while a block is gone through backwards; of a longer one, those of every
/// other unfiltered, and so on.
const KEPT_PLACES: usize = 4096;

/// Moves over the rows and markers of one slice of a partition, from either end.
///
/// A range deletion that reaches into the slice from outside is shown cut to it, as Cassandra does
/// (`UnfilteredRowIterator` over a `Slice`): a marker at the slice's start opens it, one at its end closes it.
/// In reverse, markers come in reverse as well, each as it is stored: what closes a range comes first.
pub struct SliceRows<'r> {
    cursor: &'r mut Cursor,
    index: RowIndex,
    order: &'r ClusteringOrder,
    slice: Slice,
    partition_position: u64,
    /// The range deletion that is open where the cursor is, or where the block begins.
    open: DeletionTime,
    state: State,
    shown: Shown,
    reverse: Option<Reverse>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing was read yet.
    Start,
    /// The cursor stands on an unfiltered that was not shown yet.
    Ahead,
    /// What the cursor stands on was shown.
    Within,
    Done,
}

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// What the cursor stands on.
    Stored,
    /// A marker at the start of the slice, with its deletion.
    Start(DeletionTime),
    /// A marker at its end.
    End(DeletionTime),
}

/// How far going backwards has come.
struct Reverse {
    blocks: BlocksBackward,
    /// Stretches of which unfiltereds are still to come, the one that comes next last.
    stretches: Vec<Stretch>,
    /// What is open at the start of the slice, once that was met.
    open_at_start: DeletionTime,
    /// The block in which the slice starts was gone through.
    last_block: bool,
    /// Where the block begins that was gone through last; none before the first one.
    block_start: Option<u64>,
}

/// Unfiltereds of which the places are known, at least of every `stride`-th.
struct Stretch {
    places: Vec<u64>,
    stride: usize,
    /// Where what comes behind the last place ends.
    end: u64,
}

impl<'r> SliceRows<'r> {
    pub(super) fn new(
        cursor: &'r mut Cursor,
        mut index: RowIndex,
        order: &'r ClusteringOrder,
        slice: Slice,
        direction: Direction,
    ) -> Result<Self> {
        let partition_position = cursor.partition_position();
        let (open, reverse) = (DeletionTime::LIVE, None);
        let is_empty = order.slice_is_empty(slice.start.as_prefix(), slice.end.as_prefix());
        let state = if is_empty { State::Done } else { State::Start };
        let bound = if direction == Direction::Forward { &slice.start } else { &slice.end };
        let blocks = index.blocks_backward(bound.as_prefix(), order)?;
        let shown = Shown::Stored;
        let mut rows = Self { cursor, index, order, slice, partition_position, open, state, shown, reverse };
        match direction {
            _ if is_empty => {}
            Direction::Forward => rows.seek_to_start(blocks)?,
            Direction::Reversed => {
                rows.reverse = Some(Reverse {
                    blocks,
                    stretches: Vec::new(),
                    open_at_start: DeletionTime::LIVE,
                    last_block: false,
                    block_start: None,
                });
            }
        }
        Ok(rows)
    }

    /// Goes to the block in which the slice starts. What the index says is checked against the rows: a wrong index
    /// must not hide any.
    fn seek_to_start(&mut self, mut blocks: BlocksBackward) -> Result<()> {
        while let Some(block) = self.index.previous_block(&mut blocks)? {
            let start = self.partition_position.saturating_add(block.start);
            self.open = block.open;
            let begins_behind = self.seek_block(start)? && self.compare_to(&self.slice.start).is_gt();
            self.cursor.seek_unfiltered(start)?;
            if !begins_behind {
                break;
            }
        }
        Ok(())
    }

    /// Goes to the first row or marker of the block that begins at `start`. False if there is none.
    fn seek_block(&mut self, start: u64) -> Result<bool> {
        self.cursor.seek_unfiltered(start)?;
        if !self.cursor.advance_any_unfiltered()? {
            return Ok(false);
        }
        match self.index.first_of_block() {
            Some(first) if self.order.compare(self.cursor.unfiltered().place(), first).is_ne() => Err(self
                .wrong_index(&format!(
                    "says that another row or marker than there is begins at position {start}"
                ))),
            _ => Ok(true),
        }
    }

    fn wrong_index(&self, what: &str) -> Error {
        self.cursor
            .corrupt(&format!("the index of the rows of this partition {what}"))
            .advise("restore the SSTable from a snapshot or replica, or scan it")
    }

    /// Moves to the next row or marker of the slice. False at its end.
    ///
    /// # Errors
    /// As [`Cursor::advance_partition`]; also if the index leads to a wrong place.
    pub fn advance_unfiltered(&mut self) -> Result<bool> {
        self.shown = Shown::Stored;
        if self.state == State::Done {
            return Ok(false);
        }
        let Some(mut reverse) = self.reverse.take() else { return self.advance_forward() };
        let advanced = self.advance_reversed(&mut reverse);
        self.reverse = Some(reverse);
        advanced
    }

    /// The row or marker moved to last.
    pub fn unfiltered(&self) -> Unfiltered<'_> {
        let (bound, deletion) = match self.shown {
            Shown::Stored => return self.cursor.unfiltered(),
            Shown::Start(deletion) => (&self.slice.start, deletion),
            Shown::End(deletion) => (&self.slice.end, deletion),
        };
        let (kind, clustering) = bound.as_prefix();
        Unfiltered::Marker(Marker { kind, clustering, deletion, opened: None })
    }

    /// Moves to the next cell or complex deletion of the row, as [`Cursor::advance_item`].
    ///
    /// # Errors
    /// As [`Cursor::advance_partition`].
    pub fn advance_item(&mut self) -> Result<bool> {
        if self.shown == Shown::Stored { self.cursor.advance_item() } else { Ok(false) }
    }

    /// The cell or complex deletion moved to last.
    pub fn item(&self) -> RowItem<'_> {
        self.cursor.item()
    }

    fn advance_forward(&mut self) -> Result<bool> {
        if self.state == State::Start {
            if !self.skip_to_start()? {
                self.state = State::Done;
                return self.close();
            }
            self.state = State::Ahead;
            if !self.open.is_live() {
                self.shown = Shown::Start(self.open);
                return Ok(true);
            }
        } else if self.state == State::Within && !self.cursor.advance_unfiltered()? {
            self.state = State::Done;
            return Ok(false);
        }
        if self.compare_to(&self.slice.end).is_ge() {
            self.state = State::Done;
            return self.close();
        }
        self.state = State::Within;
        self.open = open_behind(self.cursor.unfiltered(), self.open);
        Ok(true)
    }

    /// Moves to the first unfiltered behind the start of the slice, and knows what is open there.
    fn skip_to_start(&mut self) -> Result<bool> {
        while self.cursor.advance_unfiltered()? {
            if self.compare_to(&self.slice.start).is_gt() {
                return Ok(true);
            }
            self.open = open_behind(self.cursor.unfiltered(), self.open);
        }
        Ok(false)
    }

    /// Closes what is open at the end of the slice.
    fn close(&mut self) -> Result<bool> {
        if self.open.is_live() {
            return Ok(false);
        }
        self.shown = Shown::End(self.open);
        Ok(true)
    }

    fn compare_to(&self, bound: &PrefixBuffer) -> std::cmp::Ordering {
        self.order.compare(self.cursor.unfiltered().place(), bound.as_prefix())
    }

    fn advance_reversed(&mut self, reverse: &mut Reverse) -> Result<bool> {
        loop {
            if let Some(place) = self.next_place(reverse)? {
                self.cursor.seek_unfiltered(place)?;
                if !self.cursor.advance_unfiltered()? {
                    return Err(self.cursor.corrupt("a row or marker that was there is gone"));
                }
                return Ok(true);
            }
            let block =
                if reverse.last_block { None } else { self.index.previous_block(&mut reverse.blocks)? };
            let Some(block) = block else {
                self.state = State::Done;
                if reverse.open_at_start.is_live() {
                    return Ok(false);
                }
                self.shown = Shown::Start(reverse.open_at_start);
                return Ok(true);
            };
            let is_first = reverse.block_start.is_none();
            self.survey(block, reverse)?;
            if is_first && !self.open.is_live() {
                self.shown = Shown::End(self.open);
                return Ok(true);
            }
        }
    }

    /// Goes forward through a block and keeps the places of what is in the slice.
    fn survey(&mut self, block: Block, reverse: &mut Reverse) -> Result<()> {
        let absolute = |offset: u64| self.partition_position.saturating_add(offset);
        let end = block.end.map_or(u64::MAX, absolute);
        let start = absolute(block.start);
        self.seek_block(start)?;
        match reverse.block_start.replace(start) {
            Some(before) if before != end => {
                return Err(self.wrong_index(&format!("leaves out what lies in front of position {before}")));
            }
            None if block.end.is_some() => {
                self.cursor.seek_unfiltered(end)?;
                if self.cursor.advance_unfiltered()? && self.compare_to(&self.slice.end).is_lt() {
                    return Err(self.wrong_index(&format!("leaves out what lies behind position {end}")));
                }
            }
            _ => {}
        }
        self.cursor.seek_unfiltered(start)?;
        self.open = block.open;
        reverse.open_at_start = block.open;
        let mut stretch = Stretch { places: Vec::new(), stride: 1, end };
        let mut number = 0;
        loop {
            let place = self.cursor.next_position();
            if place >= end || !self.cursor.advance_unfiltered()? {
                break;
            }
            if self.compare_to(&self.slice.end).is_ge() {
                stretch.end = place;
                break;
            }
            let before_start = self.compare_to(&self.slice.start).is_le();
            self.open = open_behind(self.cursor.unfiltered(), self.open);
            if before_start {
                reverse.last_block = true;
                reverse.open_at_start = self.open;
            } else {
                stretch.keep(place, number);
                number = number.saturating_add(1);
            }
        }
        if !reverse.last_block {
            // What is open at the start of a block does not matter if the slice goes on in front of it.
            reverse.open_at_start = block.open;
        }
        reverse.stretches.push(stretch);
        Ok(())
    }

    /// The place of the unfiltered that comes next, of those in the stretches.
    fn next_place(&mut self, reverse: &mut Reverse) -> Result<Option<u64>> {
        while let Some(stretch) = reverse.stretches.last_mut() {
            let Some(place) = stretch.places.pop() else {
                reverse.stretches.pop();
                continue;
            };
            let end = std::mem::replace(&mut stretch.end, place);
            if stretch.stride == 1 {
                return Ok(Some(place));
            }
            let mut finer = Stretch { places: Vec::new(), stride: 1, end };
            self.cursor.seek_unfiltered(place)?;
            for number in 0.. {
                let place = self.cursor.next_position();
                if place >= end || !self.cursor.advance_unfiltered()? {
                    break;
                }
                finer.keep(place, number);
            }
            reverse.stretches.push(finer);
        }
        Ok(None)
    }
}

impl Stretch {
    /// Keeps the place of the unfiltered of this number, if it is one of those whose places are kept.
    fn keep(&mut self, place: u64, number: usize) {
        if !number.is_multiple_of(self.stride) {
            return;
        }
        if self.places.len() >= KEPT_PLACES {
            let mut kept = 0_usize;
            self.places.retain(|_| {
                kept = kept.wrapping_add(1);
                kept % 2 == 1
            });
            self.stride = self.stride.saturating_mul(2);
            if !number.is_multiple_of(self.stride) {
                return;
            }
        }
        self.places.push(place);
    }
}

/// What is open behind a row or marker if `open` is so in front of it.
fn open_behind(unfiltered: Unfiltered<'_>, open: DeletionTime) -> DeletionTime {
    match unfiltered {
        Unfiltered::Row(_) => open,
        Unfiltered::Marker(marker) => marker.open_behind(),
    }
}
