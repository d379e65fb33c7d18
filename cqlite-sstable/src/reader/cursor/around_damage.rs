//! What reading around damage needs of a cursor.

use std::sync::Arc;

use super::{Cursor, State};
use crate::error::Result;
use crate::row::DeletionTime;

impl Cursor {
    /// Reads as Cassandra does, where damage may be in what tells Cassandra nothing: rows end where their cells end,
    /// whatever their size says, and bits that no version defines may be set. Every row must be read to its end.
    pub(crate) fn take_any_idle_bits(&mut self) {
        Arc::make_mut(&mut self.layout).takes_any_idle_bits = true;
    }

    /// Goes into the partition that begins at `position` without reading its head, of which another file tells.
    pub(crate) fn enter_partition(&mut self, key: &[u8], position: u64, deletion: DeletionTime) {
        self.key.clear();
        self.key.extend_from_slice(key);
        self.deletion = deletion;
        self.partition_position = position;
        self.state = State::Unfiltered;
    }

    /// As [`Cursor::advance_partition`] from `position`, where the key is taken to be `key` whatever is stored.
    pub(crate) fn read_partition_as(&mut self, key: &[u8], position: u64) -> Result<()> {
        const LENGTH_BYTES: u64 = 2;
        self.enter_partition(key, position, DeletionTime::LIVE);
        self.seek(position.saturating_add(LENGTH_BYTES).saturating_add(key.len() as u64))?;
        let layout = Arc::clone(&self.layout);
        self.deletion = self.decode(|bytes| layout.deltas.partition_deletion(bytes))?;
        self.rows_position = self.window.position();
        if !layout.statics.is_empty() {
            self.read_static_row()?;
        }
        Ok(())
    }

    /// Where the row ends by its size that the cursor is in, if it is in one.
    pub(crate) fn unfinished_row_end(&self) -> Option<u64> {
        (self.state == State::Row).then_some(self.stated_row_end)
    }

    /// Where the row moved to last ends by its size.
    pub(crate) fn stated_row_end(&self) -> u64 {
        self.stated_row_end
    }
}
