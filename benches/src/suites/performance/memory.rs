//! The memory of the standard load.

use cqlite_tests::performance::{PerformanceTargets, ProcessMemory, Unit};

use crate::load::{
    Asked, Engine as _, KeyDistribution, OperationKind, OperationMix, RecordShape, Result, Until,
};
use crate::suite::{NotRun, Stage};
use crate::suites::ground::{closed, engine, fill};

/// Writes, settles, reads and updates in a database as it is by default. The process does nothing else, so that its peak is that of the load.
///
/// # Errors
/// If an operation fails; [`NotRun`] where the kernel does not tell the memory.
pub fn run(stage: &Stage) -> Result<()> {
    let records = stage.scale().of(1_000, 100_000, 1_000_000);
    let engine = engine(stage, &stage.empty("data")?, RecordShape::STANDARD)?;
    let filled = fill(stage, &engine, records)?;
    stage.monitor().record_metric("standard.writes", Unit::PerSecond, filled.records_per_second());
    engine.settle()?;
    stage.tell("records are read and updated");
    let mix = OperationMix::new([(OperationKind::Read, 50), (OperationKind::Update, 50)]);
    let asked = Asked::new(mix, KeyDistribution::Zipfian, records)?;
    let until = Until::Operations(records);
    let mixed = closed(stage, "standard", &engine, &asked, stage.busy_clients(), until, 1)?;
    stage.monitor().record_batch("standard.mixed", &mixed.all);
    let memory =
        ProcessMemory::now().ok_or_else(|| NotRun::because("the kernel does not tell the memory"))?;
    let metrics = engine.database().metrics();
    stage.monitor().record_metric("standard.memtables", Unit::Bytes, metrics.memtable_bytes as f64);
    stage.monitor().record_metric("standard.chunk_cache", Unit::Bytes, metrics.chunk_cache_bytes as f64);
    engine.close()?;
    stage.monitor().record_metric(
        PerformanceTargets::PEAK_MEMORY,
        Unit::Bytes,
        ProcessMemory::now().map_or(memory.peak_bytes, |now| now.peak_bytes) as f64,
    );
    Ok(())
}
