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
use std::sync::Arc;
use std::time::Instant;

use cqlite_benches::{LoggedPuts, ReplayedSstables};
use cqlite_core::storage::commitlog::CommitLogOptions;
use cqlite_core::storage::fs::{DiskFileSystem, FileSystem, FsDirectory};
use cqlite_core::storage::replay::{Replay, ReplayOptions};
use cqlite_sstable::writer::Written;

const DIRECTORY: &str = "CQLITE_BENCH_REPLAYED";

fn main() {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        return replay(Path::new(&directory));
    }
    for (puts, batch) in [(1_000_000, 1), (1_000_000, 1000), (10_000_000, 1)] {
        let root = std::env::var_os("CQLITE_BENCH_DIRECTORY").unwrap_or_else(|| ".".into());
        let place = tempfile::tempdir_in(root).unwrap();
        LoggedPuts::new().write(&place.path().join("commitlog"), puts, batch, CommitLogOptions::default());
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

fn replay(directory: &Path) {
    let fs: Arc<dyn FileSystem> = Arc::new(DiskFileSystem);
    let puts = LoggedPuts::new();
    let begun = Instant::now();
    let replay = Replay::new(Arc::clone(&fs), directory.join("commitlog"), ReplayOptions::default());
    let scanned = replay.scan(&puts.tables()).unwrap();
    let scan = begun.elapsed();
    let output = ReplayedSstables::new(Arc::new(FsDirectory::new(fs, directory.join("data"))));
    scanned.write(&output).unwrap();
    let all = begun.elapsed();
    let written = output.into_written();
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
