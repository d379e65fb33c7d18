//! Writing the index of 2,000,000 partitions of one row, and of one partition of 10,000,000 rows, in BIG and in BTI,
//! without the rows themselves; the files are in memory.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and may fail loudly"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use cqlite_sstable::component::statistics::SerializationHeader;
use cqlite_sstable::io::MemoryDirectory;
use cqlite_sstable::row::{ClusteringKind, ClusteringValue, DeletionTime, PrefixBuffer};
use cqlite_sstable::types::CqlType;
use cqlite_sstable::writer::index::{IndexSettings, IndexWriter};
use cqlite_sstable::{Format, Partitioner, Version};

const PARTITIONS: u64 = 2_000_000;
const ROWS: u64 = 10_000_000;
const ROW_BYTES: u64 = 690;

fn main() {
    let mut keys: Vec<[u8; 8]> =
        (0..PARTITIONS).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes()).collect();
    keys.sort_by_cached_key(|key| Partitioner::Murmur3.token(key).to_string().parse::<i64>().unwrap());
    for (letters, format) in [("nb", Format::Big), ("da", Format::Bti)] {
        let version = Version::parse(letters, format).unwrap();
        report(letters, "partition of one row", PARTITIONS, || many(version, &keys));
        report(letters, "row of one partition", ROWS, || wide(version));
    }
}

fn report(letters: &str, what: &str, count: u64, run: impl Fn() -> u64) {
    let mut best = Duration::MAX;
    let mut bytes = 0;
    for _ in 0..5 {
        let start = Instant::now();
        bytes = run();
        best = best.min(start.elapsed());
    }
    println!("{letters}: {:.1} ns a {what}, {bytes} bytes", best.as_secs_f64() * 1e9 / count as f64);
}

fn writer(version: Version) -> IndexWriter {
    let header = SerializationHeader {
        min_timestamp: 0,
        min_local_deletion_time_seconds: 0,
        min_ttl_seconds: 0,
        key_type: CqlType::BigInt,
        clustering_types: vec![CqlType::BigInt],
        static_columns: Vec::new(),
        regular_columns: Vec::new(),
    };
    let (directory, settings) =
        (Arc::new(MemoryDirectory::new("memory")), IndexSettings::of_version(version));
    IndexWriter::new(directory, "x", version, &header, Partitioner::Murmur3, settings).unwrap()
}

fn many(version: Version, keys: &[[u8; 8]]) -> u64 {
    let mut writer = writer(version);
    let place = PrefixBuffer::new(ClusteringKind::Clustering, [ClusteringValue::Value(&[7; 8])]);
    let mut position = 0;
    for key in keys {
        writer.start_partition(key, position).unwrap();
        writer.start_rows(position + 11);
        let end = position + ROW_BYTES;
        writer.unfiltered(place.as_prefix(), position + 11, end, DeletionTime::LIVE).unwrap();
        position = end + 1;
        writer.end_partition(DeletionTime::LIVE, position).unwrap();
    }
    writer.finish().unwrap().iter().map(|(_, bytes)| bytes).sum()
}

fn wide(version: Version) -> u64 {
    let mut writer = writer(version);
    writer.start_partition(&[0; 8], 0).unwrap();
    writer.start_rows(11);
    let mut place = PrefixBuffer::new(ClusteringKind::Clustering, []);
    let mut position = 11;
    for row in 0..ROWS {
        place.values.clear();
        place.values.push(ClusteringValue::Value(&row.to_be_bytes()));
        let end = position + ROW_BYTES;
        writer.unfiltered(place.as_prefix(), position, end, DeletionTime::LIVE).unwrap();
        position = end;
    }
    writer.end_partition(DeletionTime::LIVE, position + 1).unwrap();
    writer.finish().unwrap().iter().map(|(_, bytes)| bytes).sum()
}
