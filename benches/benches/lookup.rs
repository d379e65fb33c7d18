//! Lookups by key in a table of 1,000,000 partitions of about 690 bytes: present and absent keys, with caches of
//! different sizes; and a scan by one thread and by all.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints, and may fail loudly"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use cqlite_benches::bench_table;
use cqlite_sstable::component::CompressionInfo;
use cqlite_sstable::io::{ChunkCache, ChunkFeed, Feed as _, FileSource};
use cqlite_sstable::partitioner::hash3_x64_128;
use cqlite_sstable::reader::{Access, Cursor, Reader, ReaderOptions, RowItem, ScanOptions, Sstable};
use cqlite_sstable::{Component, Descriptor};
use hdrhistogram::Histogram;

const ROWS: u32 = 1_000_000;
const LOOKUPS: u64 = 300_000;
const MIB: u64 = 1024 * 1024;

fn main() {
    let sstable = Sstable::open(bench_table(ROWS)).unwrap();
    let keys = keys(&sstable);
    for (name, cache_bytes) in
        [("cache for all chunks", 1024 * MIB), ("cache of 64 MiB", 64 * MIB), ("no cache", 0)]
    {
        let cache = (cache_bytes > 0).then(|| ChunkCache::new(cache_bytes));
        let mut reader = sstable.reader(ReaderOptions { columns: None, cache }).unwrap();
        if cache_bytes > 0 {
            let touched: usize = keys.iter().step_by(8).map(|key| read(&mut reader, key)).sum();
            black_box(touched);
        }
        report(name, |number| assert!(read(&mut reader, &keys[random(number) % keys.len()]) > 0));
    }
    let descriptor = Descriptor::from_file(&bench_table(ROWS)).unwrap();
    let mapped = Sstable::open_descriptor(&descriptor, Access::Mapped).unwrap();
    let mut reader = mapped.reader(ReaderOptions::default()).unwrap();
    report("no cache, Data.db mapped", |number| {
        assert!(read(&mut reader, &keys[random(number) % keys.len()]) > 0);
    });
    chunks_alone(&descriptor);
    let mut reader = sstable.reader(ReaderOptions::default()).unwrap();
    report("absent keys", |number| {
        let absent = (random(number) as i64 | i64::MIN).to_be_bytes();
        black_box(reader.find(&absent).unwrap());
    });
    scans(&sstable);
}

/// What no lookup without a cache can do without: reading, checking and decompressing one chunk.
fn chunks_alone(descriptor: &Descriptor) {
    let open = |component| FileSource::open(&descriptor.file(component)).unwrap();
    let info =
        CompressionInfo::open(Arc::new(open(Component::CompressionInfo)), descriptor.version()).unwrap();
    let info = Arc::new(info);
    let mut feed = ChunkFeed::for_lookups(Arc::new(open(Component::Data)), Arc::clone(&info));
    let mut room = vec![0; feed.unit()];
    report("limit: a chunk alone", |number| {
        let chunk = random(number) as u64 % info.chunk_count;
        feed.seek(chunk * u64::from(info.chunk_length_bytes)).unwrap();
        black_box(feed.fill(&mut room).unwrap());
    });
}

/// Uniform, and the same in every run.
fn random(number: u64) -> usize {
    hash3_x64_128(&number.to_be_bytes(), 1)[0] as usize
}

fn keys(sstable: &Sstable) -> Vec<Vec<u8>> {
    let mut cursor = sstable.scan(ScanOptions::default()).unwrap();
    let mut keys = Vec::new();
    while cursor.advance_partition().unwrap() {
        keys.push(cursor.partition().key.to_vec());
    }
    keys
}

/// Finds a partition and decodes all of it.
fn read(reader: &mut Reader, key: &[u8]) -> usize {
    if reader.find(key).unwrap() { decode(reader.cursor()) } else { 0 }
}

fn decode(cursor: &mut Cursor) -> usize {
    let mut bytes = 0;
    while cursor.advance_unfiltered().unwrap() {
        while cursor.advance_item().unwrap() {
            if let RowItem::Cell(cell) = cursor.item() {
                bytes += cell.value.len();
            }
        }
    }
    bytes
}

/// Measures a lookup, unless the command line names another one.
fn report(name: &str, mut lookup: impl FnMut(u64)) {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
        return;
    }
    (0..10_000).for_each(|number| lookup(number + LOOKUPS));
    let start = Instant::now();
    (0..LOOKUPS).for_each(&mut lookup);
    let rate = LOOKUPS as f64 / start.elapsed().as_secs_f64();
    let mut times = Histogram::<u64>::new(3).unwrap();
    for number in 0..LOOKUPS {
        let start = Instant::now();
        lookup(number);
        times.record(start.elapsed().as_nanos() as u64).unwrap();
    }
    let at = |quantile| times.value_at_quantile(quantile) as f64 / 1e3;
    println!(
        "{name:24} {rate:>10.0}/s   p50 {:.2} us   p99 {:.2} us   p99.9 {:.2} us",
        at(0.5),
        at(0.99),
        at(0.999)
    );
}

fn scans(sstable: &Sstable) {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let scan = |parts: usize| {
        let ranges = sstable.ranges_of_equal_bytes(parts).unwrap();
        let start = Instant::now();
        thread::scope(|scope| {
            for range in &ranges {
                scope.spawn(move || {
                    let mut cursor = sstable.scan_range(range, ScanOptions::default()).unwrap();
                    let mut bytes = 0;
                    while cursor.advance_partition().unwrap() {
                        bytes += decode(&mut cursor);
                    }
                    black_box(bytes)
                });
            }
        });
        start.elapsed()
    };
    let best = |parts| (0..5).map(|_| scan(parts)).min().unwrap_or(Duration::MAX).as_secs_f64();
    let (one, all) = (best(1), best(threads));
    println!(
        "scan by 1 thread {:.0} rows/s, by {threads} {:.2} times that",
        f64::from(ROWS) / one,
        one / all
    );
}
