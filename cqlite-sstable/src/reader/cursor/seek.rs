//! Going to places that an index tells.

use super::{Cursor, State};
use crate::error::Result;

impl Cursor {
    /// Lets no partition be moved to that begins at `position` or behind.
    pub(in crate::reader) fn end_at(&mut self, position: u64) {
        self.end = position;
    }

    /// Moves to the partition that begins at `position` of the uncompressed data.
    ///
    /// # Errors
    /// As [`Cursor::advance_partition`], or if the data ends in front of it.
    pub(crate) fn move_to_partition(&mut self, position: u64) -> Result<()> {
        self.seek_partition(position)?;
        self.advance_partition()?;
        Ok(())
    }

    /// Goes to `position` of the uncompressed data, where a partition has to begin.
    pub(crate) fn seek_partition(&mut self, position: u64) -> Result<()> {
        self.key.clear();
        self.state = State::Between;
        self.seek(position)
    }

    /// Goes to `position` of the uncompressed data, where a row or marker of the current partition has to begin.
    pub(crate) fn seek_unfiltered(&mut self, position: u64) -> Result<()> {
        self.state = State::Unfiltered;
        self.seek(position)
    }

    pub(super) fn seek(&mut self, position: u64) -> Result<()> {
        self.item_is_ahead = false;
        if position >= self.window.data_length() {
            return Err(self.corrupt_at(position, "the index leads behind the end of the data"));
        }
        self.window.seek(position).map_err(|error| self.locate(error))
    }

    /// Where the row or marker that comes next begins, at the earliest.
    pub(crate) fn next_position(&self) -> u64 {
        if self.state == State::Row { self.row_end } else { self.window.position() }
    }
}
