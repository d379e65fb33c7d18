//! A compressed Data.db: chunks with a checksum behind each.

use std::ops::Range;
use std::sync::Arc;

use super::pace::Pace;
use super::{Checksum, Feed, Source, SourceExt as _};
use crate::component::{ChunkOffsets, CompressionInfo};
use crate::compress::Decompressor;
use crate::error::{Error, Result};

const CRC_BYTES: u64 = 4;

/// Stored bytes that are read at once by a scan.
const READ_BYTES: u64 = 256 * 1024;

/// Reads, checks and decompresses the chunks of a Data.db (`io.compress.CompressedSequentialWriter` wrote them).
pub struct ChunkFeed {
    source: Arc<dyn Source>,
    offsets: ChunkOffsets,
    decompressor: Box<dyn Decompressor>,
    next: u64,
    stored: Vec<u8>,
    stored_range: Range<u64>,
    /// Stored bytes that are read at once.
    read_bytes: u64,
    /// The chunk in front of which a fill ends.
    pause: u64,
    digest: Option<Checksum>,
    /// The first chunk that is part of the digest.
    digest_from: u64,
    pace: Pace,
}

impl ChunkFeed {
    /// Reads `source` as `info` describes it, with or without a checksum over the whole file.
    pub fn new(source: Arc<dyn Source>, info: Arc<CompressionInfo>, digest: bool) -> Self {
        let offsets = ChunkOffsets::new(Arc::clone(&info), source.len());
        Self {
            source,
            offsets,
            decompressor: info.compressor.decompressor(),
            next: 0,
            stored: Vec::new(),
            stored_range: 0..0,
            read_bytes: READ_BYTES,
            pause: u64::MAX,
            digest: digest.then(Checksum::default),
            digest_from: 0,
            pace: Pace::scan(),
        }
    }

    /// As [`ChunkFeed::new`], for reads here and there: after each [`Feed::seek`] a single chunk is read, then more
    /// and more at a time.
    pub fn for_lookups(source: Arc<dyn Source>, info: Arc<CompressionInfo>) -> Self {
        let offsets = ChunkOffsets::for_lookups(Arc::clone(&info), source.len());
        Self { offsets, pace: Pace::lookups(), ..Self::new(source, info, false) }
    }

    /// As [`ChunkFeed::new`], for one of many scans at once: about so many bytes are read at a time.
    pub fn in_small_steps(
        source: Arc<dyn Source>,
        info: Arc<CompressionInfo>,
        digest: bool,
        read_bytes: usize,
    ) -> Self {
        let offsets = ChunkOffsets::for_lookups(Arc::clone(&info), source.len());
        let read_bytes = READ_BYTES.min(read_bytes as u64);
        Self { offsets, read_bytes, ..Self::new(source, info, digest) }
    }

    fn info(&self) -> &CompressionInfo {
        self.offsets.info()
    }

    fn fail(&self, payload: &Range<u64>, message: &str) -> Error {
        let length = payload.end.saturating_sub(payload.start);
        Error::corrupt(format!("chunk {} ({length} bytes) {message}", self.next))
            .at(self.source.path())
            .offset(payload.start)
            .advise("the other chunks may be sound: restore the file from a snapshot or replica")
    }

    /// Makes the bytes of `payload` and its checksum present in `self.stored`, with as many of the chunks
    /// behind it as one read takes. Sources that are in memory are not copied.
    fn load(&mut self, payload: &Range<u64>) -> Result<()> {
        let end = payload.end.saturating_add(CRC_BYTES);
        let present = self.stored_range.start <= payload.start && end <= self.stored_range.end;
        if present || self.source.as_slice().is_some() {
            return Ok(());
        }
        let ahead =
            (self.pace.units() as u64).saturating_mul(end.saturating_sub(payload.start)).min(self.read_bytes);
        let read_end = payload.start.saturating_add(ahead).max(end).min(self.source.len());
        let size = read_end.saturating_sub(payload.start) as usize;
        if self.stored.len() < size {
            self.stored.resize(size, 0);
        }
        self.stored_range = 0..0;
        let buffer = self.stored.get_mut(..size).unwrap_or_default();
        self.source.read_exact(buffer, payload.start)?;
        self.stored_range = payload.start..read_end;
        Ok(())
    }

    /// Decompresses the next chunk into the front of `room` after its checksum was found right.
    fn decompress(&mut self, room: &mut [u8]) -> Result<usize> {
        let payload = self.offsets.payload(self.next).map_err(|error| error.at(self.source.path()))?;
        self.check_length(&payload)?;
        self.load(&payload)?;
        let (base, all) = match self.source.as_slice() {
            Some(all) => (0, all),
            None => (self.stored_range.start, self.stored.as_slice()),
        };
        let start = payload.start.saturating_sub(base) as usize;
        let end = payload.end.saturating_sub(base) as usize;
        let stored = all.get(start..end).unwrap_or_default();
        let crc = all.get(end..).and_then(<[u8]>::first_chunk::<4>).copied().unwrap_or_default();
        if crc32fast::hash(stored) != u32::from_be_bytes(crc) {
            return Err(self.fail(&payload, "fails its checksum"));
        }
        if let Some(digest) = self.digest.as_mut().filter(|_| self.next >= self.digest_from) {
            digest.update(payload.start, stored);
            digest.update(payload.end, &crc);
        }
        let expected = self.info().uncompressed_length(self.next);
        let raw = stored.len() as u64 >= u64::from(self.info().max_compressed_length_bytes);
        let room = room.get_mut(..expected).unwrap_or_default();
        let size = if raw {
            // A short last chunk is padded with zeros, up to the length from which chunks are raw.
            let (content, padding) = stored.split_at_checked(expected).unwrap_or((stored, &[]));
            let may_be_padded = stored.len() as u64 == u64::from(self.info().max_compressed_length_bytes);
            let is_padding = may_be_padded && padding.iter().all(|byte| *byte == 0);
            if !padding.is_empty() && !is_padding {
                let message = format!("holds {} bytes where {expected} are expected", stored.len());
                return Err(self.fail(&payload, &message));
            }
            room.get_mut(..content.len()).unwrap_or_default().copy_from_slice(content);
            content.len()
        } else {
            self.decompressor
                .decompress(stored, room)
                .map_err(|error| self.fail(&payload, &format!("cannot be decompressed: {error}")))?
        };
        if size != expected {
            let message = format!("holds {size} bytes where {expected} are expected");
            return Err(self.fail(&payload, &message));
        }
        Ok(size)
    }

    /// No compressor makes a chunk much longer than it was: a longer one means that the offsets are wrong.
    fn check_length(&self, payload: &Range<u64>) -> Result<()> {
        let length = u64::from(self.info().chunk_length_bytes);
        let limit = length.saturating_add(length / 6).saturating_add(4096);
        let stored = payload.end.saturating_sub(payload.start);
        if stored <= limit {
            return Ok(());
        }
        Err(self.fail(payload, &format!("is longer than a chunk of {length} bytes can be")))
    }
}

impl Feed for ChunkFeed {
    fn unit(&self) -> usize {
        self.info().largest_chunk_bytes()
    }

    fn data_length(&self) -> u64 {
        self.info().data_length_bytes
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut filled: usize = 0;
        let mut units: usize = 0;
        while self.next < self.info().chunk_count {
            if filled > 0 && (self.next == self.pause || units >= self.pace.units()) {
                break;
            }
            let expected = self.info().uncompressed_length(self.next);
            let Some(room) = buffer.get_mut(filled..).filter(|room| room.len() >= expected) else { break };
            // What is right in front of a damaged chunk is handed out before the damage is told.
            match self.decompress(room) {
                Ok(size) => filled = filled.saturating_add(size),
                Err(_) if filled > 0 => break,
                Err(error) => return Err(error),
            }
            self.next = self.next.saturating_add(1);
            units = units.saturating_add(1);
        }
        self.pace.quicken();
        Ok(filled)
    }

    fn seek(&mut self, position: u64) -> Result<u64> {
        let length = u64::from(self.info().chunk_length_bytes);
        let chunk = position.checked_div(length).unwrap_or(0);
        self.digest = self.digest.take().map(|_| Checksum::default());
        self.digest_from = position.div_ceil(length.max(1));
        self.next = chunk;
        self.pace.reset();
        Ok(chunk.saturating_mul(length))
    }

    fn pause_at(&mut self, position: u64) {
        self.pause = position.div_ceil(u64::from(self.info().chunk_length_bytes).max(1));
    }

    fn digest(&self) -> Option<Checksum> {
        self.digest.clone()
    }
}
