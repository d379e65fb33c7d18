//! A feed in front of which there is a cache.

use std::sync::Arc;

use super::{CachedFile, Checksum, Feed, ReadTally};
use crate::error::Result;

/// Bytes of a cached chunk that are handed out at first: most lookups are of one short row.
const FIRST_BYTES: usize = 1024;

/// Hands out the chunks of another feed, which it keeps in a [`super::ChunkCache`].
pub struct CachedFeed {
    feed: Box<dyn Feed>,
    file: CachedFile,
    /// The chunk in which the position is, and what of it was handed out.
    chunk: Option<(u64, Arc<[u8]>)>,
    position: u64,
    at_once: usize,
    scratch: Vec<u8>,
}

impl CachedFeed {
    /// Reads what is not in the cache from `feed`, one unit at a time.
    pub fn new(feed: Box<dyn Feed>, file: CachedFile) -> Self {
        Self { feed, file, chunk: None, position: 0, at_once: FIRST_BYTES, scratch: Vec::new() }
    }

    /// The chunk in which the position is.
    fn chunk(&mut self) -> Result<Arc<[u8]>> {
        let unit = self.feed.unit().max(1) as u64;
        let number = self.position.checked_div(unit).unwrap_or(0);
        if let Some((current, bytes)) = &self.chunk
            && *current == number
        {
            return Ok(Arc::clone(bytes));
        }
        let bytes = match self.file.get(number) {
            Some(bytes) => {
                ReadTally::add_cached_chunk();
                bytes
            }
            None => self.load(number, unit)?,
        };
        self.chunk = Some((number, Arc::clone(&bytes)));
        Ok(bytes)
    }

    fn load(&mut self, number: u64, unit: u64) -> Result<Arc<[u8]>> {
        self.feed.seek(number.saturating_mul(unit))?;
        self.scratch.resize(unit as usize, 0);
        let filled = self.feed.fill(&mut self.scratch)?;
        let bytes: Arc<[u8]> = self.scratch.get(..filled).unwrap_or_default().into();
        if filled > 0 {
            self.file.insert(number, Arc::clone(&bytes));
        }
        Ok(bytes)
    }
}

impl Feed for CachedFeed {
    fn unit(&self) -> usize {
        self.feed.unit()
    }

    fn data_length(&self) -> u64 {
        self.feed.data_length()
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.position >= self.data_length() || buffer.is_empty() {
            return Ok(0);
        }
        let unit = self.feed.unit().max(1) as u64;
        let chunk = self.chunk()?;
        let start = self.position.checked_rem(unit).unwrap_or(0) as usize;
        let rest = chunk.get(start..).unwrap_or_default();
        let count = rest.len().min(buffer.len()).min(self.at_once);
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.at_once = self.at_once.saturating_mul(4);
        self.position = self.position.saturating_add(count as u64);
        Ok(count)
    }

    fn seek(&mut self, position: u64) -> Result<u64> {
        self.position = position;
        self.at_once = FIRST_BYTES;
        Ok(position)
    }

    /// Nothing is read ahead here.
    fn pause_at(&mut self, _position: u64) {}

    fn digest(&self) -> Option<Checksum> {
        None
    }
}
