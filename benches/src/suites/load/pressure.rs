//! A load in little memory.

use cqlite_tests::performance::{Bound, ProcessMemory, Target, Unit};

use super::mix;
use crate::load::{Asked, KeyDistribution, RecordShape, Result, Until};
use crate::suite::{NotRun, Stage};
use crate::suites::ground::{closed, engine_with, fill};

const MEMORY_BYTES: usize = 24 << 20;
const PEAK: &str = "memory_pressure.peak";

/// The whole process stays small.
pub fn targets() -> Vec<Target> {
    let what = "peak memory of a database that may take 24 MiB, mapped pages included";
    vec![Target::new(PEAK, what, Unit::Bytes, Bound::AtMost(64e6))]
}

/// More records than fit, with reads and writes.
///
/// # Errors
/// If an operation fails.
pub fn run(stage: &Stage) -> Result<()> {
    let records = stage.scale().of(1_000, 60_000, 500_000);
    let shape = RecordShape::STANDARD;
    let engine =
        engine_with(stage, &stage.empty("data")?, shape, "", |builder| builder.memory(MEMORY_BYTES))?;
    fill(stage, &engine, records)?;
    for round in 0..stage.rounds() {
        let asked = Asked::new(mix(), KeyDistribution::Zipfian, records)?;
        let until = Until::Operations(stage.scale().of(1_000, 30_000, 300_000));
        let clients = stage.busy_clients();
        let driven = closed(stage, "memory_pressure", &engine, &asked, clients, until, round)?;
        stage.monitor().record_batch("memory_pressure", &driven.all);
    }
    let metrics = engine.database().metrics();
    let stalled = metrics.stalled_time.as_secs_f64();
    stage.monitor().record_metric("memory_pressure.stalled_time", Unit::Seconds, stalled);
    engine.close()?;
    let memory =
        ProcessMemory::now().ok_or_else(|| NotRun::because("the kernel does not tell the memory"))?;
    stage.monitor().record_metric(PEAK, Unit::Bytes, memory.peak_bytes as f64);
    Ok(())
}
