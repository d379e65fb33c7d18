//! What a replay writes of a log shows what the merge of its mutations shows, whatever memory it has, wherever the log ends, and
//! whatever fails.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code; clippy takes only functions marked #[test] for it"
)]

#[path = "replay_model/output.rs"]
mod output;
#[path = "memtable_model/table.rs"]
#[allow(dead_code, reason = "it is shared with the model of memtables")]
mod table;

use std::path::Path;
use std::sync::{Arc, Mutex};

use cqlite_core::storage::TableId;
use cqlite_core::storage::commitlog::{
    CommitLog, CommitLogOptions, CommitLogPosition, FoundSegments, LogEntry, SegmentCompression, SyncMode,
};
use cqlite_core::storage::fs::{Failure, Fault, FaultyFileSystem, FileSystem, MemoryFileSystem};
use cqlite_core::storage::mutation::{Mutation, TableLayout};
use cqlite_core::storage::replay::{
    LogFollower, Replay, ReplayOptions, ReplayPolicy, ReplayReport, ReplayTable,
};
use cqlite_sstable::component::statistics::{IntervalSet, SerializationHeader};
use cqlite_sstable::compress::Compressor;
use cqlite_sstable::merge::{LazySource, Merge, SharedColumns};
use cqlite_sstable::row::{Unfiltered, UnfilteredPartitions};
use cqlite_sstable::types::CqlType;
use cqlite_sstable::{ErrorKind, Partitioner};
use cqlite_tests::fuzz::Random;
use cqlite_tests::rows_told::{ColumnNames, rows_told};
use output::{Output, unflushed};
use table::{Updates, layout};

const LOG: &str = "/commitlog";
const DATA: &str = "/data";
const SEEDS: u64 = 60;

fn int(number: usize) -> Vec<u8> {
    (number as i32 - 2).to_be_bytes().to_vec()
}

fn partitioner(seed: u64) -> Partitioner {
    match seed % 4 {
        0 => Partitioner::ByteOrdered,
        1 => Partitioner::Random,
        2 => Partitioner::Local(Arc::new(CqlType::Int)),
        _ => Partitioner::Murmur3,
    }
}

fn updates(seed: u64) -> Updates {
    let mut random = Random::new(seed);
    let layout = layout([CqlType::Int, CqlType::Int], partitioner(seed));
    let (places, counts) = (1 + random.below(5), random.below(4) == 0);
    Updates { layout, random, values: [int, int], places, counts }
}

/// The next update without a shadowable deletion: rows that have another deletion, too, once they are merged, no version of SSTables can
/// hold.
fn update(updates: &mut Updates) -> Mutation {
    loop {
        let mutation = updates.update();
        let mut is_shadowable = false;
        for update in mutation.updates() {
            let mut rows = update.rows();
            while rows.advance_partition().unwrap() {
                while rows.advance_unfiltered().unwrap() {
                    if let Unfiltered::Row(row) = rows.unfiltered() {
                        is_shadowable |= !row.shadowable_deletion.is_live();
                    }
                }
            }
        }
        if !is_shadowable {
            return mutation;
        }
    }
}

/// What the merge of these mutations shows.
fn merged(mutations: &[Mutation], layout: &TableLayout) -> Vec<String> {
    let headers: Vec<&SerializationHeader> = mutations.iter().map(|_| layout.header()).collect();
    let columns = Arc::new(SharedColumns::new(&headers).unwrap());
    let sources =
        mutations.iter().flat_map(Mutation::updates).map(|update| LazySource::opened(update.rows()));
    let order = layout.order().clone();
    let mut merge = Merge::new(layout.partitioner().clone(), columns, order, sources.collect());
    rows_told(&mut merge, &ColumnNames::of_header(layout.header())).unwrap()
}

fn files() -> Arc<MemoryFileSystem> {
    let files = MemoryFileSystem::new();
    for directory in [LOG, DATA] {
        files.create_directory(Path::new(directory)).unwrap();
    }
    files.sync_directory(Path::new("/")).unwrap();
    Arc::new(files)
}

fn log(files: &Arc<MemoryFileSystem>, segment_bytes: u32, compression: Option<Compressor>) -> CommitLog {
    let options = CommitLogOptions {
        segment_bytes,
        mode: SyncMode::Off,
        compression: compression.map(SegmentCompression::new),
        ..CommitLogOptions::default()
    };
    CommitLog::open(Arc::<MemoryFileSystem>::clone(files), Path::new(LOG), options).unwrap()
}

fn append(log: &CommitLog, mutations: &[Mutation], table: TableId) -> CommitLogPosition {
    let tables = [table];
    let entries: Vec<_> =
        mutations.iter().map(|one| LogEntry { mutation: one.bytes(), tables: &tables }).collect();
    log.append(&entries).unwrap().wait().unwrap()
}

struct Replayed {
    report: ReplayReport,
    told: Vec<String>,
    sstables: usize,
}

fn replay_with(
    fs: &Arc<dyn FileSystem>,
    table: &ReplayTable,
    options: ReplayOptions,
) -> cqlite_sstable::Result<Replayed> {
    let tables = |id| (id == table.layout.id()).then(|| table.clone());
    let scanned = Replay::new(Arc::clone(fs), LOG, options).scan(&tables)?;
    let output = Output::new(Arc::clone(fs), Path::new(DATA));
    scanned.write(&output)?;
    let sstables = output.written(table.layout.id()).len();
    let told = output.told(&table.layout);
    for entry in fs.list(Path::new(DATA)).unwrap() {
        fs.remove_file(&Path::new(DATA).join(entry.name)).unwrap();
    }
    Ok(Replayed { report: scanned.report().clone(), told, sstables })
}

fn replay(files: &Arc<MemoryFileSystem>, layout: &Arc<TableLayout>, options: ReplayOptions) -> Replayed {
    let fs: Arc<dyn FileSystem> = Arc::<MemoryFileSystem>::clone(files);
    replay_with(&fs, &unflushed(layout), options).unwrap()
}

#[test]
fn with_any_memory_and_any_threads_a_replay_shows_the_merge_of_all_mutations() {
    let mut most_sstables = 0;
    for seed in 0..SEEDS {
        let mut updates = updates(seed);
        let files = files();
        let compression = [None, Some(Compressor::Lz4), Some(Compressor::Zstd)][seed as usize % 3];
        let log = log(&files, 16 << 10, compression);
        let mut all = Vec::new();
        for _ in 0..60 {
            let batch: Vec<Mutation> =
                (0..1 + updates.random.below(6)).map(|_| update(&mut updates)).collect();
            append(&log, &batch, updates.layout.id());
            all.extend(batch);
        }
        drop(log);
        let expected = merged(&all, &updates.layout);
        for (memory_bytes, threads) in [(0, 1), (20 << 10, 2), (64 << 20, 3)] {
            let options = ReplayOptions { memory_bytes, threads, ..ReplayOptions::default() };
            let replayed = replay(&files, &updates.layout, options);
            assert_eq!(replayed.told, expected, "seed {seed}, {memory_bytes} bytes");
            assert_eq!(replayed.report.mutations, all.len() as u64);
            assert_eq!(replayed.report.damage_count, 0);
            assert!(!replayed.report.is_incomplete());
            most_sstables = most_sstables.max(replayed.sstables);
        }
    }
    assert!(most_sstables > 2, "partitions larger than the memory are in several SSTables: {most_sstables}");
}
