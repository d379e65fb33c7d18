//! Writing the table of 12 columns of mixed types, about 690 bytes a row, LZ4 in chunks of 16 KiB: one thread. The rows
//! are read from the table that Cassandra wrote, in the page cache; reading them alone stands beside it.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use std::path::Path;
use std::sync::Arc;

use cqlite_benches::{KeptRow, Stored, bench_table, kept_rows, lz4_compress_alone, push_row};
use cqlite_sstable::SstableId;
use cqlite_sstable::compress::CompressionParameters;
use cqlite_sstable::io::DiskDirectory;
use cqlite_sstable::reader::{ScanOptions, Sstable};
use cqlite_sstable::writer::{SstableWriter, WriterOptions};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const ROWS: u32 = 200_000;

fn writer(
    sstable: &Sstable,
    place: &Path,
    compression: Option<CompressionParameters>,
    writes_behind: bool,
) -> SstableWriter {
    let _ = std::fs::remove_dir_all(place);
    let directory = DiskDirectory::create_all(place).unwrap();
    let (version, partitioner) = (sstable.version(), sstable.partitioner().unwrap());
    let options = WriterOptions {
        compression,
        writes_behind,
        ..WriterOptions::new(version, &partitioner, u64::from(ROWS))
    };
    let id = SstableId::Sequence(1);
    SstableWriter::new(Arc::new(directory), version, id, sstable.header().clone(), partitioner, options)
        .unwrap()
}

fn push(writer: &mut SstableWriter, rows: &[KeptRow]) {
    rows.iter().for_each(|row| push_row(writer, row.key(), row));
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
                let mut writer = writer(&sstable, &place, compression.clone(), false);
                push(&mut writer, &rows);
                writer.finish().unwrap()
            });
        });
    }
    group.bench_function("rows, LZ4, written behind", |b| {
        b.iter(|| {
            let mut writer = writer(&sstable, &place, lz4(), true);
            push(&mut writer, &rows);
            writer.finish().unwrap()
        });
    });
    group.bench_function("read and write, LZ4", |b| {
        b.iter(|| {
            let mut writer = writer(&sstable, &place, lz4(), false);
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
