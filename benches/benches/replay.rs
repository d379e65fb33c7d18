//! The replay of a log of 1M and of 10M puts of a key of 16 bytes and a value of 100 into SSTables: the time until they are synced, and
//! the most memory of a process that does nothing else. Another process has written the log: one put a section, as a writer that waits
//! for each of them leaves it, and by batches of 1,000. Where the machine is busy with other things, the time of the processors tells more than the clock.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints, and may fail loudly"
)]

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use cqlite_core::storage::commitlog::{CommitLog, CommitLogOptions, LogEntry, SyncMode};
use cqlite_core::storage::fs::{DiskFileSystem, FileSystem, FsDirectory};
use cqlite_core::storage::mutation::{PartitionUpdateBuilder, TableLayout};
use cqlite_core::storage::replay::{NewSstable, Replay, ReplayOptions, ReplayOutput, ReplayTable};
use cqlite_cql::Uuid;
use cqlite_sstable::component::statistics::IntervalSet;
use cqlite_sstable::row::{Cell, ClusteringBuffer, DeletionTime, Liveness, NO_DELETION_TIME, Row, RowItem};
use cqlite_sstable::schema::{Column, TableKind, TableSchema};
use cqlite_sstable::types::CqlType;
use cqlite_sstable::writer::{SstableWriter, WriterOptions, Written};
use cqlite_sstable::{Format, Partitioner, Result, SstableId, Version};

const DIRECTORY: &str = "CQLITE_BENCH_REPLAYED";

fn layout() -> Arc<TableLayout> {
    let schema = TableSchema {
        keyspace: "bench".into(),
        name: "kv".into(),
        id: Some(Uuid([3; 16])),
        kind: TableKind::Table,
        partition_key: vec![Column::new("k", CqlType::Blob)],
        clustering: Vec::new(),
        static_columns: Vec::new(),
        regular_columns: vec![Column::new("v", CqlType::Blob)],
        dropped_columns: Vec::new(),
        user_types: Vec::new(),
        options: Vec::new(),
        keyspace_options: Vec::new(),
        indexes: Vec::new(),
        is_compact: false,
        enforces_strict_liveness: false,
    };
    TableLayout::new(&schema, Partitioner::Murmur3).unwrap()
}

fn main() {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        return replay(Path::new(&directory));
    }
    for (puts, batch) in [(1_000_000, 1), (1_000_000, 1000), (10_000_000, 1)] {
        let root = std::env::var_os("CQLITE_BENCH_DIRECTORY").unwrap_or_else(|| ".".into());
        let place = tempfile::tempdir_in(root).unwrap();
        write(&place.path().join("commitlog"), puts, batch);
        println!("{puts} puts, {batch} a section");
        for _ in 0..if puts > 1_000_000 { 2 } else { 5 } {
            let data = place.path().join("data");
            std::fs::create_dir(&data).unwrap();
            let child = Command::new(std::env::current_exe().unwrap()).env(DIRECTORY, place.path()).status();
            assert!(child.unwrap().success());
            std::fs::remove_dir_all(&data).unwrap();
        }
    }
}

fn write(directory: &Path, puts: u64, batch: u64) {
    std::fs::create_dir(directory).unwrap();
    let options = CommitLogOptions { mode: SyncMode::Off, ..CommitLogOptions::default() };
    let log = CommitLog::open(Arc::new(DiskFileSystem), directory, options).unwrap();
    let layout = layout();
    let mut builder = PartitionUpdateBuilder::new(&layout, b"");
    let table = layout.id();
    for first in (0..puts).step_by(batch as usize) {
        let mut mutations = Vec::new();
        for number in first..first + batch {
            let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            builder.restart(&[mixed.to_be_bytes(), number.to_be_bytes()].concat());
            put(&mut builder, number);
            mutations.push(builder.build().unwrap());
        }
        let tables = [table];
        let entries: Vec<_> =
            mutations.iter().map(|one| LogEntry { mutation: one.bytes(), tables: &tables }).collect();
        log.append(&entries).unwrap().wait().unwrap();
    }
}

/// A value of which about a third is saved by compression.
fn put(builder: &mut PartitionUpdateBuilder, number: u64) {
    let timestamp = 1_700_000_000_000_000 + number as i64;
    let clustering = ClusteringBuffer::default();
    let row = Row {
        is_static: false,
        clustering: clustering.as_clustering(),
        liveness: Some(Liveness::new(timestamp)),
        deletion: DeletionTime::LIVE,
        shadowable_deletion: DeletionTime::LIVE,
    };
    let mut value = [b'x'; 100];
    let mut state = number;
    for byte in &mut value[..64] {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *byte = (state >> 56) as u8;
    }
    let cell = Cell {
        column: 0,
        timestamp,
        ttl_seconds: 0,
        local_deletion_time_seconds: NO_DELETION_TIME,
        path: None,
        value: &value,
    };
    builder.row(&row, &[RowItem::Cell(cell)]).unwrap();
}

struct Output {
    directory: Arc<FsDirectory>,
    next: Mutex<u64>,
    written: Mutex<Vec<Written>>,
}

impl ReplayOutput for Output {
    fn begin(&self, new: &NewSstable) -> Result<SstableWriter> {
        let mut next = self.next.lock().unwrap();
        *next += 1;
        let version = Version::parse("nb", Format::Big)?;
        let partitioner = new.layout.partitioner().clone();
        let options = WriterOptions::new(version, &partitioner, new.estimated_partitions);
        let (directory, header) = (Arc::clone(&self.directory), new.header.clone());
        SstableWriter::new(
            directory,
            version,
            SstableId::Sequence(*next as u32),
            header,
            partitioner,
            options,
        )
    }

    fn written(&self, _: &NewSstable, written: Written) -> Result<()> {
        self.written.lock().unwrap().push(written);
        Ok(())
    }
}

fn replay(directory: &Path) {
    let fs: Arc<dyn FileSystem> = Arc::new(DiskFileSystem);
    let layout = layout();
    let begun = Instant::now();
    let replay = Replay::new(Arc::clone(&fs), directory.join("commitlog"), ReplayOptions::default());
    let table = |_| {
        Some(ReplayTable { layout: Arc::clone(&layout), flushed: IntervalSet::default(), truncated_at: None })
    };
    let scanned = replay.scan(&table).unwrap();
    let scan = begun.elapsed();
    let output = Output {
        directory: Arc::new(FsDirectory::new(fs, directory.join("data"))),
        next: Mutex::new(0),
        written: Mutex::default(),
    };
    scanned.write(&output).unwrap();
    let all = begun.elapsed();
    let written = output.written.into_inner().unwrap();
    let partitions: u64 = written.iter().map(|one| one.partitions).sum();
    assert_eq!(partitions, scanned.report().mutations);
    println!(
        "  {:.2} s, of which scanning {:.2} s; {:.2} s of processors; {} SSTables, {} MiB; at most {} MiB of memory",
        all.as_secs_f64(),
        scan.as_secs_f64(),
        processor_seconds(),
        written.len(),
        written.iter().map(Written::size_bytes).sum::<u64>() >> 20,
        peak_kib() >> 10
    );
}

/// Of all threads, in hundredths.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
