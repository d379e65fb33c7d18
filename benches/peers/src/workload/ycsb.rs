//! The workloads of YCSB: the same clients and operations for all engines.

use std::path::Path;
use std::sync::Arc;

use cqlite_benches::load::{
    Asked, CqliteEngine, Drive, Driven, Engine as LoadEngine, KeyDistribution, OperationKind, OperationMix,
    Pace, RecordShape, Until, Workload as Ycsb,
};
use cqlite_core::Database;
use cqlite_tests::performance::PerformanceMonitor;

use super::{LEAST_FLUSHES, Task};
#[cfg(feature = "rocksdb")]
use crate::engine::RocksdbEngine;
use crate::engine::{BLOCK_BYTES, EngineName, FLUSH_SHARE, FjallEngine, Records, Settings};
use crate::outcome::{Outcome, Unit};
use crate::result::Result;

/// A record has one field, so that an update writes the same bytes to every engine.
const SHAPE: RecordShape = RecordShape { fields: 1, field_bytes: 1_000, ..RecordShape::YCSB };
/// Clients, as many as the cores that all is measured on.
const CLIENTS: u64 = 2;
/// Records in a batch of the load.
const BATCH_RECORDS: u64 = 100;

/// Loads the records, and has clients ask.
pub fn run(task: &Task, workload: Ycsb) -> Result<Outcome> {
    let settings = task.settings(task.memtable_bytes);
    let mut outcome = Outcome::default();
    match task.engine {
        EngineName::Cqlite => {
            let engine = cqlite(&task.directory, &settings)?;
            measure(task, workload, &engine, &mut outcome)?;
            let flushes = engine.database().metrics().flushes.count;
            require(&mut outcome, flushes);
            engine.close()?;
        }
        EngineName::Fjall => {
            let engine = FjallEngine::open(&task.directory, &settings)?;
            measure(task, workload, &Records::new("fjall", &engine, SHAPE), &mut outcome)?;
            require(&mut outcome, crate::engine::Engine::activity(&engine)?.flushes);
        }
        #[cfg(feature = "rocksdb")]
        EngineName::Rocksdb => {
            let engine = RocksdbEngine::open(&task.directory, &settings)?;
            measure(task, workload, &Records::new("RocksDB", &engine, SHAPE), &mut outcome)?;
            require(&mut outcome, crate::engine::Engine::activity(&engine)?.flushes);
        }
    }
    Ok(outcome)
}

/// CQLite through CQL, as its users have it; the peers have no more than their calls.
fn cqlite(directory: &Path, settings: &Settings) -> Result<CqliteEngine> {
    let mut builder = Database::builder(directory)?;
    if let Some(bytes) = settings.cache_bytes {
        builder = builder.chunk_cache(bytes);
    }
    if let Some(bytes) = settings.memtable_bytes {
        builder = builder.memtable_memory((bytes as f64 / FLUSH_SHARE) as usize);
    }
    let chunk_kib = BLOCK_BYTES >> 10;
    let compression =
        format!("compression = {{'class': 'LZ4Compressor', 'chunk_length_in_kb': '{chunk_kib}'}}");
    Ok(CqliteEngine::with_options(builder.open()?, SHAPE, &compression)?)
}

fn measure(task: &Task, workload: Ycsb, engine: &dyn LoadEngine, outcome: &mut Outcome) -> Result<()> {
    let monitor = Arc::new(PerformanceMonitor::new());
    let drive = |name, until| Drive { name, clients: CLIENTS, pace: Pace::Closed, until, seed: 1 };
    let inserts = Asked::new(OperationMix::only(OperationKind::InsertBatch), KeyDistribution::Uniform, 0)?;
    let load = drive("load", Until::Operations(task.records / BATCH_RECORDS));
    let loaded = load.run(engine, &inserts, &monitor)?;
    outcome.higher("load (records)", loaded.records_per_second(), Unit::PerSecond);
    engine.settle()?;
    let asked = Asked::new(workload.mix(), workload.distribution(), task.records)?;
    // A scan has fifty records in the middle.
    let operations = if workload == Ycsb::YcsbE { task.operations / 10 } else { task.operations };
    let driven = drive("run", Until::Operations(operations)).run(engine, &asked, &monitor)?;
    tell(outcome, workload, &driven);
    Ok(())
}

fn tell(outcome: &mut Outcome, workload: Ycsb, driven: &Driven) {
    let name = workload.to_string();
    outcome.higher(name.clone(), driven.all.throughput(), Unit::PerSecond);
    for (percentile, seconds) in driven.all.latency.figures() {
        if ["p50", "p99", "max"].contains(&percentile) {
            outcome.lower(format!("{name}, {percentile}"), seconds * 1e6, Unit::Microseconds);
        }
    }
}

/// Declares a run void whose load was over before the engine had to flush.
fn require(outcome: &mut Outcome, flushes: u64) {
    outcome.flushes = Some(flushes);
    if flushes < LEAST_FLUSHES {
        outcome.void = Some(format!("only {flushes} flushes in the time measured"));
    }
}
