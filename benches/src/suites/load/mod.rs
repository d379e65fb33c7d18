//! Many clients, for long, in little memory, and killed.

mod acknowledged;
mod concurrency;
mod crowd;
mod failure;
mod latency;
mod pressure;
mod replay;
mod sustained;

use std::path::Path;

use cqlite_tests::performance::PerformanceTargets as Targets;

use crate::load::{CqliteEngine, OperationKind, OperationMix, RecordShape, Result};
use crate::suite::{Scenario, Stage, SuiteName};
use crate::suites::ground::engine_with;

/// Clients of the load.
const CLIENTS: u64 = 100;

const fn scenario(name: &'static str, about: &'static str, run: fn(&Stage) -> Result<()>) -> Scenario {
    Scenario::new(SuiteName::Load, name, about, run)
}

/// Chunks of 4 KiB: a read by key decompresses a quarter of what it would by default, and the cache holds four times as many places.
/// Other engines have blocks of 4 KiB by default.
const TABLE: &str = "compression = {'class': 'LZ4Compressor', 'chunk_length_in_kb': '4'}";

/// A database with records of 100 bytes, in chunks for reads by key.
fn engine(stage: &Stage, directory: &Path) -> Result<CqliteEngine> {
    engine_with(stage, directory, RecordShape::SMALL, TABLE, |builder| builder)
}

/// What clients ask for: half of them read, half write.
fn mix() -> OperationMix {
    OperationMix::new([(OperationKind::Read, 50), (OperationKind::Update, 25), (OperationKind::Insert, 25)])
}

/// All scenarios.
pub const SCENARIOS: [Scenario; 8] = [
    scenario("crowd", "100 clients read and write, each again as soon as it is answered", crowd::run),
    scenario(
        "latency",
        "100 clients read and write at 70 % of the highest rate that is kept up, from the scheduled start",
        latency::run,
    )
    .measuring(&[Targets::OPEN_LOOP_P99, Targets::OPEN_LOOP_P999, Targets::OPEN_LOOP_MAX]),
    scenario(
        "sustained",
        "16 clients read and write for 30 seconds, and the last third is held against the first",
        sustained::run,
    )
    .with_own_targets(sustained::targets)
    .of_process(),
    scenario("concurrency", "More and more clients, up to 1,024", concurrency::run),
    scenario("memory-pressure", "The standard load in a database that may take 24 MiB", pressure::run)
        .with_own_targets(pressure::targets)
        .of_process()
        .sparing(),
    scenario(
        "failure-recovery",
        "A process is killed while 16 clients write: the time to open what it left, and whether all is there that was acknowledged",
        failure::run,
    )
    .with_own_targets(failure::targets),
    scenario("recovery-1m", "A log of 1,000,000 puts is replayed", replay::million)
        .measuring(&[Targets::RECOVERY_1M]),
    scenario("recovery-10m", "A log of 10,000,000 puts is replayed", replay::ten_million)
        .measuring(&[Targets::RECOVERY_10M])
        .long(),
];
