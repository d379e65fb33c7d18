//! Writes to the commit log: synced by 1 and 16 threads, beside the floor of writing and syncing the same bytes into a file
//! of zeros, and not synced; then by groups of 1, 16 and 1,000 mutations with each compressor.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints, and may fail loudly"
)]

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use cqlite_core::storage::commitlog::{
    CommitLog, CommitLogOptions, LogEntry, SegmentCompression, SyncMode, TableId,
};
use cqlite_core::storage::fs::DiskFileSystem;
use cqlite_sstable::compress::Compressor;
use hdrhistogram::Histogram;

/// A mutation of a key of 16 bytes with a value of 100.
const MUTATION_BYTES: usize = 150;
/// Marker, length and checksums.
const FRAME_BYTES: usize = 20;
const TABLE: TableId = TableId::from_bytes([1; 16]);

fn main() {
    for round in 0..3 {
        println!("round {round}");
        let floor = floor(4_000);
        for (threads, writes) in [(1, 4_000), (16, 2_000)] {
            let rate = by_threads(SyncMode::Batch, threads, writes);
            println!("    {:.2} of the floor", rate / floor);
        }
        for threads in [1, 2] {
            by_threads(SyncMode::Off, threads, 300_000);
        }
    }
    for compressor in [
        None,
        Some(Compressor::Lz4),
        Some(Compressor::Snappy),
        Some(Compressor::Deflate),
        Some(Compressor::Zstd),
    ] {
        for group in [1, 16, 1000] {
            compressed(compressor, group);
        }
    }
}

/// Words, so that there is something to compress, and a number that differs.
fn mutation(number: u64) -> Vec<u8> {
    let mut bytes = format!("{number:016x} some words of a value which is not noise ").into_bytes();
    let mut state = number;
    while bytes.len() < MUTATION_BYTES {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        bytes.push(b'a' + (state >> 60) as u8);
    }
    bytes
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir_in(std::env::var_os("CQLITE_BENCH_DIRECTORY").unwrap_or_else(|| ".".into())).unwrap()
}

fn open(directory: &Path, options: CommitLogOptions) -> CommitLog {
    CommitLog::open(Arc::new(DiskFileSystem), directory, options).unwrap()
}

fn report(name: &str, writes: u64, elapsed: Duration, times: &Histogram<u64>) -> f64 {
    let rate = writes as f64 / elapsed.as_secs_f64();
    let micros = |quantile| times.value_at_quantile(quantile) as f64 / 1000.0;
    println!(
        "  {name}: {rate:.0}/s, p50 {:.1} us, p99 {:.1} us, max {:.1} us",
        micros(0.5),
        micros(0.99),
        micros(1.0)
    );
    rate
}

fn histogram() -> Histogram<u64> {
    Histogram::new(3).unwrap()
}

/// The same bytes, one write and one sync each, into a file of zeros.
fn floor(writes: u64) -> f64 {
    let place = directory();
    let file = File::create_new(place.path().join("zeros")).unwrap();
    file.write_all_at(&vec![0; 32 << 20], 0).unwrap();
    file.sync_all().unwrap();
    let bytes = [7; MUTATION_BYTES + FRAME_BYTES];
    let mut times = histogram();
    let begun = Instant::now();
    for number in 0..writes {
        let write = Instant::now();
        file.write_all_at(&bytes, number * bytes.len() as u64).unwrap();
        file.sync_data().unwrap();
        times.record(write.elapsed().as_nanos() as u64).unwrap();
    }
    report("floor, write and fdatasync, 1 thread", writes, begun.elapsed(), &times)
}

fn by_threads(mode: SyncMode, threads: u64, writes: u64) -> f64 {
    let place = directory();
    let log = open(place.path(), CommitLogOptions { mode, ..CommitLogOptions::default() });
    let begun = Instant::now();
    let mut times = histogram();
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|writer| {
                let log = &log;
                scope.spawn(move || {
                    let (mutation, mut times) = (mutation(writer), histogram());
                    for _ in 0..writes {
                        let write = Instant::now();
                        let entry = LogEntry { mutation: &mutation, tables: &[TABLE] };
                        log.append(&[entry]).unwrap().wait().unwrap();
                        times.record(write.elapsed().as_nanos() as u64).unwrap();
                    }
                    times
                })
            })
            .collect();
        for writer in running {
            times.add(writer.join().unwrap()).unwrap();
        }
    });
    let elapsed = begun.elapsed();
    let groups = log.metrics().groups;
    let name = format!("{mode:?}, {threads} threads, {} a group", threads * writes / groups.max(1));
    report(&name, threads * writes, elapsed, &times)
}

/// What compression saves and costs, by the size of groups. Nothing is synced.
fn compressed(compressor: Option<Compressor>, group: u64) {
    let place = directory();
    let log = open(
        place.path(),
        CommitLogOptions {
            mode: SyncMode::Off,
            compression: compressor.map(SegmentCompression::new),
            ..CommitLogOptions::default()
        },
    );
    let mutations: Vec<_> = (0..group).map(mutation).collect();
    let entries: Vec<_> = mutations.iter().map(|mutation| LogEntry { mutation, tables: &[TABLE] }).collect();
    let groups = 64_000 / group;
    let begun = Instant::now();
    for _ in 0..groups {
        log.append(&entries).unwrap().wait().unwrap();
    }
    let elapsed = begun.elapsed();
    let metrics = log.metrics();
    println!(
        "{}, {group} a group: {:.0} % of the bytes, {:.2} us a mutation",
        compressor.map_or("plain", Compressor::class_name),
        100.0 * metrics.written_bytes as f64 / metrics.content_bytes as f64,
        elapsed.as_secs_f64() * 1e6 / metrics.mutations as f64
    );
}
