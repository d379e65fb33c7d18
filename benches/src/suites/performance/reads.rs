//! Records that are read by key.

use cqlite_core::DatabaseBuilder;
use cqlite_tests::performance::{PerformanceTargets, Unit};

use crate::load::{
    Asked, CqliteEngine, Engine as _, KeyDistribution, OperationKind, OperationMix, RecordShape, Result,
    Until,
};
use crate::suite::Stage;
use crate::suites::ground::{closed, engine, engine_with, fill};

/// Where the records are, and which are asked for.
///
/// # Errors
/// If a read fails.
pub fn by_key(stage: &Stage) -> Result<()> {
    let records = stage.scale().of(1_000, 150_000, 1_000_000);
    let roomy = |builder: DatabaseBuilder| builder.memtable_memory(1 << 30);
    let in_memory = engine_with(stage, &stage.empty("memtable")?, RecordShape::SMALL, "", roomy)?;
    fill(stage, &in_memory, records)?;
    read(stage, &in_memory, "reads.key.memtable", KeyDistribution::Uniform, records)?;
    in_memory.close()?;
    stage.remove("memtable")?;

    let settled = engine(stage, &stage.empty("sstables")?, RecordShape::SMALL)?;
    fill(stage, &settled, records)?;
    settled.settle()?;
    read(stage, &settled, PerformanceTargets::READS_BY_KEY, KeyDistribution::Zipfian, records)?;
    read(stage, &settled, "reads.key.uniform", KeyDistribution::Uniform, records)?;
    settled.close()
}

fn read(
    stage: &Stage,
    engine: &CqliteEngine,
    figure: &str,
    distribution: KeyDistribution,
    records: u64,
) -> Result<()> {
    let reads = stage.scale().of(1_000, 150_000, 2_000_000);
    for round in 0..stage.rounds() {
        stage.tell(format!("{figure}, round {}", round + 1));
        let asked = Asked::new(OperationMix::only(OperationKind::Read), distribution, records)?;
        let until = Until::Operations(reads);
        let driven = closed(stage, figure, engine, &asked, stage.busy_clients(), until, round)?;
        if driven.records != reads {
            return Err(format!("of {reads} records that are there {} were found", driven.records).into());
        }
        stage.monitor().record_metric(figure, Unit::PerSecond, driven.all.throughput());
        for (name, seconds) in driven.all.latency.figures() {
            stage.monitor().record_metric(&format!("{figure}.{name}"), Unit::Seconds, seconds);
        }
    }
    Ok(())
}
