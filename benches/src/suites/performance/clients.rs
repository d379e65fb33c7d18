//! More and more clients.

use cqlite_tests::performance::Unit;

use crate::load::{
    Asked, Engine as _, KeyDistribution, OperationKind, OperationMix, RecordShape, Result, Until,
};
use crate::suite::Stage;
use crate::suites::ground::{closed, engine, fill};

/// Half reads, half updates.
///
/// # Errors
/// If an operation fails.
pub fn run(stage: &Stage) -> Result<()> {
    let records = stage.scale().of(1_000, 50_000, 500_000);
    let engine = engine(stage, &stage.empty("data")?, RecordShape::SMALL)?;
    fill(stage, &engine, records)?;
    engine.settle()?;
    let mix = OperationMix::new([(OperationKind::Read, 50), (OperationKind::Update, 50)]);
    for round in 0..stage.rounds() {
        for clients in [1, 2, 4, 8, 16, 32, 64] {
            stage.tell(format!("{clients} clients, round {}", round + 1));
            let asked = Asked::new(mix.clone(), KeyDistribution::Zipfian, records)?;
            let until = Until::Operations(stage.scale().of(640, 20_000, 400_000));
            let name = format!("clients.{clients}");
            let driven = closed(stage, &name, &engine, &asked, clients, until, round)?;
            stage.monitor().record_metric(&name, Unit::PerSecond, driven.all.throughput());
            let p99 = driven.all.latency.p99_nanos as f64 / 1e9;
            stage.monitor().record_metric(&format!("{name}.p99"), Unit::Seconds, p99);
        }
    }
    engine.close()
}
