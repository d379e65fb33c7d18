//! Writing Summary.db (`IndexSummaryBuilder`), in the layout of [`super`].

use std::io;
use std::sync::Arc;

use super::{OFFSET_BYTES, POSITION_BYTES};
use crate::error::{Error, Result};
use crate::io::{OutputDirectory, SequentialFile, Spill};

/// What is kept in memory of the entries and of their offsets; more goes to temporary files.
const ENTRIES_LIMIT_BYTES: usize = 1024 * 1024;
const OFFSETS_LIMIT_BYTES: usize = 256 * 1024;

/// `Downsampling.BASE_SAMPLING_LEVEL`: nothing of the sample was dropped again.
const FULL_SAMPLING_LEVEL: i32 = 128;

/// Takes every so many of the keys of Index.db as they are written.
#[derive(Debug)]
pub(crate) struct SummarySampler {
    min_index_interval: u32,
    entries: Spill,
    offsets: Spill,
    key_count: u64,
    /// The number of the key that is taken next.
    next: u64,
    first_key: Vec<u8>,
}

impl SummarySampler {
    /// Takes the first key and then every `min_index_interval`th. Temporary files are made in `directory`.
    pub(crate) fn new(directory: Arc<dyn OutputDirectory>, min_index_interval: u32) -> Self {
        Self {
            min_index_interval: min_index_interval.max(1),
            entries: Spill::new(Arc::clone(&directory), ENTRIES_LIMIT_BYTES),
            offsets: Spill::new(directory, OFFSETS_LIMIT_BYTES),
            key_count: 0,
            next: 0,
            first_key: Vec::new(),
        }
    }

    /// Passes the next key, whose entry begins at `index_position`.
    ///
    /// # Errors
    /// If a temporary file cannot be written.
    #[inline]
    pub(crate) fn pass(&mut self, key: &[u8], index_position: u64) -> Result<()> {
        let number = self.key_count;
        self.key_count = number.saturating_add(1);
        if number < self.next { Ok(()) } else { self.take(key, index_position) }
    }

    fn take(&mut self, key: &[u8], index_position: u64) -> Result<()> {
        if self.offsets.is_empty() {
            self.first_key = key.to_vec();
        }
        let entry_bytes = key.len().saturating_add(POSITION_BYTES);
        let all_bytes = [self.entries.len(), self.offsets.len(), (entry_bytes + OFFSET_BYTES) as u64];
        if all_bytes.iter().sum::<u64>() > i32::MAX as u64 {
            // A sample of more than 2 GiB has no form: what follows is found from the last entry on.
            self.next = u64::MAX;
            return Ok(());
        }
        self.next = self.next.saturating_add(u64::from(self.min_index_interval));
        let offset = self.entries.len() as u32;
        self.offsets.tail().extend_from_slice(&offset.to_le_bytes());
        let entries = self.entries.tail();
        entries.extend_from_slice(key);
        entries.extend_from_slice(&index_position.to_le_bytes());
        self.entries.settle().and_then(|()| self.offsets.settle()).map_err(Error::output)
    }

    /// Writes Summary.db. `last_key` is the last one that was passed.
    ///
    /// # Errors
    /// If `file` cannot be written.
    pub(crate) fn finish(&self, last_key: &[u8], file: &mut SequentialFile) -> Result<()> {
        let offsets_bytes = self.offsets.len() as u32;
        let count = (offsets_bytes / OFFSET_BYTES as u32) as i32;
        let full = self.key_count.div_ceil(u64::from(self.min_index_interval));
        let size = self.offsets.len().saturating_add(self.entries.len());
        let head = file.buffer();
        head.extend_from_slice(&self.min_index_interval.to_be_bytes());
        head.extend_from_slice(&count.to_be_bytes());
        head.extend_from_slice(&size.to_be_bytes());
        head.extend_from_slice(&FULL_SAMPLING_LEVEL.to_be_bytes());
        head.extend_from_slice(&i32::try_from(full).unwrap_or(i32::MAX).to_be_bytes());
        self.write_entries(offsets_bytes, file).map_err(|error| file.failed(error))?;
        for key in [&self.first_key, last_key] {
            file.buffer().extend_from_slice(&(key.len() as u32).to_be_bytes());
            file.buffer().extend_from_slice(key);
        }
        file.settle()
    }

    /// The offsets count from their own start in the file, and were collected from that of the entries.
    fn write_entries(&self, offsets_bytes: u32, file: &mut SequentialFile) -> io::Result<()> {
        self.offsets.drain_into(|piece| -> io::Result<()> {
            let (offsets, _) = piece.as_chunks::<OFFSET_BYTES>();
            for offset in offsets {
                let offset = u32::from_le_bytes(*offset).saturating_add(offsets_bytes);
                file.append(&offset.to_le_bytes())?;
            }
            Ok(())
        })?;
        self.entries.drain_into(|piece| file.append(piece))
    }
}
