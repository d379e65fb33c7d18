//! SSTables that are huge when they are read and small on disk: one chunk, over and over.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use cqlite_sstable::Component;
use flate2::{Compress, Compression, FlushCompress};

use crate::{
    cassandra, fixtures,
    mutated::{MutatedSstable, statistics_with_header},
};

/// Uncompressed bytes of each chunk.
pub const CHUNK_BYTES: usize = 16 * 1024;

/// The uncompressed content of a Data.db: `head`, then `body` so many times, then `tail`.
#[derive(Debug, Clone)]
pub struct Repeated {
    /// A whole number of chunks.
    pub head: Vec<u8>,
    /// One chunk.
    pub body: Vec<u8>,
    /// How often.
    pub times: u64,
    /// What is left, maybe nothing.
    pub tail: Vec<u8>,
    /// How many of the chunks are really written; behind them Data.db is a hole.
    pub written_chunks: u64,
}

impl Repeated {
    /// The uncompressed length of Data.db.
    pub fn data_length(&self) -> u64 {
        (self.head.len() + self.tail.len()) as u64 + self.body.len() as u64 * self.times
    }

    /// Writes an SSTable of version `nb`, with `DeflateCompressor` and the columns of `header`, and returns the
    /// path of its Data.db.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, directory: &Path) -> io::Result<PathBuf> {
        assert!(self.head.len().is_multiple_of(CHUNK_BYTES) && self.body.len() == CHUNK_BYTES);
        let path = |component: Component| directory.join(format!("nb-1-big-{component}"));
        std::fs::write(path(Component::Statistics), statistics())?;
        let head = self.head.chunks(CHUNK_BYTES).map(stored).collect::<Vec<_>>();
        let body = stored(&self.body);
        let tail = self.tail.chunks(CHUNK_BYTES).map(stored).collect::<Vec<_>>();
        let chunks = head.len() as u64 + self.times + tail.len() as u64;

        let mut info = BufWriter::new(File::create(path(Component::CompressionInfo))?);
        let name = b"DeflateCompressor";
        info.write_all(&(name.len() as u16).to_be_bytes())?;
        info.write_all(name)?;
        info.write_all(&0_u32.to_be_bytes())?;
        info.write_all(&(CHUNK_BYTES as u32).to_be_bytes())?;
        info.write_all(&i32::MAX.to_be_bytes())?;
        info.write_all(&self.data_length().to_be_bytes())?;
        info.write_all(&(chunks as u32).to_be_bytes())?;

        let mut data = BufWriter::new(File::create(path(Component::Data))?);
        let bodies = std::iter::repeat_n(&body, self.times as usize);
        let mut offset = 0_u64;
        for (index, chunk) in (0..).zip(head.iter().chain(bodies).chain(&tail)) {
            info.write_all(&offset.to_be_bytes())?;
            offset += chunk.len() as u64;
            if index < self.written_chunks {
                data.write_all(chunk)?;
            }
        }
        info.flush()?;
        data.flush()?;
        data.get_ref().set_len(offset)?;
        std::fs::write(path(Component::Toc), "CompressionInfo.db\nData.db\nStatistics.db\nTOC.txt\n")?;
        Ok(path(Component::Data))
    }
}

/// A chunk as it lies in Data.db: compressed, with its checksum.
fn stored(chunk: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::with_capacity(chunk.len() + 1024);
    Compress::new(Compression::fast(), true)
        .compress_vec(chunk, &mut compressed, FlushCompress::Finish)
        .expect("there is room for a chunk");
    let crc = crc32fast::hash(&compressed);
    compressed.extend(crc.to_be_bytes());
    compressed
}

/// Statistics.db of one partition, with [`header`].
fn statistics() -> Vec<u8> {
    let table = fixtures::table(cassandra::Format::Nb, "names", "table");
    let sstable = MutatedSstable::read(&table.sstables[0].data_path);
    statistics_with_header(&sstable.components[&Component::Statistics], &header())
}

/// `CREATE TABLE (k int, c blob, v blob, m map<int, blob>, PRIMARY KEY (k, c))`, all bases zero.
pub fn header() -> Vec<u8> {
    let mut header = vec![0, 0, 0];
    push_prefixed(&mut header, b"Int32Type");
    header.push(1);
    push_prefixed(&mut header, b"BytesType");
    header.push(0);
    header.push(2);
    for (name, column_type) in [(&b"v"[..], &b"BytesType"[..]), (b"m", b"MapType(Int32Type,BytesType)")] {
        push_prefixed(&mut header, name);
        push_prefixed(&mut header, column_type);
    }
    header
}

/// Bytes with their length in front as a vint.
pub fn push_prefixed(into: &mut Vec<u8>, bytes: &[u8]) {
    push_uvint(into, bytes.len() as u64);
    into.extend(bytes);
}

/// A vint of the shortest form, or of 9 bytes.
pub fn push_uvint(into: &mut Vec<u8>, value: u64) {
    match value {
        0..0x80 => into.push(value as u8),
        0x80..0x4000 => into.extend((value as u16 | 0x8000).to_be_bytes()),
        _ => {
            into.push(0xFF);
            into.extend(value.to_be_bytes());
        }
    }
}

/// The head of a live partition with the key 7.
pub fn push_partition(into: &mut Vec<u8>) {
    into.extend([0, 4, 0, 0, 0, 7]);
    into.extend(i32::MAX.to_be_bytes());
    into.extend(i64::MIN.to_be_bytes());
}

/// The head of a row with a clustering of one byte and `rest_bytes` behind it, which has the column `v` or `m`.
pub fn push_row(into: &mut Vec<u8>, has_map: bool, rest_bytes: u64) {
    const HAS_TIMESTAMP: u8 = 0x04;
    let without: u8 = if has_map { 0b01 } else { 0b10 };
    // Flags, clustering; then the size, which counts the previous size, liveness and columns, too.
    into.extend([HAS_TIMESTAMP, 0, 1, b'c']);
    push_uvint(into, rest_bytes + 3);
    into.extend([0, 0, without]);
}

/// A cell of the row's timestamp with a value of zeros in `v`.
pub fn push_value(into: &mut Vec<u8>, value_bytes: usize) {
    into.push(0x08);
    push_uvint(into, value_bytes as u64);
    into.resize(into.len() + value_bytes, 0);
}

/// An element of `m` of so many bytes in all, 1024 or more.
pub fn push_element(into: &mut Vec<u8>, all_bytes: usize) {
    let value_bytes = if all_bytes < 0x4000 { all_bytes - 8 } else { all_bytes - 15 };
    into.extend([0x08, 4, 0, 0, 0, 5]);
    push_uvint(into, value_bytes as u64);
    into.resize(into.len() + value_bytes, 0);
}

/// Rows that fill one chunk, the last one `end` bytes short of it.
pub fn push_rows_of_a_chunk(into: &mut Vec<u8>, end: usize) {
    const ROW_BYTES: usize = 1024;
    let chunk_end = into.len().next_multiple_of(CHUNK_BYTES).max(CHUNK_BYTES);
    while into.len() + end < chunk_end {
        let left = chunk_end - end - into.len();
        let size = if left < 2 * ROW_BYTES { left } else { ROW_BYTES };
        // Seven bytes of flags, clustering, previous size, liveness and columns, two of the size, three of the cell.
        let value = size - 12;
        push_row(into, false, value as u64 + 3);
        push_value(into, value);
    }
    assert_eq!(into.len() + end, chunk_end);
}

/// So many partitions of a chunk each.
pub fn partitions(count: u64) -> Repeated {
    let mut body = Vec::new();
    push_partition(&mut body);
    push_rows_of_a_chunk(&mut body, 1);
    body.push(0x01);
    Repeated { head: Vec::new(), body, times: count, tail: Vec::new(), written_chunks: u64::MAX }
}
