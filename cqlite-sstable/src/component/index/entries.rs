//! The entries of Index.db in order.

use std::sync::Arc;

use super::IndexEntry;
use crate::error::{Error, RESTORE, Result};
use crate::io::{Source, SourceExt as _};

/// Bytes that are read at once. An entry without its promoted index is always shorter.
const WINDOW_BYTES: usize = 128 * 1024;

/// Reads the entries of an Index.db in order, a window of the file at a time; promoted indexes are skipped.
#[derive(Debug)]
pub struct IndexEntries {
    source: Arc<dyn Source>,
    window: Vec<u8>,
    /// Where in the file the window begins.
    window_start: u64,
    /// Where in the file the next entry begins.
    next: u64,
}

impl IndexEntries {
    /// Reads `source` from its start.
    pub fn new(source: Arc<dyn Source>) -> Self {
        Self::from(source, 0)
    }

    /// Reads `source` from `offset` on, where an entry begins.
    pub fn from(source: Arc<dyn Source>, offset: u64) -> Self {
        Self { source, window: Vec::new(), window_start: 0, next: offset }
    }

    /// The next entry; none at the end of the file.
    ///
    /// # Errors
    /// A failed read, or a file that ends in the middle of an entry.
    pub fn next_entry(&mut self) -> Result<Option<IndexEntry<'_>>> {
        if self.next >= self.source.len() {
            return Ok(None);
        }
        if IndexEntry::parse(self.ahead(), self.next).is_err() {
            self.load()?;
        }
        let start = self.next;
        let place = self.place();
        let ahead = self.window.get(place..).unwrap_or_default();
        let broken = |what: &str| Error::corrupt(what).at(self.source.path()).offset(start).advise(RESTORE);
        let entry = IndexEntry::parse(ahead, start).map_err(|error| broken(&error.to_string()))?;
        self.next = entry.end();
        if self.next > self.source.len() {
            return Err(broken("the promoted index runs past the end of the file"));
        }
        Ok(Some(entry))
    }

    fn place(&self) -> usize {
        let place = self.next.checked_sub(self.window_start);
        place.and_then(|place| usize::try_from(place).ok()).unwrap_or(usize::MAX)
    }

    /// What is there of the next entry and those behind it.
    fn ahead(&self) -> &[u8] {
        self.window.get(self.place()..).unwrap_or_default()
    }

    fn load(&mut self) -> Result<()> {
        let left = self.source.len().saturating_sub(self.next);
        let size = usize::try_from(left).unwrap_or(usize::MAX).min(WINDOW_BYTES);
        self.window.resize(size, 0);
        self.window_start = self.next;
        self.source.read_exact(&mut self.window, self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::MemorySource;

    fn positions(bytes: &[u8]) -> Result<Vec<u64>> {
        let mut entries = IndexEntries::new(Arc::new(MemorySource::new("Index.db", bytes)));
        let mut found = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            assert_eq!(entry.key, b"ab");
            found.push(entry.position);
        }
        Ok(found)
    }

    #[test]
    fn entries_are_read_across_windows_and_over_promoted_indexes() {
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for number in 0..50_000_u64 {
            let promoted = if number % 1000 == 0 { 0x3FFF } else { 0 };
            bytes.extend(b"\x00\x02ab");
            bytes.push(0xF0);
            bytes.extend((number as u32).to_be_bytes());
            match promoted {
                0 => bytes.push(0),
                _ => bytes.extend([0xBF, 0xFF]),
            }
            bytes.resize(bytes.len() + promoted, 0xAA);
            expected.push(number);
        }
        assert!(bytes.len() > 5 * WINDOW_BYTES);
        assert_eq!(positions(&bytes).unwrap(), expected);
    }

    #[test]
    fn a_file_that_is_cut_off_in_an_entry_is_an_error() {
        let whole = b"\x00\x02ab\x05\x03xyz\x00\x02ab\x07\x00";
        assert_eq!(positions(whole).unwrap(), [5, 7]);
        for length in 1..whole.len() {
            assert_eq!(positions(&whole[..length]).is_err(), length != 9, "{length}");
        }
    }
}
