//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::engine::EngineName;
use crate::workload::Workload;

const EXAMPLES: &str = "\
Examples:
  engines --directory /mnt/ssd/bench
      All engines and workloads, 1 million keys, 5 runs in alternating order
  engines --directory /mnt/ssd/bench --puts 10000000 --memtable 64
      The same with 10 million keys, and memtables of 64 MiB for every engine
  engines --runs 1 --workload put,unsettled --engine fjall
      One run of two workloads with one engine
  engines --json figures.json
      Writes all single figures, too, for other programs
  engines --runs 1 --workload backpressure --engine rocksdb
      Puts while SSTables are written at 20 MB a second for a minute

A ratio in the table is to the best peer: above 1.00 the engine is ahead of it. A run is void, and left out of the
medians, if the time measured had less than 4 flushes or no compaction. Exit code: 0 if all runs count, 1 if some
do not.";

/// Measures storage engines side by side, each run in a process and a directory of its own.
#[derive(Debug, Parser)]
#[command(name = "engines", version, after_help = EXAMPLES)]
pub struct Arguments {
    /// Where the engines' directories are made; they are removed again. It should be on the disk to be measured
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub directory: PathBuf,

    /// How often each workload is run with each engine
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: u32,

    /// The engines; all of them if none is named
    #[arg(long = "engine", value_enum, value_delimiter = ',', value_name = "NAME")]
    pub engines: Vec<EngineName>,

    /// The workloads; all but `backpressure` if none is named
    #[arg(long = "workload", value_enum, value_delimiter = ',', value_name = "NAME")]
    pub workloads: Vec<Workload>,

    /// Keys of 16 bytes that are put, with values of 100 bytes
    #[arg(long, default_value_t = 1_000_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1000..))]
    pub puts: u64,

    /// Puts that are synced one by one
    #[arg(long, default_value_t = 200_000, value_name = "N", value_parser = clap::value_parser!(u64).range(16..))]
    pub synced_puts: u64,

    /// Gets of each kind
    #[arg(long, default_value_t = 500_000, value_name = "N", value_parser = clap::value_parser!(u64).range(16..))]
    pub reads: u64,

    /// Records of 1,000 bytes that the workloads of YCSB load
    #[arg(long, default_value_t = 200_000, value_name = "N", value_parser = clap::value_parser!(u64).range(100..))]
    pub records: u64,

    /// Operations on them, of which scans are a tenth
    #[arg(long, default_value_t = 500_000, value_name = "N", value_parser = clap::value_parser!(u64).range(100..))]
    pub operations: u64,

    /// The cache of blocks of every engine, in MiB
    #[arg(long, default_value_t = 64, value_name = "MIB")]
    pub cache: u64,

    /// The size at which every engine flushes a memtable, in MiB
    #[arg(long, default_value_t = 16, value_name = "MIB")]
    pub memtable: u64,

    /// The same for the puts that are synced one by one, in MiB: they are fewer, and are to be flushed, too
    #[arg(long, default_value_t = 2, value_name = "MIB")]
    pub synced_memtable: u64,

    /// `backpressure`: how fast SSTables are written, in MB a second
    #[arg(long, default_value_t = 20, value_name = "MB")]
    pub slow_rate: u64,

    /// `backpressure`: for how long, in seconds
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub slow_time: u64,

    /// Writes all single figures as JSON to this file
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}
