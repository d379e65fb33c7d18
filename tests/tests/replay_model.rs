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

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use cqlite_core::storage::TableId;
use cqlite_core::storage::commitlog::{
    CommitLog, CommitLogOptions, CommitLogPosition, FoundSegments, LogEntry, SegmentCompression, SyncMode,
};
use cqlite_core::storage::fs::{Failure, Fault, FaultyFileSystem, FileSystem, MemoryFileSystem};
use cqlite_core::storage::mutation::{Mutation, PartitionUpdateBuilder, TableLayout};
use cqlite_core::storage::replay::{
    LogFollower, Replay, ReplayOptions, ReplayPolicy, ReplayReport, ReplayTable,
};
use cqlite_sstable::component::statistics::{IntervalSet, SerializationHeader};
use cqlite_sstable::compress::Compressor;
use cqlite_sstable::merge::{LazySource, Merge, SharedColumns};
use cqlite_sstable::row::{
    Cell, ClusteringBuffer, ClusteringValue, NO_DELETION_TIME, RowItem, Unfiltered, UnfilteredPartitions,
};
use cqlite_sstable::schema::{ColumnKind, DroppedColumn};
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

/// Batches of a seed, and the log that they are in.
struct Logged {
    files: Arc<MemoryFileSystem>,
    layout: Arc<TableLayout>,
    batches: Vec<(CommitLogPosition, Vec<Mutation>)>,
}

impl Logged {
    fn new(seed: u64, batches: usize, segment_bytes: u32, compression: Option<Compressor>) -> Self {
        let mut updates = updates(seed);
        let files = files();
        let log = log(&files, segment_bytes, compression);
        let batches = (0..batches).map(|_| {
            let batch: Vec<Mutation> = (0..3).map(|_| update(&mut updates)).collect();
            (append(&log, &batch, updates.layout.id()), batch)
        });
        let batches = batches.collect();
        Self { files, batches, layout: Arc::clone(&updates.layout) }
    }

    /// What the merge of some batches shows.
    fn merged<'a>(
        &self,
        batches: impl IntoIterator<Item = &'a (CommitLogPosition, Vec<Mutation>)>,
    ) -> Vec<String> {
        let all: Vec<Mutation> = batches.into_iter().flat_map(|(_, batch)| batch.clone()).collect();
        if all.is_empty() { Vec::new() } else { merged(&all, &self.layout) }
    }

    fn segments(&self) -> Vec<PathBuf> {
        let found = FoundSegments::list(self.files.as_ref(), Path::new(LOG)).unwrap();
        found.segments().iter().map(|segment| segment.path().to_owned()).collect()
    }

    fn read(&self, path: &Path) -> Vec<u8> {
        let source = self.files.open(path).unwrap();
        let mut bytes = vec![0; source.len() as usize];
        source.read_at(&mut bytes, 0).unwrap();
        bytes
    }

    fn overwrite(&self, path: &Path, bytes: &[u8]) {
        let file = self.files.open_writable(path).unwrap();
        file.set_length(bytes.len() as u64).unwrap();
        file.write_at(bytes, 0).unwrap();
    }

    fn replay(&self, options: ReplayOptions) -> cqlite_sstable::Result<Replayed> {
        let fs: Arc<dyn FileSystem> = Arc::<MemoryFileSystem>::clone(&self.files);
        replay_with(&fs, &unflushed(&self.layout), options)
    }
}

#[test]
fn a_log_that_is_cut_or_was_not_written_from_any_byte_on_gives_whole_batches_and_no_part_of_another() {
    for compression in [None, Some(Compressor::Lz4)] {
        let logged = Logged::new(3, 3, 1 << 20, compression);
        let path = &logged.segments()[0];
        let whole = logged.read(path);
        let found = FoundSegments::one(logged.files.as_ref(), path).unwrap();
        let mut reader = found.segments()[0].open(logged.files.as_ref()).unwrap();
        let (mut ends, mut header) = (Vec::new(), usize::MAX);
        while let Some(section) = reader.next_section().unwrap() {
            header = header.min(section.offset() as usize);
            ends.push(section.end() as usize);
        }
        assert_eq!(ends.len(), logged.batches.len());
        let expected: Vec<_> =
            (0..=ends.len()).map(|count| logged.merged(&logged.batches[..count])).collect();
        for at in 0..*ends.last().unwrap() {
            let whole_batches = ends.iter().filter(|end| **end <= at).count();
            let mut zeroed = whole.clone();
            zeroed[at..].fill(0);
            for bytes in [&whole[..at], &zeroed[..]] {
                logged.overwrite(path, bytes);
                let replayed = match logged.replay(ReplayOptions::default()) {
                    Ok(replayed) => replayed,
                    // Cassandra refuses what is behind a marker that stands in the middle of a sector, too.
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::Corrupt, "{at}");
                        let options = ReplayOptions { policy: ReplayPolicy::Stop, ..Default::default() };
                        logged.replay(options).unwrap()
                    }
                };
                assert_eq!(replayed.told, expected[whole_batches], "{compression:?}, cut at {at}");
                let has_header = bytes.get(..header) == Some(&whole[..header]);
                let behind = bytes.get(ends[..whole_batches].last().copied().unwrap_or(header)..);
                let behind = behind.unwrap_or_default();
                let is_cut = (1..8).contains(&behind.len());
                let is_torn = !has_header || is_cut || behind.iter().any(|byte| *byte != 0);
                assert_eq!(replayed.report.damage_count > 0, is_torn, "{compression:?}, cut at {at}");
            }
        }
    }
}

#[test]
fn damage_in_the_middle_is_refused_or_stopped_at_or_left_out_as_the_policy_says() {
    let logged = Logged::new(7, 80, 8 << 10, None);
    let paths = logged.segments();
    assert!(paths.len() > 3);
    let path = &paths[1];
    let mut bytes = logged.read(path);
    let found = FoundSegments::one(logged.files.as_ref(), path).unwrap();
    let mut reader = found.segments()[0].open(logged.files.as_ref()).unwrap();
    reader.next_section().unwrap();
    let section = reader.next_section().unwrap().unwrap();
    let (middle, end) = ((section.offset() + section.end()) as usize / 2, section.end_position());
    bytes[middle] ^= 0x40;
    logged.overwrite(path, &bytes);

    let options = |policy| ReplayOptions { policy, ..ReplayOptions::default() };
    let error = logged.replay(options(ReplayPolicy::Refuse)).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");

    let skipped = logged.replay(options(ReplayPolicy::Skip)).unwrap();
    assert_eq!(skipped.told, logged.merged(logged.batches.iter().filter(|(at, _)| *at != end)));
    assert_eq!((skipped.report.damage_count, skipped.report.damage[0].path.clone()), (1, path.clone()));
    assert!(skipped.report.is_incomplete() && skipped.report.left_out_mutations < 3);

    let stopped = logged.replay(options(ReplayPolicy::Stop)).unwrap();
    let before: Vec<_> = logged.batches.iter().filter(|(at, _)| *at < end).collect();
    assert_eq!(stopped.told, logged.merged(before.iter().copied()));
    assert_eq!(stopped.report.stopped_at, before.last().map(|(at, _)| *at));
}

#[test]
fn what_sstables_have_and_what_was_truncated_and_what_is_too_late_is_counted_and_not_replayed() {
    let logged = Logged::new(11, 30, 8 << 10, None);
    let position = |batch: usize| logged.batches[batch].0;
    let fs: Arc<dyn FileSystem> = Arc::<MemoryFileSystem>::clone(&logged.files);
    let replay = |table: &ReplayTable| replay_with(&fs, table, ReplayOptions::default()).unwrap();

    // An interval has its end, and its start is behind what came before it.
    let start = CommitLogPosition { position: position(4).position + 1, ..position(4) };
    let flushed = IntervalSet::of(start, position(9));
    let table = ReplayTable { flushed, ..unflushed(&logged.layout) };
    let replayed = replay(&table);
    let rest = logged.batches[..5].iter().chain(&logged.batches[10..]);
    assert_eq!(replayed.told, logged.merged(rest));
    let all = logged.batches.iter().enumerate().filter(|(batch, _)| !(5..10).contains(batch));
    let says_something = |mutation: &&Mutation| mutation.updates().any(|update| !update.is_empty());
    let updates = all.flat_map(|(_, (_, batch))| batch).filter(says_something).count() as u64;
    assert_eq!((replayed.report.flushed_updates, replayed.report.replayed_updates), (15, updates));

    let table = ReplayTable { truncated_at: Some(position(19)), ..unflushed(&logged.layout) };
    let replayed = replay(&table);
    assert_eq!(replayed.told, logged.merged(&logged.batches[20..]));
    assert_eq!(replayed.report.truncated_updates, 60);
    assert!(!replayed.report.is_incomplete());

    let none = |_| None;
    let scanned = Replay::new(Arc::clone(&fs), LOG, ReplayOptions::default()).scan(&none).unwrap();
    let unknown = &scanned.report().unknown_tables;
    assert_eq!(unknown.iter().collect::<Vec<_>>(), [(&logged.layout.id(), &90)]);
    assert!(scanned.report().is_incomplete() && scanned.tables().next().is_none());
}

/// The greatest timestamp of a mutation.
fn newest(mutation: &Mutation) -> i64 {
    let mut newest = i64::MIN;
    let mut see = |timestamp: i64| newest = newest.max(timestamp);
    for update in mutation.updates() {
        let mut rows = update.rows();
        while rows.advance_partition().unwrap() {
            see(rows.partition().deletion.marked_for_delete_at);
            loop {
                while rows.advance_item().unwrap() {
                    match rows.item() {
                        RowItem::Cell(cell) => see(cell.timestamp),
                        RowItem::ComplexDeletion { deletion, .. } => see(deletion.marked_for_delete_at),
                    }
                }
                if !rows.advance_unfiltered().unwrap() {
                    break;
                }
                match rows.unfiltered() {
                    Unfiltered::Row(row) => {
                        see(row.deletion.marked_for_delete_at);
                        see(row.liveness.map_or(i64::MIN, |liveness| liveness.timestamp));
                    }
                    Unfiltered::Marker(marker) => see(marker.deletion.marked_for_delete_at),
                }
            }
        }
    }
    newest
}

#[test]
fn a_restore_to_a_point_in_time_leaves_out_all_of_every_later_mutation() {
    for seed in 20..40 {
        let logged = Logged::new(seed, 30, 8 << 10, None);
        let all: Vec<Mutation> = logged.batches.iter().flat_map(|(_, batch)| batch.clone()).collect();
        let point = 24;
        let options = ReplayOptions { restore_point_micros: Some(point), ..ReplayOptions::default() };
        let replayed = logged.replay(options).unwrap();
        let (early, late): (Vec<_>, Vec<_>) = all.iter().cloned().partition(|one| newest(one) <= point);
        assert!(early.len() > 5 && late.len() > 5, "{} and {}", early.len(), late.len());
        assert_eq!(replayed.told, merged(&early, &logged.layout), "seed {seed}");
        assert_eq!(replayed.report.late_mutations, late.len() as u64);
        assert_eq!(replayed.report.newest_micros, all.iter().map(newest).max());
    }
}

#[test]
fn a_replay_that_fails_at_any_call_says_so_and_the_next_one_finds_all_that_it_should() {
    let logged = Logged::new(13, 12, 8 << 10, None);
    let expected = logged.merged(&logged.batches);
    let options = || ReplayOptions { memory_bytes: 2000, threads: 1, ..ReplayOptions::default() };
    let attempt = |fs: &FaultyFileSystem<MemoryFileSystem>| {
        let fs: Arc<dyn FileSystem> = Arc::new(fs.clone());
        replay_with(&fs, &unflushed(&logged.layout), options())
    };
    let whole = FaultyFileSystem::new(logged.files.as_ref().clone());
    attempt(&whole).unwrap();
    let (changes, reads) = (whole.changes(), whole.reads());
    assert!(changes > 30 && reads > 30, "{changes}, {reads}");
    let failure = Failure::BrokenDisk;
    let writes = (0..changes).map(|number| Fault::ChangesFrom { number, failure });
    let faults = writes.chain((0..reads).map(|number| Fault::ReadsFrom { number, failure }));
    for fault in faults {
        let fs = FaultyFileSystem::new(logged.files.as_ref().clone());
        fs.plan(fault);
        let attempted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| attempt(&fs)));
        // What fails behind the replay, when the test reads and removes its SSTables, ends the test's own code.
        if let Ok(Ok(replayed)) = attempted {
            panic!("{fault:?} did not fail, and {} SSTables are there", replayed.sstables);
        }
        for entry in logged.files.list(Path::new(DATA)).unwrap() {
            logged.files.remove_file(&Path::new(DATA).join(entry.name)).unwrap();
        }
        assert_eq!(logged.replay(options()).unwrap().told, expected, "behind {fault:?}");
    }
}

#[test]
fn a_follower_sees_every_mutation_once_and_in_order_while_the_log_is_written_and_its_segments_go() {
    for compression in [None, Some(Compressor::Lz4)] {
        let files = files();
        let log = log(&files, 8 << 10, compression);
        let fs: Arc<dyn FileSystem> = Arc::<MemoryFileSystem>::clone(&files);
        let mut follower = LogFollower::new(fs, LOG);
        let table = TableId::from_bytes([5; 16]);
        let is_over = AtomicBool::new(false);
        let (written, seen) = std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let mut written = Vec::new();
                for number in 0..2000_u32 {
                    let mutation =
                        format!("number {number:06} {}", "x".repeat(number as usize % 200)).into_bytes();
                    let entries = [LogEntry { mutation: &mutation, tables: &[table] }];
                    written.push((log.append(&entries).unwrap().wait().unwrap(), mutation));
                }
                is_over.store(true, Ordering::SeqCst);
                written
            });
            let mut seen = Vec::new();
            loop {
                let is_last = is_over.load(Ordering::SeqCst);
                let followed = follower.poll(&mut |one| {
                    seen.push((one.position, one.mutation.to_vec()));
                    Ok(())
                });
                assert!(!followed.unwrap().has_gap);
                if is_last {
                    break (writer.join().unwrap(), seen);
                }
            }
        });
        assert_eq!(seen, written);

        log.mark_clean(table, CommitLogPosition::NONE, log.position());
        log.rotate().unwrap();
        let mutation = b"in another segment".to_vec();
        log.append(&[LogEntry { mutation: &mutation, tables: &[table] }]).unwrap().wait().unwrap();
        while log.dirty_tables().len() > 1 {
            std::thread::yield_now();
        }
        let mut seen = Vec::new();
        let followed = follower.poll(&mut |one| {
            seen.push(one.mutation.to_vec());
            Ok(())
        });
        assert_eq!((followed.unwrap().has_gap, seen), (true, vec![mutation]));
    }
}

#[test]
fn a_follower_opens_each_of_many_segments_a_few_times() {
    let files = files();
    let log = log(&files, 8 << 10, None);
    let mutation = vec![7; 3000];
    for _ in 0..400 {
        let entries = [LogEntry { mutation: &mutation, tables: &[TableId::from_bytes([5; 16])] }];
        log.append(&entries).unwrap().wait().unwrap();
    }
    drop(log);
    let segments = FoundSegments::list(files.as_ref(), Path::new(LOG)).unwrap().segments().len() as u64;
    assert!(segments > 100, "{segments}");
    let fs = FaultyFileSystem::new(files.as_ref().clone());
    let calls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&calls);
    fs.observe(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    let mut follower = LogFollower::new(Arc::new(fs), LOG);
    let mut mutations = 0;
    let followed = follower.poll(&mut |_| {
        mutations += 1;
        Ok(())
    });
    assert_eq!((followed.unwrap().has_gap, mutations), (false, 400));
    let calls = calls.load(Ordering::Relaxed);
    assert!(calls < 20 * segments, "{calls} calls for {segments} segments");
}

#[test]
fn of_rows_that_have_cells_of_dropped_columns_alone_nothing_is_written() {
    let schema = |dropped: bool| {
        let mut schema = table::schema([CqlType::Int, CqlType::Int]);
        if dropped {
            let column = schema.regular_columns.remove(0);
            schema.dropped_columns.push(DroppedColumn {
                name: column.name,
                kind: ColumnKind::Regular,
                column_type: column.column_type,
                dropped_at_micros: Some(100),
            });
        }
        schema
    };
    let written = TableLayout::new(&schema(false), Partitioner::Murmur3).unwrap();
    let now = TableLayout::new(&schema(true), Partitioner::Murmur3).unwrap();
    let files = files();
    let log = log(&files, 64 << 10, None);
    let values = [[0, 0, 0, 1]; 2];
    let mut clustering = ClusteringBuffer::default();
    values.iter().for_each(|value| clustering.push(ClusteringValue::Value(value)));
    for key in [&b"\0\0\0\x01"[..], b"\0\0\0\x02"] {
        let mut builder = PartitionUpdateBuilder::new(&written, key);
        let row = table::head(false, clustering.as_clustering());
        let cell = |column| {
            RowItem::Cell(Cell {
                column,
                timestamp: 7,
                ttl_seconds: 0,
                local_deletion_time_seconds: NO_DELETION_TIME,
                path: None,
                value: b"\0\0\0\x05",
            })
        };
        let items = [cell(0), cell(1)];
        // The second partition has a cell of a column that is still there.
        builder.row(&row, &items[..usize::from(key[3])]).unwrap();
        append(&log, &[builder.build().unwrap()], written.id());
    }
    drop(log);
    let replayed = replay(&files, &now, ReplayOptions::default());
    let partitions = replayed.told.iter().filter(|line| line.starts_with("partition")).count();
    assert_eq!((partitions, replayed.sstables), (1, 1), "{:#?}", replayed.told);
}
