//! What is measured. Each workload runs in a process of its own, which ends by printing its outcome.

mod backpressure;
mod floor;
mod load;
mod log_replay;
mod memory;
mod reads;
mod synced;
mod ycsb;

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use cqlite_benches::load::Workload as Ycsb;
use serde::{Deserialize, Serialize};

use crate::engine::{Engine, EngineName, Settings};
use crate::outcome::Outcome;
use crate::result::Result;

pub use log_replay::WRITTEN;

/// Flushes that the time measured must have, so that it is no measure of memory alone.
const LEAST_FLUSHES: u64 = 4;

/// The workloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// Puts that are not synced, by one thread; then settling, and all reads.
    Put,
    /// The same puts, and all reads at once after them.
    Unsettled,
    /// Puts that are synced one by one, by one thread.
    #[value(name = "synced-1")]
    #[serde(rename = "synced-1")]
    Synced1,
    /// Puts that are synced, by sixteen threads.
    #[value(name = "synced-16")]
    #[serde(rename = "synced-16")]
    Synced16,
    /// Batches of 1,000 puts, each batch synced.
    Batches,
    /// Opening what a killed process left: a log with all of the puts.
    Open,
    /// Puts, reads and compaction at the engine's own defaults, for the memory they take.
    Memory,
    /// YCSB's workload A: half reads, half updates.
    YcsbA,
    /// YCSB's workload B: 95 % reads, 5 % updates.
    YcsbB,
    /// YCSB's workload C: reads.
    YcsbC,
    /// YCSB's workload D: 95 % reads of what is newest, 5 % inserts.
    YcsbD,
    /// YCSB's workload E: 95 % short scans, 5 % inserts.
    YcsbE,
    /// YCSB's workload F: half reads, half records that are read, changed and written.
    YcsbF,
    /// Puts while SSTables are written slowly. Not part of a run unless it is named.
    Backpressure,
}

impl Workload {
    /// The name as it is given and printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Unsettled => "unsettled",
            Self::Synced1 => "synced-1",
            Self::Synced16 => "synced-16",
            Self::Batches => "batches",
            Self::Open => "open",
            Self::Memory => "memory",
            Self::YcsbA => "ycsb-a",
            Self::YcsbB => "ycsb-b",
            Self::YcsbC => "ycsb-c",
            Self::YcsbD => "ycsb-d",
            Self::YcsbE => "ycsb-e",
            Self::YcsbF => "ycsb-f",
            Self::Backpressure => "backpressure",
        }
    }

    /// What runs if no workload is named.
    pub const DEFAULT: [Self; 13] = [
        Self::Put,
        Self::Unsettled,
        Self::Synced1,
        Self::Synced16,
        Self::Batches,
        Self::Open,
        Self::Memory,
        Self::YcsbA,
        Self::YcsbB,
        Self::YcsbC,
        Self::YcsbD,
        Self::YcsbE,
        Self::YcsbF,
    ];
}

/// What of a workload a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// All of it.
    Whole,
    /// It writes a log, says so, and waits to be killed.
    WriteLog,
    /// It opens what the killed process left.
    OpenLog,
}

/// All that a process needs to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// The engine.
    pub engine: EngineName,
    /// The workload.
    pub workload: Workload,
    /// What of the workload.
    pub part: Part,
    /// The engine's directory; it is there.
    pub directory: PathBuf,
    /// Keys that are put.
    pub puts: u64,
    /// Keys that are put and synced one by one.
    pub synced_puts: u64,
    /// Keys that are got, in each measure.
    pub reads: u64,
    /// Records that the workloads of YCSB load.
    pub records: u64,
    /// Operations on them.
    pub operations: u64,
    /// The cache of blocks.
    pub cache_bytes: u64,
    /// The size at which a memtable is flushed.
    pub memtable_bytes: u64,
    /// The same for puts that are synced one by one, which are fewer.
    pub synced_memtable_bytes: u64,
    /// How fast SSTables are written on the slowed device.
    pub slow_bytes_per_second: u64,
    /// For how long that is measured.
    pub slow_seconds: u64,
}

impl Task {
    /// Does it.
    pub fn run(&self) -> Result<Outcome> {
        match (self.workload, self.part) {
            (Workload::Put, _) => load::put(self),
            (Workload::Unsettled, _) => load::unsettled(self),
            (Workload::Batches, _) => load::batches(self),
            (Workload::Synced1, _) => synced::run(self, 1),
            (Workload::Synced16, _) => synced::run(self, 16),
            (Workload::Open, Part::OpenLog) => log_replay::open_log(self),
            (Workload::Open, Part::Whole | Part::WriteLog) => log_replay::write_log(self),
            (Workload::Memory, _) => memory::run(self),
            (Workload::YcsbA, _) => ycsb::run(self, Ycsb::YcsbA),
            (Workload::YcsbB, _) => ycsb::run(self, Ycsb::YcsbB),
            (Workload::YcsbC, _) => ycsb::run(self, Ycsb::YcsbC),
            (Workload::YcsbD, _) => ycsb::run(self, Ycsb::YcsbD),
            (Workload::YcsbE, _) => ycsb::run(self, Ycsb::YcsbE),
            (Workload::YcsbF, _) => ycsb::run(self, Ycsb::YcsbF),
            (Workload::Backpressure, _) => backpressure::run(self),
        }
    }

    /// Settings that are alike for all engines.
    fn settings(&self, memtable_bytes: u64) -> Settings {
        Settings {
            cache_bytes: Some(self.cache_bytes),
            memtable_bytes: Some(memtable_bytes),
            same_tables: true,
            ..Settings::default()
        }
    }

    fn open(&self, settings: &Settings) -> Result<Box<dyn Engine>> {
        self.engine.open(&self.directory, settings)
    }

    fn slow_time(&self) -> Duration {
        Duration::from_secs(self.slow_seconds)
    }
}

/// Declares a run void that was over before the engine had to flush and compact. To be called when the time measured ends.
fn require_background_work(engine: &dyn Engine, outcome: &mut Outcome) -> Result<()> {
    let activity = engine.activity()?;
    outcome.flushes = Some(activity.flushes);
    if activity.flushes < LEAST_FLUSHES {
        outcome.void = Some(format!("only {} flushes in the time measured", activity.flushes));
    } else if !activity.compacted {
        outcome.void = Some("no compaction in the time measured".to_owned());
    }
    Ok(())
}
