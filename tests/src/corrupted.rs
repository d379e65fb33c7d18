//! Sound SSTables made wrong in what they say, with every checksum right: what only a look at the meaning finds.

use std::{ops::Range, sync::Arc};

use cqlite_sstable::{
    Component,
    component::IndexEntries,
    encoding::{Bytes, ValueLength, read_clustering},
    io::MemorySource,
    reader::{RowItem, ScanOptions, Sstable, Unfiltered},
    row::ClusteringBuffer,
    types::CqlType,
};
use flate2::{Compress, Compression, FlushCompress};

use crate::{
    generated::push_uvint,
    mutated::{MutatedSstable, fix_statistics_checksums},
};

/// Where things lie in the uncompressed content of a Data.db.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Each partition.
    pub partitions: Vec<Range<usize>>,
    /// The rows of each partition, static ones left out.
    pub rows: Vec<Vec<Range<usize>>>,
    /// The markers that close a range deletion.
    pub closing: Vec<Range<usize>>,
    /// Text values of simple columns, not empty.
    pub texts: Vec<Range<usize>>,
}

impl Places {
    /// Reads an SSTable.
    ///
    /// # Panics
    /// If it is damaged.
    pub fn of(sstable: &MutatedSstable, content: &[u8]) -> Self {
        let opened = Sstable::open_files(Box::new(sstable.files()), sstable.version).expect("it is sound");
        let regulars = &opened.header().regular_columns;
        let is_text = |column: usize| regulars[column].column_type == CqlType::Text;
        let mut cursor = opened.scan(ScanOptions::default()).expect("it is sound");
        let mut places = Self::default();
        while cursor.advance_partition().expect("it is sound") {
            let start = cursor.partition_position() as usize;
            let mut at = cursor.rows_position() as usize;
            let mut rows = Vec::new();
            while cursor.advance_unfiltered().expect("it is sound") {
                let end = cursor.unfiltered_end();
                match cursor.unfiltered() {
                    Unfiltered::Row(_) => {
                        rows.push(at..end as usize);
                    }
                    Unfiltered::Marker(marker) => {
                        if marker.kind.is_end() {
                            places.closing.push(at..end as usize);
                        }
                    }
                }
                while cursor.advance_item().expect("it is sound") {
                    let RowItem::Cell(cell) = cursor.item() else { continue };
                    if is_text(cell.column) && !cell.value.is_empty() && !cell.is_tombstone() {
                        let row = &content[at..end as usize];
                        let found = row.windows(cell.value.len()).rposition(|bytes| bytes == cell.value);
                        let from = at + found.expect("the value is in its row");
                        places.texts.push(from..from + cell.value.len());
                    }
                }
                at = end as usize;
            }
            places.partitions.push(start..at + 1);
            places.rows.push(rows);
        }
        places
    }
}

/// The same SSTable with this content, compressed, its checksums and CompressionInfo.db right.
#[must_use]
pub fn compressed(sstable: &MutatedSstable, content: &[u8], chunk_bytes: usize) -> MutatedSstable {
    let mut changed = sstable.without(Component::Crc).without(Component::Toc);
    let (mut data, mut offsets) = (Vec::new(), Vec::new());
    for chunk in content.chunks(chunk_bytes) {
        offsets.push(data.len() as u64);
        let mut stored = Vec::with_capacity(chunk.len() + 1024);
        let mut deflate = Compress::new(Compression::fast(), true);
        deflate.compress_vec(chunk, &mut stored, FlushCompress::Finish).expect("there is room");
        data.extend(&stored);
        data.extend(crc32fast::hash(&stored).to_be_bytes());
    }
    let name = b"DeflateCompressor";
    let mut info = (name.len() as u16).to_be_bytes().to_vec();
    info.extend(name);
    info.extend([0; 4]);
    info.extend((chunk_bytes as u32).to_be_bytes());
    if sstable.version.has_max_compressed_length() {
        info.extend(i32::MAX.to_be_bytes());
    }
    info.extend((content.len() as u64).to_be_bytes());
    info.extend((offsets.len() as u32).to_be_bytes());
    offsets.iter().for_each(|offset| info.extend(offset.to_be_bytes()));
    changed.components.insert(Component::CompressionInfo, info);
    changed.components.insert(Component::Digest, crc32fast::hash(&data).to_string().into_bytes());
    changed.components.insert(Component::Data, data);
    changed
}

/// An entry of Index.db, to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexLine {
    /// The key.
    pub key: Vec<u8>,
    /// The position in the uncompressed data.
    pub position: u64,
    /// The promoted index.
    pub promoted: Vec<u8>,
}

/// The entries of an Index.db.
///
/// # Panics
/// If it is damaged.
pub fn read_index(index: &[u8]) -> Vec<IndexLine> {
    let mut entries = IndexEntries::new(Arc::new(MemorySource::new("Index.db", index)));
    let mut lines = Vec::new();
    while let Some(entry) = entries.next_entry().expect("it is sound") {
        let promoted = entry.promoted_offset as usize..entry.end() as usize;
        lines.push(IndexLine {
            key: entry.key.to_owned(),
            position: entry.position,
            promoted: index[promoted].to_owned(),
        });
    }
    lines
}

/// An Index.db of these entries.
pub fn write_index(lines: &[IndexLine]) -> Vec<u8> {
    let mut index = Vec::new();
    for line in lines {
        index.extend((line.key.len() as u16).to_be_bytes());
        index.extend(&line.key);
        push_uvint(&mut index, line.position);
        push_uvint(&mut index, line.promoted.len() as u64);
        index.extend(&line.promoted);
    }
    index
}

/// A field of STATS that is a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `i64`
    MinTimestamp,
    /// `i64`
    MaxTimestamp,
    /// `i32` or `u32`
    MinLocalDeletionTime,
    /// `i32` or `u32`
    MaxLocalDeletionTime,
    /// `i32`
    MinTtl,
    /// `i32`
    MaxTtl,
    /// `u8`
    HasPartitionDeletions,
    /// `i64`
    TotalColumnsSet,
    /// `i64`
    TotalRows,
    /// The `i64` count of the first bucket of partition sizes that is not empty.
    PartitionSizes,
}

/// Puts `bytes` into a field of STATS.
///
/// # Panics
/// If the field cannot be found.
#[must_use]
pub fn with_field(sstable: &MutatedSstable, field: Field, bytes: &[u8]) -> MutatedSstable {
    let mut file = sstable.components[&Component::Statistics].clone();
    let at = field_place(sstable, field);
    file[at..at + bytes.len()].copy_from_slice(bytes);
    if sstable.version.has_metadata_checksum() {
        fix_statistics_checksums(&mut file);
    }
    sstable.with(Component::Statistics, file)
}

fn field_place(sstable: &MutatedSstable, field: Field) -> usize {
    let file = &sstable.components[&Component::Statistics];
    let stats = sstable.statistics();
    let start = stats.stats_offset as usize;
    let number = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    if field == Field::PartitionSizes {
        let counts = (0..number(start)).map(|pair| start + 4 + 16 * pair + 8);
        return counts.into_iter().find(|at| file[*at..at + 8] != [0; 8]).expect("there are partitions");
    }
    let mut at = start;
    for _histogram in 0..2 {
        at += 4 + 16 * number(at);
    }
    at += 12;
    let leading = [
        Field::MinTimestamp,
        Field::MaxTimestamp,
        Field::MinLocalDeletionTime,
        Field::MaxLocalDeletionTime,
        Field::MinTtl,
        Field::MaxTtl,
    ];
    let lengths = [8, 8, 4, 4, 4, 4];
    if let Some(index) = leading.iter().position(|known| *known == field) {
        return at + lengths[..index].iter().sum::<usize>();
    }
    // The counts are looked up by their values, behind what is in front of them.
    let pair = [stats.stats.total_columns_set.to_be_bytes(), stats.stats.total_rows.to_be_bytes()].concat();
    let found = file[at..].windows(16).position(|bytes| bytes == pair).expect("the counts are there");
    match field {
        Field::TotalColumnsSet => at + found,
        Field::TotalRows => at + found + 8,
        // Behind the commit log's bounds and intervals, the repair, the transience and the host.
        _ => {
            let intervals = at + found + 16 + 12;
            let pending = intervals + 4 + 24 * number(intervals);
            let transient = pending + 1 + 16 * usize::from(file[pending]);
            let host = transient + 1;
            host + 1 + 16 * usize::from(file[host])
        }
    }
}

/// Where the size of a row lies, which must be below 64: one byte.
pub fn row_size_place(sstable: &MutatedSstable, content: &[u8], row: &Range<usize>) -> Option<usize> {
    let types = sstable.statistics().header.clustering_types;
    let lengths: Vec<ValueLength> = types.iter().map(ValueLength::of).collect();
    let mut bytes = Bytes::new(&content[row.clone()]);
    let flags = bytes.u8().ok()?;
    if flags & 0x80 != 0 {
        return None;
    }
    read_clustering(&mut bytes, &lengths, &mut ClusteringBuffer::default()).ok()?;
    let at = row.start + bytes.position();
    (content[at] < 64).then_some(at)
}
