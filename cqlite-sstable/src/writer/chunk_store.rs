//! The chunks of Data.db as they are stored: compressed or not, with checksums.

use std::io;
use std::sync::Arc;

use super::new_files::NewFiles;
use crate::component::{Component, CompressionInfo, digest};
use crate::compress::{Compress, CompressError, CompressionParameters};
use crate::error::{Error, Result};
use crate::io::{SequentialFile, Spill};
use crate::version::Version;

/// Bytes of an uncompressed Data.db that have one checksum in CRC.db (`SequentialWriterOption.DEFAULT`).
const PLAIN_CHUNK_BYTES: u32 = 64 * 1024;

/// Offsets or checksums of chunks that are kept in memory.
const MARKS_LIMIT_BYTES: usize = 128 * 1024;

/// Takes the stream of Data.db, writes the file, and with it CompressionInfo.db or CRC.db, and Digest.crc32
/// (`CompressedSequentialWriter`, `ChecksummedSequentialWriter`).
pub(super) struct ChunkStore {
    file: SequentialFile,
    /// The checksum of the file, as far as it has whole chunks.
    digest: crc32fast::Hasher,
    storage: Storage,
    chunk_length: usize,
    /// Uncompressed bytes so far.
    length_bytes: u64,
    chunk_count: u64,
    /// The offsets of compressed chunks, or the checksums of plain ones.
    marks: Spill,
}

enum Storage {
    Compressed { parameters: CompressionParameters, compressor: Box<dyn Compress>, payload_bytes: u64 },
    Plain,
}

/// What became of a Data.db.
#[derive(Debug)]
pub(super) struct DataWritten {
    /// Uncompressed bytes.
    pub(super) length_bytes: u64,
    /// The bytes of all stored chunks, checksums left out, for each uncompressed byte; none if it is not compressed.
    pub(super) compression_ratio: Option<f64>,
    /// The components with their lengths.
    pub(super) components: Vec<(Component, u64)>,
}

impl ChunkStore {
    pub(super) fn create(files: &NewFiles, compression: Option<&CompressionParameters>) -> Result<Self> {
        let storage = match compression {
            None => Storage::Plain,
            Some(parameters) => {
                let made = parameters.compressor().compressor(parameters.options());
                let compressor = made.map_err(|error| Error::invalid_input(error.to_string()))?;
                Storage::Compressed { parameters: parameters.clone(), compressor, payload_bytes: 0 }
            }
        };
        let chunk_length = compression.map_or(PLAIN_CHUNK_BYTES, CompressionParameters::chunk_length_bytes);
        Ok(Self {
            file: files.create(Component::Data)?,
            digest: crc32fast::Hasher::new(),
            storage,
            chunk_length: chunk_length as usize,
            length_bytes: 0,
            chunk_count: 0,
            marks: Spill::new(Arc::clone(files.directory()), MARKS_LIMIT_BYTES),
        })
    }

    /// The uncompressed bytes of a chunk; the last one may have fewer.
    pub(super) fn chunk_length(&self) -> usize {
        self.chunk_length
    }

    /// Stored bytes so far.
    pub(super) fn stored_bytes(&self) -> u64 {
        self.file.position()
    }

    /// Stores a stretch of whole chunks, of which the last one of the stream alone may be shorter.
    pub(super) fn store(&mut self, chunks: &[u8]) -> Result<()> {
        chunks.chunks(self.chunk_length.max(1)).try_for_each(|chunk| self.store_chunk(chunk))
    }

    fn store_chunk(&mut self, chunk: &[u8]) -> Result<()> {
        let start = self.file.position();
        let buffer = self.file.buffer();
        let in_buffer = buffer.len();
        match &mut self.storage {
            Storage::Compressed { parameters, compressor, payload_bytes } => {
                self.marks.tail().extend_from_slice(&start.to_be_bytes());
                let max_length = parameters.max_compressed_length_bytes() as usize;
                let stored = store_compressed(chunk, &mut **compressor, max_length, buffer);
                let length = stored.map_err(|error| {
                    Error::unsupported(format!("a chunk cannot be compressed: {error}")).at(self.file.path())
                })?;
                *payload_bytes = payload_bytes.saturating_add(length as u64);
            }
            Storage::Plain => {
                buffer.extend_from_slice(chunk);
                self.marks.tail().extend_from_slice(&crc32fast::hash(chunk).to_be_bytes());
            }
        }
        self.digest.update(self.file.buffer().get(in_buffer..).unwrap_or_default());
        self.file.settle()?;
        self.marks.settle().map_err(|error| self.file.failed(error))?;
        self.length_bytes = self.length_bytes.saturating_add(chunk.len() as u64);
        self.chunk_count = self.chunk_count.saturating_add(1);
        Ok(())
    }

    /// Writes CompressionInfo.db or CRC.db, and Digest.crc32. All are synced, Data.db too.
    pub(super) fn finish(self, files: &NewFiles, version: Version) -> Result<DataWritten> {
        let Self { file, digest, storage, marks, length_bytes, chunk_count, .. } = self;
        let data = (Component::Data, file.finish()?);
        let mut head = Vec::new();
        let (component, compression_ratio) = match &storage {
            Storage::Compressed { parameters, payload_bytes, .. } => {
                let lengths = (length_bytes, chunk_count);
                CompressionInfo::write_header(parameters, version, lengths, &mut head)?;
                (Component::CompressionInfo, Some(*payload_bytes as f64 / length_bytes as f64))
            }
            Storage::Plain => {
                head.extend_from_slice(&PLAIN_CHUNK_BYTES.to_be_bytes());
                (Component::Crc, None)
            }
        };
        let mut file = files.create(component)?;
        let written = file
            .append(&head)
            .and_then(|()| marks.drain_into(|piece: &[u8]| -> io::Result<()> { file.append(piece) }));
        written.map_err(|error| file.failed(error))?;
        let chunks = (component, file.finish()?);
        let digest = digest::write(digest.finalize());
        let digest = (Component::Digest, files.write_whole(Component::Digest, &digest)?);
        Ok(DataWritten { length_bytes, compression_ratio, components: vec![data, chunks, digest] })
    }
}

/// Appends a chunk with its checksum and says how many bytes it has without it. One that compression leaves at
/// `max_length` or above is stored raw; if it is shorter than that itself, as only the last one can be, with zeros
/// behind it.
fn store_compressed(
    chunk: &[u8],
    compressor: &mut dyn Compress,
    max_length: usize,
    buffer: &mut Vec<u8>,
) -> Result<usize, CompressError> {
    let start = buffer.len();
    buffer.resize(start.saturating_add(compressor.bound(chunk.len())), 0);
    let mut length = compressor.compress(chunk, buffer.get_mut(start..).unwrap_or_default())?;
    if length >= max_length {
        buffer.truncate(start);
        buffer.extend_from_slice(chunk);
        length = chunk.len().max(max_length);
    }
    buffer.resize(start.saturating_add(length), 0);
    let crc = crc32fast::hash(buffer.get(start..).unwrap_or_default());
    buffer.extend_from_slice(&crc.to_be_bytes());
    Ok(length)
}
