//! CompressionInfo.db: how Data.db is compressed, and where its chunks lie (`io.compress.CompressionMetadata`).
//!
//! ```text
//! UTF  compressor simple class name
//! i32  option count, then (UTF key, UTF value) of each
//! i32  chunk length, uncompressed, a power of two
//! i32  maximum compressed length (since version na): chunks of this length or more are stored raw
//! i64  data length, uncompressed
//! i32  chunk count
//! i64  offset in Data.db of each chunk
//! ```
//! The offsets are read in windows: 100 GB of data have 50 MB of them.

use std::ops::Range;
use std::sync::Arc;

use crate::compress::{CompressionParameters, Compressor};
use crate::encoding::{Bytes, DecodeError, write_short_prefixed};
use crate::error::{Error, Result};
use crate::io::{Source, SourceExt as _};
use crate::version::Version;

/// No header is longer; options are a few short words.
const HEADER_LIMIT_BYTES: usize = 256 * 1024;

/// What is read at first: nearly every header is shorter.
const HEADER_BYTES: usize = 1024;

/// Longer chunks are refused: several of them are in memory at a time. Cassandra's default is 16 KiB, and 64 KiB
/// before 4.0.
const CHUNK_LIMIT_BYTES: u32 = 16 * 1024 * 1024;

/// Offsets that are read at once by a scan, and by a lookup: those of both ends of a chunk.
const WINDOW_OFFSETS: u64 = 4096;
const LOOKUP_OFFSETS: u64 = 2;

const OFFSET_BYTES: u64 = 8;
const CRC_BYTES: u64 = 4;

/// The contents of a CompressionInfo.db, apart from the chunk offsets.
#[derive(Debug)]
pub struct CompressionInfo {
    /// The compressor.
    pub compressor: Compressor,
    /// The compressor's own options, as written.
    pub options: Vec<(String, String)>,
    /// Uncompressed bytes of every chunk but the last.
    pub chunk_length_bytes: u32,
    /// Chunks that take this many bytes or more are stored raw.
    pub max_compressed_length_bytes: u32,
    /// Uncompressed bytes of Data.db.
    pub data_length_bytes: u64,
    /// How many chunks there are, maybe with an empty one at the end.
    pub chunk_count: u64,
    offsets_start: u64,
    source: Arc<dyn Source>,
}

impl CompressionInfo {
    /// Reads the header and checks it against the length of the file.
    ///
    /// # Errors
    /// If the file is cut off, contradicts itself, or names a compressor that is not known.
    pub fn open(source: Arc<dyn Source>, version: Version) -> Result<Self> {
        let read = |limit: usize| -> Result<Vec<u8>> {
            let length = usize::try_from(source.len()).unwrap_or(usize::MAX).min(limit);
            let mut buffer = vec![0; length];
            source.read_exact(&mut buffer, 0)?;
            Ok(buffer)
        };
        let mut buffer = read(HEADER_BYTES)?;
        if Self::parse(&mut Bytes::new(&buffer), version, &source).is_err() {
            buffer = read(HEADER_LIMIT_BYTES)?;
        }
        let mut bytes = Bytes::new(&buffer);
        let parsed = Self::parse(&mut bytes, version, &source)
            .map_err(|error| damaged(error.to_string()).at(source.path()).offset(bytes.position() as u64))?;
        let info = parsed.map_err(|error| error.at(source.path()))?;
        info.check().map_err(|error| error.at(source.path()))?;
        Ok(info)
    }

    fn parse(
        bytes: &mut Bytes<'_>,
        version: Version,
        source: &Arc<dyn Source>,
    ) -> Result<Result<Self>, DecodeError> {
        let name = bytes.utf()?;
        let option_count = bytes.u32()?;
        let mut options = Vec::new();
        for _ in 0..option_count {
            options.push((bytes.utf()?.to_owned(), bytes.utf()?.to_owned()));
        }
        let chunk_length_bytes = bytes.u32()?;
        let max_compressed_length_bytes =
            if version.has_max_compressed_length() { bytes.u32()? } else { i32::MAX as u32 };
        let data_length_bytes = bytes.u64()?;
        let chunk_count = u64::from(bytes.u32()?);
        let Some(compressor) = Compressor::from_class_name(name) else {
            return Ok(Err(unknown_compressor(name)));
        };
        Ok(Ok(Self {
            compressor,
            options,
            chunk_length_bytes,
            max_compressed_length_bytes,
            data_length_bytes,
            chunk_count,
            offsets_start: bytes.position() as u64,
            source: Arc::clone(source),
        }))
    }

    /// Writes what stands in front of the chunk offsets, which are to follow (`CompressionMetadata.Writer.writeHeader`).
    ///
    /// # Errors
    /// If there are more chunks than can be counted there, or an option is longer than 65,535 bytes.
    pub fn write_header(
        parameters: &CompressionParameters,
        version: Version,
        (data_length_bytes, chunk_count): (u64, u64),
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let count = i32::try_from(chunk_count).map_err(|_| {
            Error::unsupported(format!("Data.db has {chunk_count} chunks, more than can be counted"))
                .advise("write several SSTables, or longer chunks")
        })?;
        write_short_prefixed(parameters.compressor().class_name().as_bytes(), out)?;
        out.extend_from_slice(&(parameters.options().len() as u32).to_be_bytes());
        for (name, value) in parameters.options() {
            write_short_prefixed(name.as_bytes(), out)?;
            write_short_prefixed(value.as_bytes(), out)?;
        }
        out.extend_from_slice(&parameters.chunk_length_bytes().to_be_bytes());
        if version.has_max_compressed_length() {
            out.extend_from_slice(&parameters.max_compressed_length_bytes().to_be_bytes());
        }
        out.extend_from_slice(&data_length_bytes.to_be_bytes());
        out.extend_from_slice(&count.to_be_bytes());
        Ok(())
    }

    fn check(&self) -> Result<()> {
        let length = self.chunk_length_bytes;
        if !length.is_power_of_two() || length > i32::MAX as u32 {
            return Err(damaged(format!("it states chunks of {length} bytes, which is no power of two")));
        }
        if self.largest_chunk_bytes() > CHUNK_LIMIT_BYTES as usize {
            return Err(Error::unsupported(format!(
                "it states chunks of {length} bytes; at most {CHUNK_LIMIT_BYTES} are supported"
            ))
            .advise("let the cluster rewrite the SSTable with a smaller 'chunk_length_in_kb'"));
        }
        let needed = self.data_length_bytes.div_ceil(u64::from(length));
        let possible = needed..=needed.saturating_add(1);
        if self.chunk_count == 0 || !possible.contains(&self.chunk_count) {
            return Err(damaged(format!(
                "it states {} chunks of {length} bytes for {} bytes of data, which need {needed}",
                self.chunk_count, self.data_length_bytes
            )));
        }
        let size = self.chunk_count.saturating_mul(OFFSET_BYTES).saturating_add(self.offsets_start);
        if self.source.len() != size {
            return Err(damaged(format!(
                "it has {} bytes, but the offsets of its {} chunks end at byte {size}",
                self.source.len(),
                self.chunk_count
            )));
        }
        Ok(())
    }

    /// The uncompressed length that chunk `index` must have.
    pub fn uncompressed_length(&self, index: u64) -> usize {
        let start = index.saturating_mul(u64::from(self.chunk_length_bytes));
        let left = self.data_length_bytes.saturating_sub(start);
        left.min(u64::from(self.chunk_length_bytes)) as usize
    }

    /// The bytes that the largest chunk has when it is decompressed.
    pub fn largest_chunk_bytes(&self) -> usize {
        u64::from(self.chunk_length_bytes).min(self.data_length_bytes) as usize
    }
}

fn damaged(message: impl Into<String>) -> Error {
    Error::corrupt(message).advise(
        "restore CompressionInfo.db from a snapshot or replica: without it the compressed data cannot be read",
    )
}

fn unknown_compressor(name: &str) -> Error {
    let plausible = name.len() > 3 && name.chars().all(|c| c.is_ascii_alphanumeric() || "._$".contains(c));
    if !plausible {
        return damaged("the name of the compressor is not readable");
    }
    // Cassandra 6 calls its one ZstdDictionaryCompressor, ScyllaDB its ones ..WithDictsCompressor.
    let dictionary = if name.contains("Dict") { ", and it needs a dictionary" } else { "" };
    Error::unsupported(format!(
        "the compressor '{name}' is not known{dictionary} (known are LZ4, Snappy, Deflate, Zstd and Noop)"
    ))
    .advise("let the cluster rewrite the SSTable with one of those, by ALTER TABLE and 'nodetool upgradesstables -a'")
}

/// The chunk offsets of a [`CompressionInfo`], a window of them at a time.
#[derive(Debug)]
pub struct ChunkOffsets {
    info: Arc<CompressionInfo>,
    data_file_length: u64,
    first: u64,
    window: Vec<u64>,
    /// How many are read at once at least, and the next time.
    least: u64,
    at_once: u64,
}

impl ChunkOffsets {
    /// For a Data.db of `data_file_length` bytes.
    pub fn new(info: Arc<CompressionInfo>, data_file_length: u64) -> Self {
        Self { info, data_file_length, first: 0, window: Vec::new(), least: WINDOW_OFFSETS, at_once: 0 }
    }

    /// As [`ChunkOffsets::new`], for chunks here and there.
    pub fn for_lookups(info: Arc<CompressionInfo>, data_file_length: u64) -> Self {
        Self { least: LOOKUP_OFFSETS, ..Self::new(info, data_file_length) }
    }

    /// What [`ChunkOffsets`] reads.
    pub fn info(&self) -> &CompressionInfo {
        &self.info
    }

    /// The bytes of chunk `index` in Data.db, its checksum left out.
    ///
    /// # Errors
    /// If there is no such chunk, the offsets cannot be read, do not ascend, or point behind Data.db's end.
    pub fn payload(&mut self, index: u64) -> Result<Range<u64>> {
        let start = self.offset(index)?;
        let next = index.saturating_add(1);
        let end = if next < self.info.chunk_count { self.offset(next)? } else { self.data_file_length };
        match end.checked_sub(CRC_BYTES) {
            Some(payload_end) if payload_end >= start && end <= self.data_file_length => {
                Ok(start..payload_end)
            }
            _ if end >= self.data_file_length => Err(Error::corrupt(format!(
                "chunk {index} of {} should begin at byte {start} of Data.db, which has only {} bytes",
                self.info.chunk_count, self.data_file_length
            ))
            .advise("Data.db has been cut off: restore it from a snapshot or replica")),
            _ => Err(damaged(format!("chunk {index} begins at byte {start} but the next one at {end}"))
                .at(self.info.source.path())
                .offset(self.place_of(index))),
        }
    }

    /// Where in CompressionInfo.db the offset of a chunk lies.
    pub(crate) fn place_of(&self, index: u64) -> u64 {
        self.info.offsets_start.saturating_add(index.saturating_mul(OFFSET_BYTES))
    }

    fn offset(&mut self, index: u64) -> Result<u64> {
        let place = index.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
        if let Some(offset) = place.and_then(|place| self.window.get(place)) {
            return Ok(*offset);
        }
        self.load(index)?;
        self.window.first().copied().ok_or_else(|| damaged(format!("there is no chunk {index}")))
    }

    fn load(&mut self, index: u64) -> Result<()> {
        let goes_on = index == self.first.saturating_add(self.window.len() as u64);
        let more = if goes_on { self.at_once.saturating_mul(2) } else { self.least };
        self.at_once = more.clamp(self.least, WINDOW_OFFSETS);
        let count = self.info.chunk_count.saturating_sub(index).min(self.at_once);
        let mut buffer = vec![0; count.saturating_mul(OFFSET_BYTES) as usize];
        let place = self.place_of(index);
        self.info.source.read_exact(&mut buffer, place)?;
        self.window.clear();
        self.window.extend(buffer.as_chunks::<8>().0.iter().map(|offset| u64::from_be_bytes(*offset)));
        self.first = index;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn compressors_with_a_dictionary_are_named_and_not_called_damage() {
        for name in ["ZstdDictionaryCompressor", "ZstdWithDictsCompressor", "LZ4WithDictsCompressor"] {
            let error = unknown_compressor(name);
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            let told = error.to_string();
            assert!(told.contains(name) && told.contains("needs a dictionary"), "{told}");
        }
        let other = unknown_compressor("BrotliCompressor");
        assert_eq!(other.kind(), ErrorKind::Unsupported);
        assert!(!other.to_string().contains("dictionary"));
        assert_eq!(unknown_compressor("\u{1}\u{2}").kind(), ErrorKind::Corrupt);
    }
}
