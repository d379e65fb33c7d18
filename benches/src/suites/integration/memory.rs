//! A database with little memory.

use cqlite_core::query::{ExecuteOptions, Value};
use cqlite_core::storage::store::Health;
use cqlite_tests::performance::{Bound, ProcessMemory, Target, Unit};

use crate::load::{
    Asked, CqliteEngine, Engine as _, KeyDistribution, OperationKind, OperationMix, RecordShape, Result,
    Until,
};
use crate::suite::{NotRun, Stage};
use crate::suites::ground::{closed, engine_with, fill};

/// The most memory that the process takes.
const PEAK: &str = "integration.memory.peak";

/// What the database may take.
const MEMORY_BYTES: usize = 16 << 20;

/// What the process may take: four times as much, with the program, its stacks and what the allocator keeps.
const PEAK_BYTES: f64 = 64e6;

/// That the process stays below its bound.
pub(super) fn peak_target() -> Target {
    let what = "peak memory of a process whose database may take 16 MiB";
    Target::new(PEAK, what, Unit::Bytes, Bound::AtMost(PEAK_BYTES))
}

/// Writes many times what the memory holds, reads and updates it, and looks at every record.
///
/// # Errors
/// If a record is lost or another one than was written; [`NotRun`] where the kernel does not tell the memory.
pub(super) fn run(stage: &Stage) -> Result<()> {
    let records: u64 = stage.scale().of(2_000, 100_000, 1_000_000);
    let shape = RecordShape::STANDARD;
    let engine =
        engine_with(stage, &stage.empty("data")?, shape, "", |builder| builder.memory(MEMORY_BYTES))?;
    let filled = fill(stage, &engine, records)?;
    stage.monitor().record_metric("memory_constrained.fill", Unit::PerSecond, filled.records_per_second());
    check(stage, &engine, records)?;
    for round in 0..stage.rounds() {
        stage.tell(format!("records are read and scanned, round {}", round + 1));
        let mix = OperationMix::new([(OperationKind::Read, 90), (OperationKind::Scan, 10)]);
        let asked = Asked::new(mix, KeyDistribution::Zipfian, records)?;
        let until = Until::Operations(records / 5);
        let clients = stage.busy_clients();
        let driven = closed(stage, "memory_constrained", &engine, &asked, clients, until, round)?;
        stage.monitor().record_batch("memory_constrained.mixed", &driven.all);
    }
    engine.settle()?;
    check(stage, &engine, records)?;
    if engine.database().health() != Health::Sound {
        return Err(format!("the database is not healthy: {:?}", engine.database().last_error()).into());
    }
    engine.close()?;
    let memory =
        ProcessMemory::now().ok_or_else(|| NotRun::because("the kernel does not tell the memory"))?;
    stage.monitor().record_metric(PEAK, Unit::Bytes, memory.peak_bytes as f64);
    Ok(())
}

/// Looks at every record by its key.
fn check(stage: &Stage, engine: &CqliteEngine, records: u64) -> Result<()> {
    stage.tell("each record is looked at");
    let mut session = engine.database().session();
    let select = session.prepare("SELECT field0 FROM load.records WHERE key = ?")?;
    let mut expected = Vec::new();
    for number in 0..records {
        let key = RecordShape::STANDARD.key(number);
        RecordShape::STANDARD.write_field(number, 0, 0, &mut expected);
        let answer =
            session.execute_prepared(&select, &[Value::borrowed(&key)], ExecuteOptions::default())?;
        let rows = answer.rows().ok_or("a SELECT is answered with rows")?;
        if rows.row(0).and_then(|row| row.value(0)) != Some(&expected[..]) {
            return Err(format!("record {number} is not what was written").into());
        }
    }
    Ok(())
}
