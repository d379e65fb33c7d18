//! Merging four SSTables of the table of 12 columns, about 690 bytes a row, one thread, everything in the page cache: four
//! of which each has all rows, of other write times, and four that are apart. Beside it the same reading without a merge.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use std::sync::Arc;

use cqlite_benches::{bench_table, statistics_of_later};
use cqlite_sstable::Component;
use cqlite_sstable::component::statistics::SerializationHeader;
use cqlite_sstable::merge::{LazySource, Merge, NoOverlaps, Purge, PurgeOptions, SharedColumns};
use cqlite_sstable::reader::{Cursor, RowItem, ScanOptions, Sstable};
use cqlite_sstable::row::{ClusteringOrder, UnfilteredPartitions};
use cqlite_tests::mutated::MutatedSstable;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const ROWS: u32 = 200_000;
const INPUTS: usize = 4;

/// Moves over every cell and looks at its bytes.
fn drain(source: &mut impl UnfilteredPartitions) -> u64 {
    let mut seen = 0;
    while source.advance_partition().unwrap() {
        while source.advance_unfiltered().unwrap() {
            while source.advance_item().unwrap() {
                if let RowItem::Cell(cell) = source.item() {
                    seen += cell.value.len() as u64 + u64::from(cell.value.first().copied().unwrap_or(0));
                }
            }
        }
    }
    seen
}

fn merge<'a>(sstable: &Sstable, sources: Vec<LazySource<'a, Cursor>>) -> Merge<'a, Cursor> {
    let headers: Vec<&SerializationHeader> = vec![sstable.header(); sources.len()];
    let columns = Arc::new(SharedColumns::new(&headers).unwrap());
    let order = ClusteringOrder::new(sstable.header().clustering_types.clone());
    Merge::new(sstable.partitioner().unwrap(), columns, order, sources)
}

/// The same rows, written one or more microseconds later.
fn later(data: &std::path::Path, by: u8) -> Sstable {
    let stored = MutatedSstable::read(data);
    let changed = stored.with(Component::Statistics, statistics_of_later(&stored, by));
    Sstable::open_files(Box::new(changed.files()), changed.version).unwrap()
}

fn merges(criterion: &mut Criterion) {
    let data = bench_table(ROWS);
    let sstable = Sstable::open(&data).unwrap();
    let inputs: Vec<Sstable> = (0..INPUTS as u8).map(|by| later(&data, by)).collect();
    let scan = |sstable: &Sstable| sstable.scan(ScanOptions::default()).unwrap();
    let parts = sstable.ranges_of_equal_bytes(INPUTS).unwrap();
    let raw_bytes = sstable.compression().unwrap().data_length_bytes;
    let mut group = criterion.benchmark_group("merge");
    group.sample_size(10).throughput(Throughput::Bytes(raw_bytes * INPUTS as u64));
    group.bench_function("four times all rows, no merge", |b| {
        b.iter(|| inputs.iter().map(|input| drain(&mut scan(input))).sum::<u64>());
    });
    let overlapping =
        || merge(&sstable, inputs.iter().map(|input| LazySource::opened(scan(input))).collect());
    group.bench_function("four times all rows", |b| b.iter(|| drain(&mut overlapping())));
    let same = || merge(&sstable, (0..INPUTS).map(|_| LazySource::opened(scan(&sstable))).collect());
    group.bench_function("four times all rows, of one write time", |b| b.iter(|| drain(&mut same())));
    let options = PurgeOptions {
        now_seconds: 1_800_000_000,
        gc_before_seconds: 1_799_000_000,
        keeps_unrepaired: false,
        strict_liveness: false,
        has_counters: false,
    };
    group.bench_function("four times all rows, purged", |b| {
        b.iter(|| drain(&mut Purge::purging(overlapping(), options, NoOverlaps)));
    });
    group.throughput(Throughput::Bytes(raw_bytes));
    group.bench_function("four parts, no merge", |b| b.iter(|| drain(&mut scan(&sstable))));
    let part = |range: &std::ops::Range<u64>| sstable.scan_range(range, ScanOptions::default()).unwrap();
    let disjoint = || merge(&sstable, parts.iter().map(|range| LazySource::opened(part(range))).collect());
    group.bench_function("four parts", |b| b.iter(|| drain(&mut disjoint())));
    group.finish();
}

criterion_group!(benches, merges);
criterion_main!(benches);
