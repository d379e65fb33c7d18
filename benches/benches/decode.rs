//! Decoding the rows of a table of 12 columns of mixed types, about 690 bytes a row, LZ4 in chunks of 16 KiB: one
//! thread, everything in the page cache. Beside it what bounds it: checksums alone, LZ4 alone, a bare walk.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use std::hint::black_box;
use std::path::Path;

use cqlite_benches::{Stored, bench_table, crc_alone, lz4_c_alone, lz4_flex_alone, walk_alone};
use cqlite_sstable::Descriptor;
use cqlite_sstable::reader::{Access, RowItem, ScanOptions, Sstable};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const ROWS: u32 = 200_000;

/// Moves over every cell of the wanted columns and looks at its bytes.
fn cells(sstable: &Sstable, columns: Option<Vec<usize>>) -> u64 {
    let mut cursor = sstable.scan(ScanOptions { columns, ..ScanOptions::default() }).unwrap();
    let mut seen = 0;
    while cursor.advance_partition().unwrap() {
        while cursor.advance_unfiltered().unwrap() {
            while cursor.advance_item().unwrap() {
                if let RowItem::Cell(cell) = cursor.item() {
                    seen += cell.value.len() as u64 + u64::from(cell.value.first().copied().unwrap_or(0));
                }
            }
        }
    }
    seen
}

/// Counts rows; none of their cells is decoded.
fn rows(sstable: &Sstable) -> u64 {
    let mut cursor = sstable.scan(ScanOptions::default()).unwrap();
    let mut rows = 0;
    while cursor.advance_partition().unwrap() {
        while cursor.advance_unfiltered().unwrap() {
            rows += 1;
        }
    }
    rows
}

/// The indexes of two columns, one near the front and one near the end of the row.
fn two_columns(sstable: &Sstable, names: [&str; 2]) -> Vec<usize> {
    let columns = &sstable.header().regular_columns;
    names.iter().map(|name| columns.iter().position(|c| c.name_text() == *name).unwrap()).collect()
}

fn decode(criterion: &mut Criterion) {
    let data = bench_table(ROWS);
    let sstable = Sstable::open(&data).unwrap();
    assert_eq!(rows(&sstable), u64::from(ROWS));
    let mapped = Sstable::open_descriptor(&Descriptor::from_file(&data).unwrap(), Access::Mapped).unwrap();
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(u64::from(ROWS))).sample_size(20);
    group.bench_function("every cell", |b| b.iter(|| cells(&sstable, None)));
    group.bench_function("every cell, mapped", |b| b.iter(|| cells(&mapped, None)));
    let front = two_columns(&sstable, ["amount", "items"]);
    group.bench_function("two columns at the front", |b| b.iter(|| cells(&sstable, Some(front.clone()))));
    let apart = two_columns(&sstable, ["amount", "state"]);
    group.bench_function("two columns far apart", |b| b.iter(|| cells(&sstable, Some(apart.clone()))));
    group.bench_function("count only", |b| b.iter(|| rows(&sstable)));
    group.bench_function("count only, mapped", |b| b.iter(|| rows(&mapped)));
    limits(&mut group, &data);
    group.finish();
}

fn limits(group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>, data: &Path) {
    let stored = Stored::read(data);
    let all = stored.decompressed();
    let mut chunk = vec![0; 1 << 16];
    group.bench_function("limit: checksums alone", |b| b.iter(|| crc_alone(&stored)));
    group.bench_function("limit: LZ4 in C alone", |b| {
        b.iter(|| lz4_c_alone(&stored, black_box(&mut chunk)));
    });
    group.bench_function("limit: lz4_flex alone", |b| {
        b.iter(|| lz4_flex_alone(&stored, black_box(&mut chunk)));
    });
    group.bench_function("limit: bare walk alone", |b| b.iter(|| walk_alone(black_box(&all))));
}

fn open(criterion: &mut Criterion) {
    let data = bench_table(ROWS);
    criterion.bench_function("open to first row", |b| {
        b.iter(|| {
            let sstable = Sstable::open(&data).unwrap();
            let mut cursor = sstable.scan(ScanOptions::default()).unwrap();
            cursor.advance_partition().unwrap() && cursor.advance_unfiltered().unwrap()
        });
    });
}

criterion_group!(benches, decode, open);
criterion_main!(benches);
