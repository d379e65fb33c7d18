//! Reading and writing SSTables.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use cqlite_benches::{kept_rows, push_row};
use cqlite_sstable::SstableId;
use cqlite_sstable::component::statistics::SerializationHeader;
use cqlite_sstable::io::{ChunkCache, MemoryDirectory};
use cqlite_sstable::merge::{LazySource, Merge, NoOverlaps, Purge, PurgeOptions, SharedColumns};
use cqlite_sstable::reader::{Cursor, ReaderOptions, RowItem, ScanOptions, Sstable};
use cqlite_sstable::row::ClusteringOrder;
use cqlite_sstable::tools::dump::{DumpOptions, dump};
use cqlite_sstable::writer::{SstableWriter, WriterOptions};

use super::inputs::{Inputs, ROWS};
use super::orders::keys;
use super::scenario::counted_part;

const READS: u64 = 10_000;

pub fn read_big(inputs: &Inputs) {
    read(&inputs.data("nb")[0]);
}

pub fn read_bti(inputs: &Inputs) {
    read(&inputs.data("da")[0]);
}

/// One key in nine is absent. Chunks are decompressed when they are met first.
fn read(data: &Path) {
    let sstable = Sstable::open(data).unwrap();
    let keys = keys(READS, ROWS / 8 * 9);
    let cache = Some(ChunkCache::new(64 << 20));
    let mut reader = sstable.reader(ReaderOptions { columns: None, cache }).unwrap();
    let mut found = 0;
    counted_part(&mut || {
        for key in &keys {
            if reader.find(key).unwrap() {
                found += usize::from(values(reader.cursor()) > 0);
            }
        }
    });
    assert!((8_000..10_000).contains(&found), "{found}");
}

pub fn scan(inputs: &Inputs) {
    let sstable = Sstable::open(&inputs.data("nb")[0]).unwrap();
    let mut bytes = 0;
    counted_part(&mut || {
        let mut cursor = sstable.scan(ScanOptions::default()).unwrap();
        while cursor.advance_partition().unwrap() {
            bytes += values(&mut cursor);
        }
    });
    assert!(bytes > 100 * ROWS as usize, "{bytes}");
}

/// The bytes of all values of a partition.
fn values(cursor: &mut Cursor) -> usize {
    let mut bytes = 0;
    while cursor.advance_unfiltered().unwrap() {
        while cursor.advance_item().unwrap() {
            if let RowItem::Cell(cell) = cursor.item() {
                bytes += black_box(cell.value).len();
            }
        }
    }
    bytes
}

pub fn write(inputs: &Inputs) {
    let sstable = Sstable::open(&inputs.data("nb")[0]).unwrap();
    let rows = kept_rows(&sstable);
    let mut writer = Some(writer(&sstable, ROWS));
    counted_part(&mut || {
        let mut writer = writer.take().unwrap();
        rows.iter().for_each(|row| push_row(&mut writer, row.key(), row));
        assert_eq!(writer.finish().unwrap().partitions, ROWS);
    });
}

/// Half of the rows are in both. The thread that merges compresses, too.
pub fn compact(inputs: &Inputs) {
    let sstables = inputs.data("nb").iter().map(|data| Sstable::open(data).unwrap()).collect::<Vec<_>>();
    let headers: Vec<&SerializationHeader> = sstables.iter().map(Sstable::header).collect();
    let columns = Arc::new(SharedColumns::new(&headers).unwrap());
    let order = ClusteringOrder::new(headers[0].clustering_types.clone());
    let options = PurgeOptions {
        now_seconds: 1_800_000_000,
        gc_before_seconds: 1_799_000_000,
        keeps_unrepaired: false,
        strict_liveness: false,
        has_counters: false,
    };
    let partitioner = sstables[0].partitioner().unwrap();
    let mut writer = Some(writer(&sstables[0], ROWS * 2));
    counted_part(&mut || {
        let scans = sstables.iter().map(|sstable| sstable.scan(ScanOptions::default()).unwrap());
        let sources = scans.map(LazySource::opened).collect();
        let merge = Merge::new(partitioner.clone(), Arc::clone(&columns), order.clone(), sources);
        let mut writer = writer.take().unwrap();
        writer.write(&mut Purge::purging(merge, options, NoOverlaps)).unwrap();
        assert_eq!(writer.finish().unwrap().partitions, ROWS / 2 * 3);
    });
}

/// Writes into memory, LZ4 in chunks of 16 KiB.
fn writer(like: &Sstable, partitions: u64) -> SstableWriter {
    let partitioner = like.partitioner().unwrap();
    let options = WriterOptions::new(like.version(), &partitioner, partitions);
    let directory = Arc::new(MemoryDirectory::new("/written"));
    let header = like.header().clone();
    SstableWriter::new(directory, like.version(), SstableId::Sequence(9), header, partitioner, options)
        .unwrap()
}

pub fn dump_json(inputs: &Inputs) {
    let sstable = Sstable::open(&inputs.data("nb")[0]).unwrap();
    let options = DumpOptions::new(1_700_000_000);
    counted_part(&mut || {
        dump(&sstable, &options, &mut std::io::sink()).unwrap();
    });
}
