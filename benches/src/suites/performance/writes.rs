//! Records that are written.

use cqlite_tests::performance::{PerformanceTargets, Unit};

use crate::load::{Asked, KeyDistribution, OperationKind, OperationMix, RecordShape, Result, Until};
use crate::suite::Stage;
use crate::suites::ground::{closed, engine};

/// One client.
///
/// # Errors
/// If a write fails.
pub fn sequential(stage: &Stage) -> Result<()> {
    let records = stage.scale().of(1_000, 100_000, 2_000_000);
    written(stage, "writes.sequential", OperationKind::Insert, 1, records)
}

/// As many clients as cores.
///
/// # Errors
/// If a write fails.
pub fn busy(stage: &Stage) -> Result<()> {
    let records = stage.scale().of(1_000, 400_000, 4_000_000);
    written(stage, PerformanceTargets::WRITES, OperationKind::Insert, stage.busy_clients(), records)
}

/// A hundred records at a time.
///
/// # Errors
/// If a write fails.
pub fn batches(stage: &Stage) -> Result<()> {
    let records = stage.scale().of(1_000, 500_000, 5_000_000);
    written(
        stage,
        PerformanceTargets::BATCH_WRITES,
        OperationKind::InsertBatch,
        stage.busy_clients(),
        records,
    )
}

/// Writes records into an empty database, round by round, and records how many a second as the figure.
fn written(stage: &Stage, figure: &str, kind: OperationKind, clients: u64, records: u64) -> Result<()> {
    for round in 0..stage.rounds() {
        stage.tell(format!("round {}", round + 1));
        let engine = engine(stage, &stage.empty("data")?, RecordShape::SMALL)?;
        let asked = Asked::new(OperationMix::only(kind), KeyDistribution::Uniform, 0)?;
        let operations = if kind == OperationKind::InsertBatch { records / 100 } else { records };
        let driven = closed(stage, figure, &engine, &asked, clients, Until::Operations(operations), round)?;
        stage.monitor().record_metric(figure, Unit::PerSecond, driven.records_per_second());
        for (name, seconds) in driven.all.latency.figures() {
            stage.monitor().record_metric(&format!("{figure}.{name}"), Unit::Seconds, seconds);
        }
        let metrics = engine.database().metrics();
        stage.monitor().record_metric(
            &format!("{figure}.flushes"),
            Unit::Count,
            metrics.flushes.count as f64,
        );
        engine.close()?;
    }
    Ok(())
}
