//! The part of a segment that is in memory.

use cqlite_sstable::Result;
use cqlite_sstable::io::{Source, SourceExt as _};

/// What is read at once, unless more is asked for: sections of single mutations are small.
const PIECE_BYTES: usize = 256 << 10;

/// A part of a file, read ahead. Of a mapped file nothing is copied.
#[derive(Debug, Default)]
pub(super) struct Window {
    bytes: Vec<u8>,
    offset: u64,
}

impl Window {
    /// Has the window hold `length` bytes from `offset` on, all of which are in the file.
    pub(super) fn hold(&mut self, source: &dyn Source, offset: u64, length: usize) -> Result<()> {
        if source.as_slice().is_some() || self.place(offset, length).is_some() {
            return Ok(());
        }
        let left = usize::try_from(source.len().saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = left.min(PIECE_BYTES).max(length);
        self.bytes.resize(wanted, 0);
        self.bytes.shrink_to(wanted.saturating_mul(4));
        // Until it was read, there is nothing in the window.
        self.offset = u64::MAX;
        source.read_exact(&mut self.bytes, offset)?;
        self.offset = offset;
        Ok(())
    }

    /// What [`Window::hold`] was asked for.
    pub(super) fn bytes<'a>(&'a self, source: &'a dyn Source, offset: u64, length: usize) -> &'a [u8] {
        if let Some(all) = source.as_slice() {
            let start = usize::try_from(offset).unwrap_or(usize::MAX);
            return all.get(start..start.saturating_add(length)).unwrap_or_default();
        }
        let start = self.place(offset, length).unwrap_or(usize::MAX);
        self.bytes.get(start..start.saturating_add(length)).unwrap_or_default()
    }

    /// Where `offset` is in the window, if all of the bytes are in it.
    fn place(&self, offset: u64, length: usize) -> Option<usize> {
        let start = usize::try_from(offset.checked_sub(self.offset)?).ok()?;
        (start.checked_add(length)? <= self.bytes.len()).then_some(start)
    }
}
