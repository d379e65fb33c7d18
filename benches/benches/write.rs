//! Writing the table of 12 columns of mixed types, about 690 bytes a row, LZ4 in chunks of 16 KiB: one thread. The rows
//! are read from the table that Cassandra wrote, in the page cache; reading them alone stands beside it.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use std::path::Path;
use std::sync::Arc;

use cqlite_benches::{Stored, bench_table, lz4_compress_alone};
use cqlite_sstable::SstableId;
use cqlite_sstable::compress::CompressionParameters;
use cqlite_sstable::io::DiskDirectory;
use cqlite_sstable::reader::{ScanOptions, Sstable};
use cqlite_sstable::row::{Cell, DeletionTime, Liveness, Row, RowItem, Unfiltered};
use cqlite_sstable::writer::{SstableWriter, WriterOptions};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const ROWS: u32 = 200_000;

/// A row of the table, kept so that no reading is measured.
struct Kept {
    key: Vec<u8>,
    liveness: Option<Liveness>,
    cells: Vec<(usize, i64, std::ops::Range<usize>)>,
    values: Vec<u8>,
}

fn kept_rows(sstable: &Sstable) -> Vec<Kept> {
    let mut cursor = sstable.scan(ScanOptions::default()).unwrap();
    let mut rows = Vec::new();
    while cursor.advance_partition().unwrap() {
        let key = cursor.partition().key.to_vec();
        assert!(cursor.advance_unfiltered().unwrap());
        let Unfiltered::Row(row) = cursor.unfiltered() else { continue };
        let mut kept = Kept { key, liveness: row.liveness, cells: Vec::new(), values: Vec::new() };
        while cursor.advance_item().unwrap() {
            if let RowItem::Cell(cell) = cursor.item() {
                let start = kept.values.len();
                kept.values.extend_from_slice(cell.value);
                kept.cells.push((cell.column, cell.timestamp, start..kept.values.len()));
            }
        }
        rows.push(kept);
    }
    rows
}

fn writer(sstable: &Sstable, place: &Path, compression: Option<CompressionParameters>) -> SstableWriter {
    let _ = std::fs::remove_dir_all(place);
    let directory = DiskDirectory::create_all(place).unwrap();
    let (version, partitioner) = (sstable.version(), sstable.partitioner().unwrap());
    let options = WriterOptions { compression, ..WriterOptions::new(version, &partitioner, u64::from(ROWS)) };
    let id = SstableId::Sequence(1);
    SstableWriter::new(Arc::new(directory), version, id, sstable.header().clone(), partitioner, options)
        .unwrap()
}

fn push(writer: &mut SstableWriter, rows: &[Kept]) {
    let nothing = cqlite_sstable::row::ClusteringBuffer::default();
    for kept in rows {
        writer.start_partition(&kept.key, DeletionTime::LIVE).unwrap();
        let row = Row {
            is_static: false,
            clustering: nothing.as_clustering(),
            liveness: kept.liveness,
            deletion: DeletionTime::LIVE,
            shadowable_deletion: DeletionTime::LIVE,
        };
        writer.start_row(&row).unwrap();
        for (column, timestamp, value) in &kept.cells {
            writer
                .cell(&Cell {
                    column: *column,
                    timestamp: *timestamp,
                    ttl_seconds: 0,
                    local_deletion_time_seconds: cqlite_sstable::row::NO_DELETION_TIME,
                    path: None,
                    value: kept.values.get(value.clone()).unwrap(),
                })
                .unwrap();
        }
        writer.end_row().unwrap();
        writer.end_partition().unwrap();
    }
}

fn write(criterion: &mut Criterion) {
    let data = bench_table(ROWS);
    let sstable = Sstable::open(&data).unwrap();
    let rows = kept_rows(&sstable);
    let place = std::env::temp_dir().join(format!("cqlite-bench-write-{}", std::process::id()));
    let lz4 = || Some(CompressionParameters::default());
    let mut group = criterion.benchmark_group("write");
    group.throughput(Throughput::Elements(u64::from(ROWS))).sample_size(10);
    for (name, compression) in [("rows, LZ4", lz4()), ("rows, uncompressed", None)] {
        group.bench_function(name, |b| {
            b.iter(|| {
                let mut writer = writer(&sstable, &place, compression.clone());
                push(&mut writer, &rows);
                writer.finish().unwrap()
            });
        });
    }
    group.bench_function("read and write, LZ4", |b| {
        b.iter(|| {
            let mut writer = writer(&sstable, &place, lz4());
            writer.write(&mut sstable.scan(ScanOptions::default()).unwrap()).unwrap();
            writer.finish().unwrap()
        });
    });
    let all = Stored::read(&data).decompressed();
    group.bench_function("limit: LZ4 alone", |b| b.iter(|| lz4_compress_alone(&all)));
    group.finish();
    let _ = std::fs::remove_dir_all(&place);
}

criterion_group!(benches, write);
criterion_main!(benches);
