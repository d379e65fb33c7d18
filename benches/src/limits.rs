//! The work that no reader can do without, each part alone: what full decoding is measured against.

use std::path::Path;
use std::sync::Arc;

use cqlite_sstable::component::{ChunkOffsets, CompressionInfo};
use cqlite_sstable::io::{FileSource, Source};
use cqlite_sstable::{Component, Descriptor};

/// A compressed Data.db in memory, with the places of its chunks.
pub struct Stored {
    bytes: Vec<u8>,
    chunks: Vec<std::ops::Range<usize>>,
    lengths: Vec<usize>,
}

impl Stored {
    /// Reads the whole file.
    pub fn read(data: &Path) -> Self {
        let descriptor = Descriptor::from_file(data).unwrap();
        let source: Arc<dyn Source> =
            Arc::new(FileSource::open(&descriptor.file(Component::CompressionInfo)).unwrap());
        let info = Arc::new(CompressionInfo::open(source, descriptor.version()).unwrap());
        let bytes = std::fs::read(data).unwrap();
        let mut offsets = ChunkOffsets::new(Arc::clone(&info), bytes.len() as u64);
        let chunks = (0..info.chunk_count)
            .map(|index| offsets.payload(index).unwrap())
            .map(|payload| payload.start as usize..payload.end as usize)
            .collect();
        let lengths = (0..info.chunk_count).map(|index| info.uncompressed_length(index)).collect();
        Self { bytes, chunks, lengths }
    }

    /// All chunks, decompressed into one piece.
    pub fn decompressed(&self) -> Vec<u8> {
        let mut all = vec![0; self.lengths.iter().sum()];
        let mut at = 0;
        for (chunk, &length) in self.chunks.iter().zip(&self.lengths) {
            lz4_block_c(&self.bytes[chunk.clone()], &mut all[at..at + length]);
            at += length;
        }
        all
    }

    fn payloads(&self) -> impl Iterator<Item = (&[u8], usize)> {
        self.chunks.iter().zip(&self.lengths).map(|(chunk, &length)| (&self.bytes[chunk.clone()], length))
    }
}

fn lz4_block_c(payload: &[u8], into: &mut [u8]) {
    if !into.is_empty() {
        lz4::block::decompress_to_buffer(&payload[4..], Some(into.len() as i32), into).unwrap();
    }
}

/// The checksums of all chunks.
pub fn crc_alone(stored: &Stored) -> u32 {
    stored.payloads().fold(0, |sum, (payload, _)| sum ^ crc32fast::hash(payload))
}

/// Decompression by the LZ4 library in C.
pub fn lz4_c_alone(stored: &Stored, into: &mut [u8]) {
    for (payload, length) in stored.payloads() {
        lz4_block_c(payload, &mut into[..length]);
    }
}

/// Decompression by `lz4_flex`.
pub fn lz4_flex_alone(stored: &Stored, into: &mut [u8]) {
    for (payload, length) in stored.payloads().filter(|(_, length)| *length > 0) {
        lz4_flex::block::decompress_into(&payload[4..], &mut into[..length]).unwrap();
    }
}

/// A bare walk over the decompressed rows of the benchmark's table and no other: it knows that each partition has one
/// row without clustering and 12 live cells, of which those at `FIXED` have these lengths. Counts bytes of values.
pub fn walk_alone(data: &[u8]) -> u64 {
    /// By the order of the columns' names: address amount email items name paid placed price receipt remarks signature state.
    const FIXED: [usize; 12] = [0, 8, 0, 4, 0, 1, 8, 8, 16, 0, 0, 0];
    let mut at = 0;
    let mut bytes = 0;
    while at < data.len() {
        at += 2 + usize::from(u16::from_be_bytes([data[at], data[at + 1]])); // key
        at += 1; // no partition deletion
        at += 1; // flags: liveness, all columns
        at += vint(&data[at..]).1; // size
        at += vint(&data[at..]).1; // previous size
        at += vint(&data[at..]).1; // timestamp
        for fixed in FIXED {
            at += 1; // flags: the row's timestamp
            let length = if fixed > 0 {
                fixed
            } else {
                let (length, size) = vint(&data[at..]);
                at += size;
                length as usize
            };
            bytes += length as u64;
            at += length;
        }
        at += 1; // end of partition
    }
    bytes
}

fn vint(bytes: &[u8]) -> (u64, usize) {
    let first = bytes[0];
    let extra = first.leading_ones() as usize;
    let head = u64::from(first) & (0xFF >> extra);
    (bytes[1..=extra].iter().fold(head, |value, &byte| value << 8 | u64::from(byte)), 1 + extra)
}

/// Compression by the LZ4 library in C, in chunks of 16 KiB.
pub fn lz4_compress_alone(data: &[u8]) -> usize {
    let mut into = vec![0; 20 * 1024];
    data.chunks(16 * 1024)
        .map(|chunk| lz4::block::compress_to_buffer(chunk, None, true, &mut into).unwrap())
        .sum()
}
