//! Records that follow one another.

use std::ops::ControlFlow;
use std::time::Instant;

use cqlite_tests::performance::Unit;

use crate::load::{
    Asked, CqliteEngine, Engine as _, KeyDistribution, OperationKind, OperationMix, RecordShape, Result,
    Until,
};
use crate::suite::Stage;
use crate::suites::ground::{closed, engine, fill};

/// Short scans, and one of the whole table.
///
/// # Errors
/// If a scan fails, or does not see all.
pub fn run(stage: &Stage) -> Result<()> {
    let records = stage.scale().of(1_000, 100_000, 1_000_000);
    let engine = engine(stage, &stage.empty("data")?, RecordShape::SMALL)?;
    fill(stage, &engine, records)?;
    engine.settle()?;
    for round in 0..stage.rounds() {
        stage.tell(format!("round {}", round + 1));
        let asked = Asked::new(OperationMix::only(OperationKind::Scan), KeyDistribution::Uniform, records)?;
        let until = Until::Operations(stage.scale().of(100, 3_000, 60_000));
        let driven = closed(stage, "scans.short", &engine, &asked, stage.busy_clients(), until, round)?;
        stage.monitor().record_batch("scans.short", &driven.all);
        stage.monitor().record_metric("scans.short.rows", Unit::PerSecond, driven.records_per_second());
        whole(stage, &engine, records)?;
    }
    engine.close()
}

fn whole(stage: &Stage, engine: &CqliteEngine, records: u64) -> Result<()> {
    let session = engine.database().session();
    for (figure, what) in [("scans.whole.rows", "*"), ("scans.count.rows", "count(*)")] {
        let select = session.prepare(&format!("SELECT {what} FROM load.records"))?;
        let begun = Instant::now();
        let (mut seen, mut first) = (0, None::<Vec<u8>>);
        session.for_each(&select, &[], |rows| {
            seen += rows.len() as u64;
            if first.is_none() {
                first = rows.rows().next().and_then(|row| row.values().next()?.map(<[u8]>::to_vec));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let elapsed = begun.elapsed();
        if what == "count(*)" {
            let count = first.and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes);
            seen = count.ok_or("a count is no number")?;
        }
        if seen != records {
            return Err(format!("SELECT {what} saw {seen} of {records} records").into());
        }
        stage.monitor().record_metric(figure, Unit::PerSecond, records as f64 / elapsed.as_secs_f64());
    }
    Ok(())
}
