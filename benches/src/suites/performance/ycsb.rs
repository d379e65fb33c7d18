//! The workloads of YCSB.

use crate::load::{Asked, Engine as _, Result, Until, Workload};
use crate::suite::Stage;
use crate::suites::ground::{closed, engine, fill};

/// Workloads A to F, each on records that were just loaded and settled.
///
/// # Errors
/// If an operation fails.
pub fn run(stage: &Stage) -> Result<()> {
    let records = stage.scale().of(1_000, 10_000, 500_000);
    let operations = stage.scale().of(500, 20_000, 500_000);
    for round in 0..stage.rounds().min(3) {
        for workload in Workload::ALL {
            let engine = engine(stage, &stage.empty("data")?, workload.shape())?;
            fill(stage, &engine, records)?;
            engine.settle()?;
            stage.tell(format!("{workload}, round {}", round + 1));
            let asked = Asked::new(workload.mix(), workload.distribution(), records)?;
            let name = workload.to_string();
            // Scans are of fifty records in the middle.
            let operations = if workload == Workload::YcsbE { operations / 10 } else { operations };
            let until = Until::Operations(operations);
            let driven = closed(stage, &name, &engine, &asked, stage.busy_clients(), until, round)?;
            stage.monitor().record_batch(&name, &driven.all);
            engine.close()?;
        }
    }
    Ok(())
}
