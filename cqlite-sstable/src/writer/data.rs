//! The stream of Data.db: cut into chunks, compressed or not, with checksums.

use std::sync::Arc;

use super::component_file::ComponentFiles;
use super::stored::{Stored, spill_error};
use crate::component::{Component, CompressionInfo};
use crate::compress::{Compress, CompressError, CompressionParameters};
use crate::error::{Error, Result};
use crate::io::Spill;
use crate::version::Version;

/// Bytes of an uncompressed Data.db that have one checksum in CRC.db (`SequentialWriterOption.DEFAULT`).
const PLAIN_CHUNK_BYTES: u32 = 64 * 1024;

/// Offsets or checksums of chunks that are kept in memory.
const MARKS_LIMIT_BYTES: usize = 128 * 1024;

/// Writes Data.db, and with it CompressionInfo.db or CRC.db, and Digest.crc32
/// (`CompressedSequentialWriter`, `ChecksummedSequentialWriter`).
pub(super) struct DataWriter {
    files: ComponentFiles,
    version: Version,
    stored: Stored,
    storage: Storage,
    /// What is not yet a whole chunk.
    chunk: Vec<u8>,
    chunk_length: usize,
    /// Where the chunk begins in the uncompressed stream.
    chunk_start: u64,
    chunk_count: u64,
    /// The offsets of compressed chunks, or the checksums of plain ones.
    marks: Spill,
}

enum Storage {
    Compressed { parameters: CompressionParameters, compressor: Box<dyn Compress>, payload_bytes: u64 },
    Plain,
}

/// What became of a Data.db.
#[derive(Debug, Clone, Copy)]
pub(super) struct DataWritten {
    /// Uncompressed bytes.
    pub(super) length_bytes: u64,
    /// The bytes of all stored chunks, checksums left out, for each uncompressed byte; none if it is not compressed.
    pub(super) compression_ratio: Option<f64>,
}

impl DataWriter {
    pub(super) fn create(
        files: &ComponentFiles,
        version: Version,
        compression: Option<&CompressionParameters>,
    ) -> Result<Self> {
        let storage = match compression {
            None => Storage::Plain,
            Some(parameters) => {
                let made = parameters.compressor().compressor(parameters.options());
                let compressor = made.map_err(|error| Error::invalid_input(error.to_string()))?;
                Storage::Compressed { parameters: parameters.clone(), compressor, payload_bytes: 0 }
            }
        };
        let chunk_length = compression.map_or(PLAIN_CHUNK_BYTES, CompressionParameters::chunk_length_bytes);
        let chunk_length = chunk_length as usize;
        let marks = Spill::new(Arc::clone(files.directory()), MARKS_LIMIT_BYTES);
        Ok(Self {
            files: files.clone(),
            version,
            stored: Stored::create(files)?,
            storage,
            chunk: Vec::with_capacity(chunk_length),
            chunk_length,
            chunk_start: 0,
            chunk_count: 0,
            marks,
        })
    }

    /// Uncompressed bytes so far.
    #[inline]
    pub(super) fn position(&self) -> u64 {
        self.chunk_start.saturating_add(self.chunk.len() as u64)
    }

    /// Stored bytes so far, of whole chunks.
    pub(super) fn stored_bytes(&self) -> u64 {
        self.stored.position()
    }

    /// Appends bytes to the stream.
    #[inline]
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.chunk.len().saturating_add(bytes.len()) < self.chunk_length {
            self.chunk.extend_from_slice(bytes);
            return Ok(());
        }
        self.write_over_chunks(bytes)
    }

    fn write_over_chunks(&mut self, mut bytes: &[u8]) -> Result<()> {
        loop {
            let room = self.chunk_length.saturating_sub(self.chunk.len());
            let Some((front, rest)) = bytes.split_at_checked(room) else {
                self.chunk.extend_from_slice(bytes);
                return Ok(());
            };
            if self.chunk.is_empty() {
                self.store(front)?;
            } else {
                self.chunk.extend_from_slice(front);
                self.store_chunk()?;
            }
            bytes = rest;
        }
    }

    fn store_chunk(&mut self) -> Result<()> {
        let mut chunk = std::mem::take(&mut self.chunk);
        let stored = self.store(&chunk);
        chunk.clear();
        self.chunk = chunk;
        stored
    }

    fn store(&mut self, chunk: &[u8]) -> Result<()> {
        let Self { stored, storage, marks, .. } = self;
        match storage {
            Storage::Compressed { parameters, compressor, payload_bytes } => {
                marks.tail().extend_from_slice(&stored.position().to_be_bytes());
                let max_length = parameters.max_compressed_length_bytes() as usize;
                let length = store_compressed(chunk, &mut **compressor, max_length, stored);
                let length = length.map_err(|error| {
                    Error::unsupported(format!("a chunk cannot be compressed: {error}"))
                        .at(self.files.path(Component::Data))
                })?;
                *payload_bytes = payload_bytes.saturating_add(length as u64);
                stored.settle()?;
            }
            Storage::Plain => {
                marks.tail().extend_from_slice(&crc32fast::hash(chunk).to_be_bytes());
                stored.append(chunk)?;
            }
        }
        marks.settle().map_err(spill_error(&self.files))?;
        self.chunk_start = self.chunk_start.saturating_add(chunk.len() as u64);
        self.chunk_count = self.chunk_count.saturating_add(1);
        Ok(())
    }

    /// Writes what is left, then CompressionInfo.db or CRC.db, and Digest.crc32. All are synced.
    pub(super) fn finish(mut self) -> Result<DataWritten> {
        if !self.chunk.is_empty() {
            self.store_chunk()?;
        }
        let Self { files, marks, storage, stored, chunk_start: length_bytes, .. } = self;
        let (_, digest) = stored.finish()?;
        let mut head = Vec::new();
        let (component, compression_ratio) = match &storage {
            Storage::Compressed { parameters, payload_bytes, .. } => {
                CompressionInfo::write_header(
                    parameters,
                    self.version,
                    length_bytes,
                    self.chunk_count,
                    &mut head,
                )?;
                (Component::CompressionInfo, Some(*payload_bytes as f64 / length_bytes as f64))
            }
            Storage::Plain => {
                head.extend_from_slice(&PLAIN_CHUNK_BYTES.to_be_bytes());
                (Component::Crc, None)
            }
        };
        let mut file = files.create(component)?;
        file.write(&head)?;
        marks.drain_into(|piece| file.write(piece).map_err(Failed::Output)).map_err(
            |failed| match failed {
                Failed::Output(error) => error,
                Failed::Spill(error) => spill_error(&files)(error),
            },
        )?;
        file.finish()?;
        files.write_whole(Component::Digest, digest.to_string().as_bytes())?;
        Ok(DataWritten { length_bytes, compression_ratio })
    }
}

/// Which side of a copy from a spill failed.
enum Failed {
    Output(Error),
    Spill(std::io::Error),
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        Self::Spill(error)
    }
}

/// Stores a chunk with its checksum and says how many bytes it has without it. One that compression leaves at
/// `max_length` or above is stored raw; if it is shorter than that itself, as only the last one can be, with zeros
/// behind it.
fn store_compressed(
    chunk: &[u8],
    compressor: &mut dyn Compress,
    max_length: usize,
    stored: &mut Stored,
) -> Result<usize, CompressError> {
    const CRC_BYTES: usize = 4;
    let bound = compressor.bound(chunk.len()).max(chunk.len());
    let raw_length = chunk.len().max(max_length);
    let room_length = if max_length == i32::MAX as usize { bound } else { bound.max(raw_length) };
    let room = stored.room(room_length.saturating_add(CRC_BYTES));
    let mut length = compressor.compress(chunk, room)?;
    if length >= max_length {
        length = raw_length;
        let (raw, padding) = room.split_at_mut(chunk.len());
        raw.copy_from_slice(chunk);
        padding.iter_mut().take(raw_length.saturating_sub(chunk.len())).for_each(|byte| *byte = 0);
    }
    let crc = crc32fast::hash(stored.fill(length));
    stored.room(CRC_BYTES).copy_from_slice(&crc.to_be_bytes());
    stored.fill(CRC_BYTES);
    Ok(length)
}
