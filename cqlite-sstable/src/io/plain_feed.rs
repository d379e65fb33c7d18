//! An uncompressed Data.db, with its checksums in CRC.db.

use std::sync::Arc;

use super::pace::Pace;
use super::{Checksum, Feed, Source, SourceExt as _};
use crate::error::{Error, Result};

/// Bytes that are read at once where no CRC.db gives a size.
const UNCHECKED_UNIT_BYTES: usize = 64 * 1024;

/// Cassandra's chunks have 64 KiB, and no checksum covers the number that says so: one that is no power of two, or
/// greater than this, is not believed.
const CHUNK_LIMIT_BYTES: usize = 16 * 1024 * 1024;

/// Checksums that are read at once by a scan, and by a lookup.
const WINDOW_CRCS: u64 = 4096;
const LOOKUP_CRCS: u64 = 8;

/// CRC.db of an uncompressed SSTable: `i32` chunk size, then the CRC-32 of each chunk of Data.db
/// (`io.util.ChecksummedSequentialWriter`).
struct Checksums {
    source: Arc<dyn Source>,
    chunk_bytes: usize,
    first: u64,
    window: Vec<u32>,
    at_once: u64,
}

/// Reads an uncompressed Data.db and checks it, where CRC.db is there.
pub struct PlainFeed {
    source: Arc<dyn Source>,
    data_length: u64,
    checksums: Option<Checksums>,
    position: u64,
    /// Where a fill ends.
    pause: u64,
    digest: Option<Checksum>,
    /// Where the digest begins.
    digest_from: u64,
    pace: Pace,
}

impl PlainFeed {
    /// Reads `source`, checked against `crc` (a CRC.db) where there is one, with or without a
    /// checksum over the whole file.
    ///
    /// # Errors
    /// If CRC.db is cut off, states a chunk size that cannot be, or has too few checksums for Data.db.
    pub fn new(source: Arc<dyn Source>, crc: Option<Arc<dyn Source>>, digest: bool) -> Result<Self> {
        let mut checksums = crc.map(Checksums::open).transpose()?;
        let data_length = match &mut checksums {
            Some(checksums) => checksums.least_data_length()?.max(source.len()),
            None => source.len(),
        };
        let digest = digest.then(Checksum::default);
        Ok(Self {
            source,
            data_length,
            checksums,
            position: 0,
            pause: u64::MAX,
            digest,
            digest_from: 0,
            pace: Pace::scan(),
        })
    }

    /// As [`PlainFeed::new`], for reads here and there: after each [`Feed::seek`] a single chunk is read, then more
    /// and more at a time.
    ///
    /// # Errors
    /// As [`PlainFeed::new`].
    pub fn for_lookups(source: Arc<dyn Source>, crc: Option<Arc<dyn Source>>) -> Result<Self> {
        let mut feed = Self::new(source, crc, false)?;
        feed.pace = Pace::lookups();
        if let Some(checksums) = &mut feed.checksums {
            checksums.at_once = LOOKUP_CRCS;
        }
        Ok(feed)
    }

    fn verify(&mut self, chunk: &[u8], position: u64) -> Result<()> {
        let Some(checksums) = &mut self.checksums else { return Ok(()) };
        let index = position.checked_div(checksums.chunk_bytes as u64).unwrap_or(0);
        let expected = checksums.get(index)?;
        if crc32fast::hash(chunk) == expected {
            return Ok(());
        }
        Err(Error::corrupt(format!("chunk {index} ({} bytes) fails its checksum in CRC.db", chunk.len()))
            .at(self.source.path())
            .offset(position)
            .advise("the other chunks may be sound: restore the file from a snapshot or replica"))
    }
}

impl Feed for PlainFeed {
    fn unit(&self) -> usize {
        self.checksums.as_ref().map_or(UNCHECKED_UNIT_BYTES, |checksums| checksums.chunk_bytes)
    }

    fn data_length(&self) -> u64 {
        self.data_length
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let unit = self.unit();
        let left = self.source.len().saturating_sub(self.position);
        if left == 0 && self.position < self.data_length {
            return Err(Error::corrupt("the file ends here, but CRC.db has checksums of more chunks")
                .at(self.source.path())
                .offset(self.position)
                .advise("Data.db has been cut off: restore it from a snapshot or replica"));
        }
        let before_pause =
            self.pause.checked_sub(self.position).filter(|bytes| *bytes > 0).unwrap_or(u64::MAX);
        let at_once = self.pace.units().saturating_mul(unit);
        let mut size = buffer.len().min(usize::try_from(before_pause).unwrap_or(usize::MAX)).min(at_once);
        if size as u64 >= left {
            size = left as usize;
        } else {
            size = size.saturating_sub(size.checked_rem(unit).unwrap_or(0));
        }
        let buffer = buffer.get_mut(..size).unwrap_or_default();
        self.source.read_exact(buffer, self.position)?;
        let mut filled: usize = 0;
        for chunk in buffer.chunks(unit) {
            match self.verify(chunk, self.position) {
                Ok(()) => {}
                Err(_) if filled > 0 => break,
                Err(error) => return Err(error),
            }
            if let Some(digest) = self.digest.as_mut().filter(|_| self.position >= self.digest_from) {
                digest.update(self.position, chunk);
            }
            self.position = self.position.saturating_add(chunk.len() as u64);
            filled = filled.saturating_add(chunk.len());
        }
        self.pace.quicken();
        Ok(filled)
    }

    fn seek(&mut self, position: u64) -> Result<u64> {
        let unit = self.unit().max(1) as u64;
        let start = position.saturating_sub(position.checked_rem(unit).unwrap_or(0));
        self.digest = self.digest.take().map(|_| Checksum::default());
        self.digest_from = position;
        self.position = start;
        self.pace.reset();
        Ok(start)
    }

    fn pause_at(&mut self, position: u64) {
        self.pause = position.checked_next_multiple_of(self.unit() as u64).unwrap_or(u64::MAX);
    }

    fn digest(&self) -> Option<Checksum> {
        self.digest.clone()
    }
}

impl Checksums {
    fn open(source: Arc<dyn Source>) -> Result<Self> {
        let mut head = [0; 4];
        source.read_exact(&mut head, 0)?;
        let stated = i32::from_be_bytes(head);
        let sensible = |size: &usize| size.is_power_of_two() && *size <= CHUNK_LIMIT_BYTES;
        let chunk_bytes = usize::try_from(stated).ok().filter(sensible);
        let chunk_bytes = chunk_bytes.ok_or_else(|| {
            Error::corrupt(format!("it states chunks of {stated} bytes, which cannot be"))
                .at(source.path())
                .offset(0)
                .advise("restore it from a snapshot or replica, or remove it to read without its checksums")
        })?;
        if !source.len().is_multiple_of(4) {
            return Err(Error::corrupt(format!(
                "it has {} bytes, no whole number of checksums",
                source.len()
            ))
            .at(source.path())
            .advise("the file has been cut off: restore it, or remove it to read without these checksums"));
        }
        Ok(Self { source, chunk_bytes, first: 0, window: Vec::new(), at_once: WINDOW_CRCS })
    }

    /// The bytes that Data.db has at least: one in the last chunk that has a checksum. A last checksum of
    /// zero may be that of an empty chunk, which a writer may flush at the end.
    fn least_data_length(&mut self) -> Result<u64> {
        let count = (self.source.len() / 4).saturating_sub(1);
        let chunks = match count.checked_sub(1) {
            Some(last) if self.get(last)? != 0 => count,
            Some(last) => last,
            None => 0,
        };
        let before_last = chunks.saturating_sub(1).saturating_mul(self.chunk_bytes as u64);
        Ok(if chunks == 0 { 0 } else { before_last.saturating_add(1) })
    }

    fn get(&mut self, index: u64) -> Result<u32> {
        let place = index.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
        if let Some(crc) = place.and_then(|place| self.window.get(place)) {
            return Ok(*crc);
        }
        let start = index.saturating_mul(4).saturating_add(4);
        let size = self.source.len().saturating_sub(start).min(self.at_once.saturating_mul(4));
        let mut buffer = vec![0; size as usize];
        self.source.read_exact(&mut buffer, start)?;
        self.window.clear();
        self.window.extend(buffer.as_chunks::<4>().0.iter().map(|crc| u32::from_be_bytes(*crc)));
        self.first = index;
        let missing = || Error::corrupt(format!("it ends before the checksum of chunk {index}"));
        self.window.first().copied().ok_or_else(|| {
            missing()
                .at(self.source.path())
                .offset(self.source.len())
                .advise("restore it from a snapshot or replica, or remove it to read without its checksums")
        })
    }
}
